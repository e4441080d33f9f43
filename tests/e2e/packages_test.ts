import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { PACKAGES_FILES, PACKAGES_PAYLOAD, PACKAGES_RESULT } from "../packages_fixture.ts";
import { programCommand } from "../program.ts";

async function run(args: readonly string[], cwd: string) {
  const { code, stdout, stderr } = await programCommand(args, { cwd }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("a module imports by names of deno.json, from node_modules, npm:, JSON and WebAssembly", () =>
  withFolder(PACKAGES_FILES, async (folder) => {
    for (const cwd of [folder, "/"]) {
      const args = ["--api-path", `${folder}/tesseract_api.ts`, "apply", PACKAGES_PAYLOAD];
      assert.deepEqual(await run(args, cwd), { code: 0, stdout: PACKAGES_RESULT, stderr: "" });
    }
  }));

Deno.test("a name that only import() uses is found too", () =>
  withFolder({
    ...PACKAGES_FILES,
    "tesseract_api.ts": `import { defineTesseract, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({}),
  OutputSchema: z.object({ all: z.any() }),
  apply: async () => ({ all: (await import("common")).basename }),
});`,
  }, async (cwd) => {
    assert.equal((await run(["apply", '{"inputs":{}}'], cwd)).stdout, '{"all":"common"}');
  }));

Deno.test("a name that nothing has is named with its place and what to do", () =>
  withFolder({ "tesseract_api.ts": '\nimport "nowhere";' }, async (cwd) => {
    const { code, stderr } = await run(["check"], cwd);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /tesseract_api\.ts:2:8: There is no import named "nowhere": neither imports of deno\.json nor node_modules/,
    );
  }));

Deno.test("a deno.json that is not valid is named", () =>
  withFolder({ "tesseract_api.ts": 'import "x";', "deno.json": "{ imports" }, async (cwd) => {
    const { code, stderr } = await run(["check"], cwd);
    assert.equal(code, 1);
    assert.match(stderr, /deno\.json: /);
  }));
