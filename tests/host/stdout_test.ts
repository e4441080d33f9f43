import { deepStrictEqual } from "node:assert/strict";

/** Runs a script that may import lib/host/stdout.ts as `stdout`. */
async function runScript(script: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const stdout = new URL("../../lib/host/stdout.ts", import.meta.url).href;
    await Deno.writeTextFile(file, `import * as stdout from "${stdout}";\n${script}`);
    const output = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", file] }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
  } finally {
    await Deno.remove(file);
  }
}

const SAY = `const bytes = (text: string) => new TextEncoder().encode(text + "\\n");`;
const PRINT_BY_JAVASCRIPT = `
  console.log("log");
  console.info("info");
  console.debug("debug");
  console.dir("dir");
  console.table(["table"]);
  console.count("count");
  Deno.stdout.writeSync(bytes("writeSync"));
  await Deno.stdout.write(bytes("write"));
  const { default: process } = await import("node:process");
  process.stdout.write("process\\n");
  await new Blob(["writable\\n"]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });`;
const WORDS = ["log", "info", "debug", "dir", "table", "count", "writeSync", "write", "process", "writable"];

/** Which of the words were printed. */
const said = (text: string, words: readonly string[]) => words.filter((word) => new RegExp(`\\b${word}\\b`).test(text));

Deno.test("claimDescriptor() leaves stdout to the result, whoever prints and by whatever means", async () => {
  const { code, stdout, stderr } = await runScript(`
    ${SAY}
    const write = stdout.claimDescriptor()!;
    ${PRINT_BY_JAVASCRIPT}
    const puts = Deno.dlopen("libc.so.6", { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } });
    puts.symbols.write(1, bytes("native"), 7n);
    new Deno.Command("echo", { args: ["subprocess"], stdout: "inherit" }).outputSync();
    write(bytes("the result"));`);
  const words = [...WORDS, "native", "subprocess"];
  deepStrictEqual({ code, stdout, said: said(stderr, words) }, { code: 0, stdout: "the result\n", said: words });
});

Deno.test("claimByPatching() catches what JavaScript prints", async () => {
  const { code, stdout, stderr } = await runScript(`
    ${SAY}
    const write = await stdout.claimByPatching();
    ${PRINT_BY_JAVASCRIPT}
    write(bytes("the result"));`);
  deepStrictEqual({ code, stdout, said: said(stderr, WORDS) }, { code: 0, stdout: "the result\n", said: WORDS });
});

Deno.test("claimDescriptor() writes all of a large result to a slow reader", async () => {
  const { code, stdout } = await runScript(`
    const write = stdout.claimDescriptor()!;
    for (let i = 0; i < 4; i++) write(new Uint8Array(1 << 20).fill(97 + i));`);
  deepStrictEqual([code, stdout.length, stdout.replace(/(.)\1*/g, "$1")], [0, 4 << 20, "abcd"]);
});
