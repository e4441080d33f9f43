import assert from "node:assert/strict";
import { checkModule } from "../../lib/check/check_module.ts";
import { withFiles } from "../api/user_module.ts";

const module = (apply: string) => `
  import { array, differentiable, z } from "@tesseract/runtime";
  import { half } from "./half.ts";
  const vector = differentiable(array(["n"], "float64"));
  export default {
    InputSchema: z.object({ x: vector }),
    OutputSchema: z.object({ y: vector }),
    derivatives: "auto",
    apply: ({ x }) => ({ y: x.data.map((v) => ${apply}) }),
  };`;

const faultsOf = (apply: string, half: string, more: Record<string, string> = {}) =>
  withFiles(
    { "tesseract_api.js": module(apply), "half.ts": `export const half = (x: number) => ${half};`, ...more },
    async (path) => {
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      const { faults } = await checkModule(path, folder);
      return faults.map(({ file, ...fault }) => ({ ...fault, file: file.replace(folder, "") }));
    },
  );

Deno.test("code that can be followed has no fault", async () => {
  assert.deepEqual(await faultsOf("half(v)", "x / 2"), []);
});

Deno.test("syntax that cannot be followed is a fault with its place, without any example", async () => {
  const [fault, ...others] = await faultsOf('eval("v")', "x / 2");
  assert.deepEqual(others, []);
  assert.match(
    fault!.message,
    /^SyntaxError: eval runs code that derivatives cannot follow; write the code as a function$/,
  );
  assert.deepEqual([fault!.file, fault!.line, fault!.column], ["tesseract_api.js", 9, 47]);
});

Deno.test("so it is in a file that the module imports, and an example does not repeat the fault", async () => {
  const example = { "payload.json": '{"inputs": {"x": [1, 2]}}' };
  const faults = await faultsOf("half(v)", 'eval("x") / 2', example);
  assert.equal(faults.length, 1);
  assert.deepEqual([faults[0]!.file, faults[0]!.line, faults[0]!.column], ["half.ts", 1, 36]);
});
