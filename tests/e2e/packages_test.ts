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

/** A component that imports `common` where it says so, and no bare name otherwise. */
const importing = (files: Record<string, string>, all: string) => ({
  ...PACKAGES_FILES,
  ...files,
  "tesseract_api.ts": `import { defineTesseract, z } from "@tesseract/runtime";
${Object.keys(files).map((path) => `import { late } from "./${path}";`).join("\n")}
export default defineTesseract({
  InputSchema: z.object({}),
  OutputSchema: z.object({ all: z.any() }),
  apply: async () => ({ all: (${all}).basename }),
});`,
});

for (
  const [where, files] of Object.entries({
    "in the module": importing({}, 'await import("common")'),
    "in a file that it imports": importing(
      { "late.ts": 'export const late = () => import("common");' },
      "await late()",
    ),
    "in a file of a file": importing({
      "late.ts": 'export { late } from "./src/later.js";',
    }, "await late()"),
    "by a name that is computed": importing({
      "late.ts": 'export const late = (name = "com") => import(name + "mon");',
    }, "await late()"),
  })
) {
  Deno.test(`a name that only import() uses is found too: ${where}`, () =>
    withFolder({ ...files, "src/later.js": 'export const late = () => import("common");' }, async (cwd) => {
      assert.deepEqual(await run(["apply", '{"inputs":{}}'], cwd), { code: 0, stdout: '{"all":"common"}', stderr: "" });
    }));
}

for (
  const [where, files] of Object.entries({
    "in node_modules": {
      "node_modules/acorn/package.json": '{ "name": "acorn", "version": "0.0.1", "exports": "./index.mjs" }',
      "node_modules/acorn/index.mjs": 'export const version = "own";',
    },
    "in deno.json": {
      "deno.json": '{ "imports": { "acorn": "./acorn.js" } }',
      "acorn.js": 'export const version = "own";',
    },
  })
) {
  for (const importing of ["the module", "a file that it imports"]) {
    Deno.test(`a package of the user's ${where} counts more than one of the program that has its name: ${importing}`, () => {
      const importer = importing === "the module" ? '"acorn"' : '"./parser.ts"';
      const module = `import { defineTesseract, z } from "@tesseract/runtime";
import { version } from ${importer};
export default defineTesseract({
  InputSchema: z.object({}),
  OutputSchema: z.object({ version: z.string() }),
  apply: () => ({ version }),
});`;
      const all = { ...files, "tesseract_api.ts": module, "parser.ts": 'export { version } from "acorn";' };
      return withFolder(all, async (cwd) => {
        const { stdout, stderr } = await run(["apply", '{"inputs":{}}'], cwd);
        assert.equal(stdout, '{"version":"own"}', stderr);
      });
    });
  }
}

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
