/** The real program, as a process. */
import { deepStrictEqual, equal, fail, match, ok } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";
import { FakeS3, refuse } from "../storage/fake_s3.ts";

const MODULE = `
import { array, defineTesseract, z } from "@tesseract/runtime";
import { solve } from "./solver.ts";

console.log("printed at import");

export default defineTesseract({
  description: "Doubles a vector.",
  InputSchema: z.object({
    x: array([null], "float64").describe("A vector."),
    mode: z.enum(["ok", "throw", "wait", "timer", "reject", "exit", "never"]).describe("What to do.").default("ok"),
  }),
  OutputSchema: z.object({ y: array([null], "float64").describe("Twice the vector.") }),
  async apply({ x, mode }) {
    console.log("printed in apply");
    if (mode === "timer") setTimeout(solve, 0);
    if (mode === "reject") Promise.reject(new RangeError("no convergence"));
    if (mode === "exit") Deno.exit(0);
    if (mode === "never") await new Promise(() => {});
    if (mode === "timer" || mode === "reject") await new Promise((resolve) => setTimeout(resolve, 10_000));
    if (mode === "wait") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (mode === "throw") solve();
    setInterval(() => {}, 1000); // left running
    return { y: x.data.map((value) => 2 * value) };
  },
  abstractEval({ x }) {
    return { y: x };
  },
});
`;
const SOLVER = `export function solve(): never {
  throw new RangeError("no convergence");
}
`;
const FILES = { "tesseract_api.ts": MODULE, "solver.ts": SOLVER };

interface Options {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
}

/** Starts the program. */
function start(args: readonly string[], { cwd, env = {} }: Options): Deno.ChildProcess {
  return programCommand(args, { cwd, env, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
}

async function runProcess(args: readonly string[], options: Options) {
  const child = start(args, options);
  const writer = child.stdin.getWriter();
  if (options.stdin !== undefined) await writer.write(new TextEncoder().encode(options.stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const PAYLOAD = '{"inputs":{"x":[1,2.5]}}';
const RESULT = '{"y":{"object_type":"array","shape":[2],"dtype":"float64","data":{"buffer":[2,5],"encoding":"json"}}}';

Deno.test("apply prints the result, and nothing but the result, on stdout", () =>
  withFolder(FILES, async (cwd) => {
    const { code, stdout, stderr } = await runProcess(["apply", PAYLOAD], { cwd });
    deepStrictEqual([code, stdout, stderr], [0, RESULT, "printed at import\nprinted in apply\n"]);
    deepStrictEqual([...Deno.readDirSync(cwd)].map(({ name }) => name).sort(), ["solver.ts", "tesseract_api.ts"]);
  }));

Deno.test("a payload comes from a file or from standard input, a module from anywhere", () =>
  withFolder(
    { "here/p.json": PAYLOAD, "there/tesseract_api.ts": MODULE, "there/solver.ts": SOLVER },
    async (folder) => {
      const env = { TESSERACT_API_PATH: "../there/tesseract_api.ts" };
      const cwd = `${folder}/here`;
      equal((await runProcess(["apply", "@p.json"], { cwd, env })).stdout, RESULT);
      equal((await runProcess(["apply", "@-"], { cwd, env, stdin: PAYLOAD })).stdout, RESULT);
      equal((await runProcess(["apply", "@/dev/stdin"], { cwd, env, stdin: PAYLOAD })).stdout, RESULT);
    },
  ));

Deno.test("a result goes to a file in the output path", () =>
  withFolder(FILES, async (cwd) => {
    const run = (...args: string[]) => runProcess(args, { cwd });
    deepStrictEqual((await run("apply", PAYLOAD, "-o", "a/b")).stdout, "");
    equal(await Deno.readTextFile(`${cwd}/a/b/results.json`), RESULT);
    deepStrictEqual((await run("--output-path", "c", "--output-file", "r", "apply", PAYLOAD)).stdout, "");
    equal(await Deno.readTextFile(`${cwd}/c/r`), RESULT);
    // before the command, the path does not redirect the result
    equal((await run("-o", "d", "apply", PAYLOAD)).stdout, RESULT);
  }));

Deno.test("an output path where nothing can be written is refused before the user module runs", () =>
  withFolder({ ...FILES, "case.json": "{}" }, async (cwd) => {
    const PLACES: [string, RegExp][] = [
      ["http://127.0.0.1:1/x", /nothing can be written there; expected a local path or s3:/],
      ["gs://b/x", /nothing can be written there; expected a local path or s3:/],
      ["s3://bu cket/a", /expected s3:\/\/BUCKET\/KEY/],
      ["s3://b/x", /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
    ];
    for (const [place, words] of PLACES) {
      for (const args of [["apply", PAYLOAD], ["check-gradients", PAYLOAD], ["test", "@case.json"], ["serve"]]) {
        const { code, stdout, stderr } = await runProcess(["-o", place, ...args], { cwd });
        deepStrictEqual([code, stdout], [2, ""], args[0]);
        match(stderr, words);
        ok(stderr.startsWith(`Error: output path: ${place}: `), stderr);
      }
    }
  }));

Deno.test("a result and its arrays that cannot be written fail alike, and the error names the place", () =>
  withFolder(FILES, async (cwd) => {
    await using store = new FakeS3();
    const env = store.variables;
    for (const broken of ["results.json", ".bin"]) {
      store.interfere = ({ method, target }) =>
        method === "PUT" && target.endsWith(broken) ? refuse(404, "NoSuchBucket") : undefined;
      const args = ["apply", PAYLOAD, "-f", "json+binref", "-o", "s3://b/x"];
      const { code, stderr } = await runProcess(args, { cwd, env });
      equal(code, 2);
      match(stderr, /^Error: output (file|path): s3:\/\/b\/x\/\S+: ./m);
      deepStrictEqual(
        [...store.objects.keys()],
        ["/b/x/logs/tesseract.log"],
        "arrays without their result stay nowhere",
      );
    }
  }));

Deno.test("json+base64 by option and by environment", () =>
  withFolder(FILES, async (cwd) => {
    const after = await runProcess(["apply", PAYLOAD, "-f", "json+base64"], { cwd });
    const env = { TESSERACT_RUNTIME_APPLY_OUTPUT_FORMAT: "json+base64" };
    const before = await runProcess(["apply", PAYLOAD], { cwd, env });
    equal(after.stdout, before.stdout);
    equal(JSON.parse(after.stdout).y.data.buffer, "AAAAAAAAAEAAAAAAAAAUQA==");
  }));

Deno.test("a payload that does not fit exits 2, with the place of each fault", () =>
  withFolder(FILES, async (cwd) => {
    const { code, stdout, stderr } = await runProcess(["apply", '{"inputs":{"x":[[1]],"mode":"no","z":1}}'], { cwd });
    deepStrictEqual([code, stdout], [2, ""]);
    const places = [...stderr.matchAll(/^Error: (\S+): ./gm)].map(([, place]) => place).sort();
    deepStrictEqual(places, ["inputs.mode", "inputs.x", "inputs.z"]);
    for (const text of ["{inputs: 1}", "", "[1]", "null"]) {
      const { code, stderr } = await runProcess(["apply", text], { cwd });
      equal(code, 2);
      match(stderr, /^Error: ./m);
    }
  }));

Deno.test("JSON that is none exits 2, with the place, and a hint to who forgot the @", () =>
  withFolder({ ...FILES, "p.json": PAYLOAD, "broken.json": '{"inputs": }', "cases/a.json": "{}" }, async (cwd) => {
    const errorOf = async (...args: string[]) => {
      const { code, stderr } = await runProcess(args, { cwd });
      equal(code, 2);
      return stderr.replace(/^(?!Error: ).*\n/gm, "");
    };
    match(await errorOf("apply", "@broken.json"), /^Error: broken\.json:1:12: The payload is not valid JSON: .*\n$/);
    for (const command of ["apply", "check-gradients", "test"]) {
      match(await errorOf(command, "p.json"), /not valid JSON: .*; to read a file, write @p\.json\n$/);
    }
    match(await errorOf("apply", "cases/"), /not valid JSON: .*; there is a folder .* write @cases\/NAME\n$/);
  }));

Deno.test("user code that throws exits 1, with the frames of the user's own files", () =>
  withFolder(FILES, async (cwd) => {
    const payload = '{"inputs":{"x":[],"mode":"throw"}}';
    const { code, stdout, stderr } = await runProcess(["apply", payload], { cwd });
    deepStrictEqual([code, stdout], [1, ""]);
    match(
      stderr,
      /^Error: RangeError: no convergence\n {4}at solve \(.*solver\.ts:2:9\)\n {4}at .*tesseract_api\.ts:/m,
    );
    ok(!stderr.includes("pipeline.ts"), stderr);
    match((await runProcess(["--debug", "apply", payload], { cwd })).stderr, /pipeline\.ts/);
  }));

for (const mode of ["timer", "reject"]) {
  Deno.test(`an error that nobody catches exits 1, with the user's frames: ${mode}`, () =>
    withFolder(FILES, async (cwd) => {
      const { code, stdout, stderr } = await runProcess(["apply", `{"inputs":{"x":[],"mode":"${mode}"}}`], { cwd });
      deepStrictEqual([code, stdout], [1, ""]);
      match(stderr, /^Error: RangeError: no convergence\n {4}at .*(solver|tesseract_api)\.ts:/m);
      ok(!stderr.includes("pipeline.ts"), stderr);
    }));
}

for (const [mode, words] of [["exit", "ended the process"], ["never", "waits for a promise"]] as const) {
  Deno.test(`an end of the process before there is a result exits 1: ${mode}`, () =>
    withFolder(FILES, async (cwd) => {
      const { code, stdout, stderr } = await runProcess(["apply", `{"inputs":{"x":[],"mode":"${mode}"}}`], { cwd });
      deepStrictEqual([code, stdout], [1, ""]);
      match(stderr, new RegExp(`^Error: the user module ${words}`, "m"));
    }));
}

Deno.test("a module that does not import exits 1, but not for help", () =>
  withFolder({ "tesseract_api.ts": 'throw new Error("no licence");' }, async (cwd) => {
    for (const args of [["apply", PAYLOAD], ["health"], ["check"], ["openapi-schema"]]) {
      const { code, stdout, stderr } = await runProcess(args, { cwd });
      deepStrictEqual([code, stdout], [1, ""]);
      match(stderr, /^Error: .*no licence/);
    }
    const { code, stdout, stderr } = await runProcess(["apply", "--help"], { cwd });
    deepStrictEqual([code, stderr], [0, ""]);
    match(stdout, /^Usage: tesseract-runtime apply /);
    for (const source of ["Deno.exit(0);", "await new Promise(() => {});"]) {
      await Deno.writeTextFile(`${cwd}/tesseract_api.ts`, source);
      match((await runProcess(["apply", "--help"], { cwd })).stdout, /^Usage: tesseract-runtime apply /, source);
    }
  }));

Deno.test("an endpoint that the module has no function for exits 2, and says which there are", () =>
  withFolder(
    { "tesseract_api.ts": MODULE.replace(/abstractEval[^]*?\n {2}},\n/, ""), "solver.ts": SOLVER },
    async (cwd) => {
      const { code, stderr } = await runProcess(["abstract-eval", PAYLOAD], { cwd });
      equal(code, 2);
      match(stderr, /^Error: .*abstractEval.*defines apply$/m);
    },
  ));

Deno.test("the help of an endpoint ends with what the module says of itself", () =>
  withFolder(FILES, async (cwd) => {
    const { code, stdout } = await runProcess(["apply", "--help"], { cwd });
    equal(code, 0);
    const tail = [
      "Doubles a vector.",
      "",
      "Input schema:",
      "  inputs:",
      "      x: A vector. (float64, shape [any])",
      '      mode: What to do. [default: "ok"] ("ok" or "throw" or "wait" or "timer" or "reject" or "exit" or "never")',
      "",
      "Output schema:",
      "  y: Twice the vector. (float64, shape [any])",
      "",
    ];
    ok(stdout.endsWith(tail.join("\n")), stdout);
  }));

Deno.test("check, health and the documents", () =>
  withFolder(FILES, async (cwd) => {
    const run = async (...args: string[]) => {
      const { code, stdout } = await runProcess(args, { cwd });
      equal(code, 0);
      return stdout;
    };
    equal(await run("check"), "✅ Tesseract API check successful ✅\n");
    equal(await run("health"), '{"status":"ok"}');
    ok(JSON.parse(await run("input-schema")).properties.inputs);
    ok(JSON.parse(await run("output-schema")).$defs.Apply_OutputSchema.properties.y);
    const { info, paths } = JSON.parse(
      await run("--name", "Doubler", "--version=1.2", "--description", "a\\nb", "openapi-schema"),
    );
    deepStrictEqual(info, { title: "Doubler", version: "1.2", description: "a\nb" });
    deepStrictEqual(Object.keys(paths).sort(), ["/abstract_eval", "/apply", "/health"]);

    const infoNow = async (...args: string[]) => JSON.parse(await run(...args, "openapi-schema")).info;
    deepStrictEqual(await infoNow(), { title: "Tesseract", version: "unknown" });
    const file = { name: "doubler", version: "0.3.0", description: "Doubles." };
    await Deno.writeTextFile(`${cwd}/package.json`, JSON.stringify(file));
    deepStrictEqual(await infoNow(), { title: "doubler", version: "0.3.0", description: "Doubles." });
    deepStrictEqual(await infoNow("--version=4"), { title: "doubler", version: "4", description: "Doubles." });
    await Deno.writeTextFile(`${cwd}/package.json`, '{ "name": ');
    deepStrictEqual(await infoNow(), { title: "Tesseract", version: "unknown" });
  }));

Deno.test("an interrupt ends it with 130, even while user code blocks", () =>
  withFolder(FILES, async (cwd) => {
    const child = start(["apply", '{"inputs":{"x":[],"mode":"wait"}}'], { cwd });
    let stderr = "";
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    while (!stderr.includes("printed in apply")) stderr += (await reader.read()).value ?? fail(stderr);
    child.kill("SIGINT");
    const { code } = await child.status;
    await Promise.all([reader.cancel(), child.stdin.close(), child.stdout.cancel()]);
    equal(code, 130);
  }));

Deno.test("a reader that goes away is no mystery", () =>
  withFolder(FILES, async (cwd) => {
    const child = start(["apply", "@-"], { cwd });
    await child.stdout.cancel();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(PAYLOAD));
    await writer.close();
    const stderr = await new Response(child.stderr).text();
    equal((await child.status).code, 1);
    match(stderr, /^Error: stdout was closed by its reader$/m);
  }));

Deno.test("the exit code says what happened also where stderr cannot be written", () =>
  withFolder(FILES, async (cwd) => {
    const fullDisk = ["sh", "-c", 'exec "$@" 2> /dev/full', "sh"];
    const codes = [[["apply", "{}"], 2], [["aply"], 2], [[], 2], [["apply", "@nowhere"], 2], [
      ["input-schema"],
      0,
    ]] as const;
    await Deno.writeTextFile(`${cwd}/quiet.js`, MODULE.replace(/^console.*/m, "").replace(/\): never/g, ")"));
    for (const [args, code] of codes) {
      const output = await programCommand(["--api-path", "quiet.js", ...args], { cwd, stdin: "null" }, fullDisk)
        .output();
      equal(output.code, code, `${args}`);
    }
  }));
