/**
 * A worker without a user module: it does what the head of a call says. The last argument is how to reach the server.
 */
import { FrameKind } from "../../lib/workers/protocol/frames.ts";
import { serveCalls } from "../../lib/workers/worker/serve_calls.ts";
import type { Slots } from "../../lib/workers/protocol/shared_memory.ts";
import { onUncaught } from "../../lib/api/uncaught.ts";
import { connect } from "../../lib/workers/worker/connect.ts";

const [mode = "", folder = ""] = Deno.args.slice(0, -1);
const links = Deno.args.at(-1);
if (mode === "exit") Deno.exit(7);

const connection = await connect(links!);
const { socket } = connection;
if (mode === "reports") {
  onUncaught(() => Deno.exit(1), (isInContext) => {
    connection.isEnding = true;
    if (isInContext) connection.prints?.noteUncaught();
  });
}
const text = (value: string) => new TextEncoder().encode(value);
if (mode === "once") {
  // Only the first can be started.
  try {
    Deno.mkdirSync(folder);
  } catch {
    Deno.exit(8);
  }
}
if (mode === "broken") {
  socket.send(FrameKind.FAILED, 0, text("there is no apply"));
  await socket.flushed();
  Deno.exit();
}

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** How many pieces the shared memory still takes in one direction. */
function freeSlots(slots: Slots | undefined): number {
  const taken: number[] = [];
  for (let slot; (slot = slots?.put(new Uint8Array(1))) !== undefined;) taken.push(slot);
  for (const slot of taken) slots!.free(slot);
  return taken.length;
}

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  kill: { parameters: ["i32", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
});
let kept: Uint8Array | undefined;

/** Ends the connection at once, whatever this process does then. */
function shutDown(): void {
  const SHUT_RDWR = 2;
  for (const { name } of Deno.readDirSync("/proc/self/fd")) libc.shutdown(Number(name), SHUT_RDWR); // Fails for files.
}

/** Writes to the socket what is no frame. */
const writeRaw = (...bytes: number[]) =>
  (socket as unknown as { conn: Deno.Conn }).conn.write(new Uint8Array([...bytes, ...Array(9).fill(0)].slice(0, 9)));

const done = serveCalls(connection, async (head, body, signal) => {
  const [what, argument = "", file] = head.split(" ");
  if (what === "early") return { head: "early", chunks: [text("enough")] };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  // So a test knows that the call is computed.
  if (file !== undefined) Deno.writeTextFileSync(file, "");
  if (what === "exit") Deno.exit(3);
  if (what === "linger") {
    shutDown();
    spin(Number(argument));
    Deno.exit(3);
  }
  if (what === "spin") spin(Number(argument));
  if (what === "sleep") await new Promise((resolve) => setTimeout(resolve, Number(argument)));
  if (what === "print") console.log(argument.replaceAll("|", "\n"));
  if (what === "mark") Deno.writeTextFileSync(argument, ".", { append: true });
  // One chunk, as the whole of an array is.
  if (what === "array") return { head: "array", chunks: [new Uint8Array(Number(argument)).map((_, i) => i >> 16)] };
  if (what === "slots") {
    const free = [socket.memory?.incoming, socket.memory?.outgoing].map(freeSlots);
    return { head: "slots", chunks: [text(free.join())] };
  }
  if (what === "abortable") {
    await new Promise<void>((resolve) => signal!().addEventListener("abort", () => resolve()));
    return { head: "aborted", chunks: [] };
  }
  if (what === "late") setTimeout(() => Promise.reject(new Error("late")), Number(argument));
  if (what === "failing") {
    setTimeout(() => Promise.reject(new Error("own")), 20);
    await new Promise((resolve) => setTimeout(resolve, Number(argument)));
  }
  if (what === "rejected") Promise.reject(new Error("late"));
  if (what === "killgroup") libc.kill(0, 9);
  if (what === "child") {
    const child = new Deno.Command("sleep", { args: ["300"] }).spawn();
    return { head: "child", chunks: [text(String(child.pid))] };
  }
  if (what === "garbage") await writeRaw(255, 255, 255, 255);
  if (what === "unknown") await writeRaw(0, 0, 0, 0, 0, 0, 0, 0, 99);
  if (what === "torn") await writeRaw(0, 0, 1, 0, 0, 0, 0, 0, FrameKind.WHOLE);
  if (what === "forge") {
    // Answers to the calls behind this one.
    const id = socket.memory!.activity.answering;
    for (const [later, head] of [[id + 1, "forged"], [id + 2, ""]] as const) {
      const bytes = text(head);
      const payload = [...new Uint8Array(Uint32Array.of(bytes.length).buffer), ...bytes];
      const header = new Uint8Array(Uint32Array.of(payload.length, later).buffer);
      await (socket as unknown as { conn: Deno.Conn }).conn.write(
        new Uint8Array([...header, FrameKind.WHOLE, ...payload]),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, Number(argument)));
  }
  if (what === "keep") kept = new Uint8Array(Number(argument) * 2 ** 20).fill(kept?.length ?? 1);
  if (what === "slowpid") await new Promise((resolve) => setTimeout(resolve, Number(argument)));
  if (what === "pid" || what === "slowpid") return { head: "pid", chunks: [text(String(Deno.pid))] };
  return { head: `done ${head}`, chunks };
});
socket.send(FrameKind.READY, 0, text("hello"));
await done;
