import { deepStrictEqual, equal, match } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";

const FILES = {
  "tesseract_api.ts": `import { array, defineTesseract, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ x: array([null], "int64"), fail: z.boolean().default(false) }),
  OutputSchema: z.object({ y: array([null], "int64") }),
  apply({ x, fail }) {
    if (fail) throw new RangeError("no convergence (of anything)");
    return { y: x };
  },
});
`,
  "payload.json": '{ "inputs": { "x": [9007199254740993] } }',
};

async function run(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await programCommand(args, { cwd }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("test --record writes test cases that pass: of a result, of an error, of a payload that does not fit", () =>
  withFolder(FILES, async (cwd) => {
    for (
      const [name, payload] of [["good", "@payload.json"], ["bad (a wörd)", '{"inputs":{}}'], [
        "fail",
        '{"inputs":{"x":[1],"fail":true}}',
      ]]
    ) {
      const { code, stdout, stderr } = await run(cwd, "test", "--record", name!, "apply", payload!);
      deepStrictEqual([code, stderr], [0, ""]);
      equal(stdout, `${await Deno.realPath(cwd)}/test_cases/${name}.json\n`);
    }
    // No digit is lost, in the payload and in the result.
    equal((await Deno.readTextFile(`${cwd}/test_cases/good.json`)).match(/9007199254740993/g)?.length, 2);
    const { expected_exception, expected_exception_regex } = JSON.parse(
      await Deno.readTextFile(`${cwd}/test_cases/fail.json`),
    );
    equal(expected_exception, "RangeError");
    equal(new RegExp(expected_exception_regex).test("no convergence (of anything)"), true);
    match((await run(cwd, "test", "test_cases")).stdout, /^3 passed, 0 failed\n$/m);
  }));

Deno.test("test --record overwrites nothing, and writes nothing of what is no payload", () =>
  withFolder({ ...FILES, "test_cases/a.json": "mine" }, async (cwd) => {
    match((await run(cwd, "test", "--record", "a", "apply", "@payload.json")).stderr, /exists already/);
    equal(await Deno.readTextFile(`${cwd}/test_cases/a.json`), "mine");
    for (
      const args of [["b"], ["b", "apply"], ["b", "apply", "{"], ["b", "nope", "{}"], ["../b", "apply", "{}"], [
        "..",
        "apply",
        "{}",
      ]]
    ) {
      const { code, stderr } = await run(cwd, "test", "--record", ...args);
      equal(code, 2, stderr);
      match(stderr, /^Error: /);
    }
    deepStrictEqual([...Deno.readDirSync(`${cwd}/test_cases`)].map(({ name }) => name), ["a.json"]);
  }));
