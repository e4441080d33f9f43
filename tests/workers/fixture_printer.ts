/** A worker that prints: the head of a call is a list of steps. The last argument is how to reach the server. */
import { FrameKind } from "../../lib/workers/protocol/frames.ts";
import { connect } from "../../lib/workers/worker/connect.ts";
import { serveCalls } from "../../lib/workers/worker/serve_calls.ts";

const connection = await connect(Deno.args[0]!);
const { symbols: libc } = Deno.dlopen("libc.so.6", {
  puts: { parameters: ["buffer"], result: "i32" },
  fflush: { parameters: ["pointer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  creat: { parameters: ["buffer", "u32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  abort: { parameters: [], result: "void" },
});
const bytes = (text: string) => new TextEncoder().encode(text);

async function isThere(path: string): Promise<void> {
  while (!await Deno.lstat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const STEPS: Record<string, (argument: string) => unknown> = {
  log: (text) => console.log(text),
  error: (text) => console.error(text),
  write: (text) => Deno.stdout.write(bytes(text)),
  native(text) {
    libc.puts(bytes(`${text}\0`));
    libc.fflush(null);
  },
  child: (text) => new Deno.Command("echo", { args: [text], stdout: "inherit" }).outputSync(),
  shell: (command) => new Deno.Command("sh", { args: ["-c", command], stderr: "inherit" }).outputSync(),
  later: (argument) => {
    const [, ms, text] = /^(\d+) (.*)/.exec(argument)!;
    setTimeout(() => console.log(text), Number(ms));
  },
  /** Prints the text after so many turns of the queue of promises. */
  after(argument) {
    const [, turns, text] = /^(\d+) (.*)/.exec(argument)!;
    let last = Promise.resolve();
    for (let i = 0; i < Number(turns); i++) last = last.then(() => {});
    void last.then(() => console.log(text));
  },
  /** Prints the text once there is this file. */
  when: (argument) => {
    const [, path, text] = /^(\S+) (.*)/.exec(argument)!;
    void isThere(path!).then(() => console.log(text));
  },
  "wait-for": (path) => isThere(path),
  "spin-for"(path) {
    for (;;) {
      try {
        return Deno.lstatSync(path);
      } catch {
        // not yet
      }
    }
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Number(ms))),
  spin(ms) {
    for (const end = performance.now() + Number(ms); performance.now() < end;);
  },
  flood(megabytes) {
    const line = `${"x".repeat(1023)}\n`.repeat(64);
    for (let i = 0; i < Number(megabytes) * 16; i++) Deno.stdout.writeSync(bytes(line));
  },
  close: () => [1, 2].forEach((fd) => libc.close(fd)),
  elsewhere: () => libc.dup2(libc.creat(bytes("/dev/null\0"), 0o600), 2),
  "Deno.stderr.close": () => Deno.stderr.close(),
  abort: () => libc.abort(),
  exit: () => Deno.exit(1),
};

const done = serveCalls(connection, async (head) => {
  for (const step of JSON.parse(head) as string[]) {
    const [, name, argument] = /^(\S+) ?(.*)$/s.exec(step)!;
    await STEPS[name!]!(argument!);
  }
  return { head: "done", chunks: [] };
});
connection.socket.send(FrameKind.READY, 0, bytes("ready"));
await done;
