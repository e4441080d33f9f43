/** `context.signal` in the real program: on the command line, and when a client goes away. */
import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { isRunning } from "../http/program.ts";
import { deliver, endChild, programCommand } from "../program.ts";
import { until } from "../until.ts";

const MODULE = `
import { defineTesseract, z } from "@tesseract/runtime";
const forever = () => new Promise((resolve) => setTimeout(resolve, 120_000));
export default defineTesseract({
  InputSchema: z.object({ mode: z.string() }),
  OutputSchema: z.object({}),
  async apply({ mode }, context) {
    if (mode === "quick") return {};
    if (mode === "crash") {
      const { symbols } = Deno.dlopen("libc.so.6", { strlen: { parameters: ["pointer"], result: "usize" } });
      symbols.strlen(Deno.UnsafePointer.create(8n));
    }
    const signal = mode.startsWith("deaf") ? undefined : context.signal;
    signal?.addEventListener("abort", () => Deno.writeTextFileSync("aborted", mode));
    if (mode === "child") {
      const child = new Deno.Command("/bin/sleep", { args: ["300"], signal }).spawn();
      console.log("child", child.pid);
      await child.status;
      return {};
    }
    if (mode === "orphan") console.log("child", new Deno.Command("/bin/sleep", { args: ["300"] }).spawn().pid);
    // it is said when the function waits
    if (mode.endsWith("loop")) console.log("ready");
    else setTimeout(() => console.log("ready"));
    while (mode.endsWith("loop"));
    if (mode === "wait") await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await forever();
  },
});
`;
const payload = (mode: string) => JSON.stringify({ inputs: { mode } });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A program that was started, and what it has said on stderr. */
async function withProgram(
  args: readonly string[],
  test: (
    program: { child: Deno.ChildProcess; says(text: RegExp): Promise<RegExpExecArray>; cwd: string },
  ) => Promise<void>,
) {
  await withFolder({ "tesseract_api.js": MODULE }, async (cwd) => {
    const child = programCommand(args, { cwd, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
    let stderr = "";
    const reading = (async () => {
      for await (const chunk of child.stderr) stderr += new TextDecoder().decode(chunk);
    })();
    const says = async (text: RegExp) => {
      await until(`stderr says ${text}`, () => text.test(stderr));
      return text.exec(stderr)!;
    };
    try {
      await test({ child, says, cwd });
    } finally {
      await endChild(child);
      await reading;
    }
  });
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} fires the signal of a call on the command line, which ends with ${code}`, () =>
    withProgram(["apply", payload("wait")], async ({ child, says, cwd }) => {
      await says(/ready/);
      child.kill(signal);
      const status = await child.status;
      assert.deepEqual([status.code, status.signal], [code, null]);
      assert.equal(Deno.readTextFileSync(`${cwd}/aborted`), "wait");
    }));

  Deno.test(`${signal} ends a program that was started with the signal, too`, () =>
    withProgram(["apply", payload("child")], async ({ child, says }) => {
      const pid = Number((await says(/child (\d+)/))[1]);
      child.kill(signal);
      assert.equal((await child.status).code, code);
      await until("the child has ended", async () => !await isRunning(pid));
    }));

  Deno.test(`a call that does not end after ${signal} is ended with ${code} after a while`, () =>
    withProgram(["apply", payload("ignore")], async ({ child, says, cwd }) => {
      await says(/ready/);
      child.kill(signal);
      await until("the signal fires", () => Deno.readTextFile(`${cwd}/aborted`).then(() => true, () => false));
      assert.equal((await child.status).code, code);
    }));

  Deno.test(`a loop that never yields ends on the second ${signal} at the latest, one without the signal on the first`, () =>
    withProgram(["apply", payload("loop")], async ({ child, says }) => {
      await says(/ready/);
      await deliver(child, signal);
      await wait(200);
      assert.ok(await isRunning(child.pid));
      child.kill(signal);
      assert.equal((await child.status).signal, signal);
      for (const mode of ["deaf loop", "deaf"]) {
        await withProgram(["apply", payload(mode)], async ({ child, says }) => {
          await says(/ready/);
          child.kill(signal);
          assert.equal((await child.status).signal, signal);
        });
      }
    }));
}

Deno.test("a client that goes away fires the signal of its call", () =>
  withProgram(["serve", "--port", "0"], async ({ says, cwd }) => {
    const [, url] = await says(/Listening on (\S+)/);
    const client = new AbortController();
    const call = fetch(`${url}/apply`, { method: "POST", body: payload("wait"), signal: client.signal }).catch(
      () => {},
    );
    await says(/ready/);
    await wait(3000); // Deno 2.4 says that a client goes away only once the server has asked.
    client.abort();
    await call;
    await until("the signal fires", () => Deno.readTextFile(`${cwd}/aborted`).then(() => true, () => false));
    const next = await fetch(`${url}/apply`, { method: "POST", body: payload("quick") });
    assert.equal(await next.text(), "{}");
  }));

Deno.test("the programs that user code has started end with a server that is killed", () =>
  withProgram(["serve", "--port", "0"], async ({ child, says }) => {
    const [, url] = await says(/Listening on (\S+)/);
    const call = fetch(`${url}/apply`, { method: "POST", body: payload("orphan") }).catch(() => {});
    const pid = Number((await says(/child (\d+)/))[1]);
    assert.ok(await isRunning(pid));
    child.kill("SIGKILL");
    await call;
    await until("the program has ended", async () => !await isRunning(pid));
  }));

Deno.test("a crash in native code on the command line names the signal", () =>
  withProgram(["apply", payload("crash")], async ({ child, says }) => {
    await says(
      Deno.build.arch === "x86_64" ? /^Error: native code crashed: Segmentation fault$/m : /Segmentation fault/,
    );
    assert.equal((await child.status).signal, "SIGSEGV");
  }));
