import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { ProgressBars } from "../../lib/cli/io/progress_bars.ts";
import { runCli, withFolder, type World } from "./run.ts";

const root = new URL("../../", import.meta.url).pathname;
const PAYLOAD = JSON.stringify({ inputs: { a: [1, 2, 3], b: [4, 5, 6], s: 10 } });
const check = (args: readonly string[], world: World = {}, module = "vectoradd") =>
  runCli(["--api-path", `${root}examples/${module}/tesseract_api.ts`, "check-gradients", ...args], world);

Deno.test("check-gradients prints the report on stdout, and nothing on stderr", async () => {
  const { code, stdout, stderr } = await check([PAYLOAD, "--seed", "1"]);
  deepStrictEqual({ code, stderr }, { code: 0, stderr: "" });
  equal(
    stdout,
    `✅ Gradient check for jacobian passed ✅ (0 failures / 7 checks)
✅ Gradient check for jacobian_vector_product passed ✅ (0 failures / 7 checks)
✅ Gradient check for vector_jacobian_product passed ✅ (0 failures / 7 checks)
✅ Adjoint test passed ✅ (0 failures / 9 comparisons)
`,
  );
});

Deno.test("check-gradients ends with 1 where a check fails, and shows as many failures as asked for", async () => {
  const { code, stdout } = await check([PAYLOAD, "--eps", "1e-7", "--endpoints", "jacobian", "--max-failures", "2"]);
  equal(code, 1);
  match(stdout, /failed ⚠️ \(7 failures \/ 7 checks\)\nFirst 2 failures:\n/);
  equal(stdout.match(/Input path: /g)?.length, 2);
  ok(stdout.endsWith("❌ Some gradient checks failed ❌\n"));
});

Deno.test("the repeatable options of check-gradients choose endpoints, paths and steps", async () => {
  const { code, stdout } = await check([
    ...[PAYLOAD, "--json", "--eps", "1e-7", "--eps-for", "a=0.5", "--eps-for", "s=1"],
    ...["--endpoints", "vector_jacobian_product", "--endpoints", "jacobian"],
    ...["--input-paths", "s", "--input-paths", "a", "--output-paths", "result"],
  ]);
  equal(code, 0);
  const { endpoints, passed } = JSON.parse(stdout);
  ok(passed);
  deepStrictEqual(
    endpoints.map(({ endpoint, pairs }: { endpoint: string; pairs: { input: string; eps: number }[] }) => [
      endpoint,
      pairs.map(({ input, eps }) => [input, eps]),
    ]),
    [["vector_jacobian_product", [["s", 1], ["a", 0.5]]], ["jacobian", [["s", 1], ["a", 0.5]]]],
  );
});

Deno.test("--max-output-samples caps the products, --taylor adds its test, --seed repeats it all", async () => {
  const args = [PAYLOAD, "--json", "--seed", "5", "--max-output-samples", "1", "--max-evals", "3", "--taylor"];
  const { stdout } = await check(args);
  const { seed, evaluations, taylor } = JSON.parse(stdout);
  equal(seed, 5);
  equal(taylor.length, 9);
  equal((await check(args)).stdout, stdout);
  const all = JSON.parse((await check([...args.slice(0, 4), ...args.slice(6)])).stdout);
  equal(all.evaluations, evaluations + 2 * 3);
});

Deno.test("the environment sets what is not repeatable", async () => {
  const env = { TESSERACT_RUNTIME_CHECK_GRADIENTS_EPS: "1e-7", TESSERACT_RUNTIME_JSON: "true" };
  const { code, stdout } = await check([PAYLOAD], { env });
  equal(code, 1);
  equal(JSON.parse(stdout).endpoints[0].pairs[0].eps, 1e-7);
  equal((await check([PAYLOAD, "--eps", "0.5"], { env })).code, 0);
});

const MISTAKES: [string[], RegExp][] = [
  [[PAYLOAD, "--eps", "small"], /--eps: expected a number above 0, got "small"/],
  [[PAYLOAD, "--eps", "0"], /--eps: expected a number above 0/],
  [[PAYLOAD, "--rtol", "-1"], /--rtol: expected a number from 0 on/],
  [[PAYLOAD, "--max-evals", "0"], /--max-evals: expected a whole number from 1 on/],
  [[PAYLOAD, "--eps-for", "a"], /--eps-for: expected PATH=VALUE, got "a"/],
  [[PAYLOAD, "--eps-for", "a=no"], /--eps-for: expected a number above 0/],
  [[PAYLOAD, "--eps-for", "q=1"], /--eps-for: 'q' is not a differentiable input here; there are 'a', 'b', 's'/],
  [[PAYLOAD, "--endpoints", "apply"], /--endpoints: .*'apply'.*it has jacobian, /],
  [[PAYLOAD, "--input-paths", "result"], /--input-paths: 'result'/],
  [[PAYLOAD, "--output-paths", "a"], /--output-paths: 'a'/],
  [['{"inputs": {"a": [1]}}'], /inputs\.b: /],
  [['{"inputs": {"a": [1], "b": [2], "c": 3}}'], /inputs\.c: /],
  [['{"inputs": {"a": [1], "b": [2]}, "c": 3}'], /c: /],
  [["{"], /JSON/],
];
for (const [args, message] of MISTAKES) {
  Deno.test(`check-gradients ${args.join(" ").slice(-40)} is wrong usage`, async () => {
    const { code, stdout, stderr } = await check(args);
    deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, stderr);
    match(stderr, message);
  });
}

Deno.test("check-gradients of a module without derivatives fails", async () => {
  const { code, stdout, stderr } = await check(['{"inputs": {"name": "x"}}'], {}, "greeting");
  deepStrictEqual({ code, stdout }, { code: 1, stdout: "" });
  match(stderr, /^Error: .*no gradients/);
});

Deno.test("check-gradients of a module whose apply fails at the inputs says where", async () => {
  const text = `import { array, differentiable, z } from "@tesseract/runtime";
    export const InputSchema = z.object({ x: differentiable(array([null], "float64")) });
    export const OutputSchema = z.object({ y: differentiable(array([null], "float64")) });
    export function apply() { throw new RangeError("diverged"); }
    export function jacobian() {}
  `;
  await withFolder({ "tesseract_api.ts": text }, async (folder) => {
    const { code, stdout, stderr } = await runCli(["check-gradients", '{"inputs": {"x": [1]}}'], { cwd: folder });
    deepStrictEqual({ code, stdout }, { code: 1, stdout: "" });
    match(stderr, /^Error: RangeError: diverged\n {4}at .*tesseract_api\.ts:4/);
  });
});

Deno.test("on a terminal stderr shows how far each endpoint is, unless that is not wanted", async () => {
  const { stderr } = await check([PAYLOAD], { errorTerminal: true });
  for (const name of ["jacobian", "jacobian_vector_product", "vector_jacobian_product"]) {
    match(stderr, new RegExp(`Checking ${name} +━{30} 100 % 0 failures\n`));
  }
  equal((await check([PAYLOAD, "--no-show-progress"], { errorTerminal: true })).stderr, "");
  const env = { TESSERACT_RUNTIME_CHECK_GRADIENTS_SHOW_PROGRESS: "0" };
  equal((await check([PAYLOAD], { errorTerminal: true, env })).stderr, "");
  equal((await check([PAYLOAD, "--show-progress"])).stderr, "");
});

Deno.test("ProgressBars draws each line over itself, ten times a second at most", () => {
  let written = "", now = 0;
  const progress = new ProgressBars((text) => written += text, () => now);
  const state = (endpoint: "jacobian" | "vector_jacobian_product", done: number, failures = 0) =>
    progress.update({ endpoint, done, total: 4, failures });
  state("jacobian", 1);
  equal(written, `\x1b[2KChecking jacobian ${"━".repeat(8).padEnd(30)}  25 % 0 failures\n`);
  written = "";
  now = 99;
  state("vector_jacobian_product", 1);
  equal(written, "");
  now = 100;
  state("jacobian", 2, 1);
  equal(
    written,
    `\x1b[1A\x1b[2KChecking jacobian                ${"━".repeat(15).padEnd(30)}  50 % 1 failures\n` +
      `\x1b[2KChecking vector_jacobian_product ${"━".repeat(8).padEnd(30)}  25 % 0 failures\n`,
  );
  written = "";
  progress.draw();
  ok(written.startsWith("\x1b[2A"));
});
