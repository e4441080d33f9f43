/**
 * A component that imports all that a user module may: by names of a deno.json with comments, from packages in
 * node_modules, npm:, JSON, WebAssembly, later by `import()`, and that reads a file beside it. It must do the same in the
 * clone, the npm package, the binary and as a component of its own.
 */
/** (func (export "twice") (param i32) (result i32) local.get 0 i32.const 2 i32.mul) */
const WASM = [
  [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 9, 1, 5],
  [...new TextEncoder().encode("twice"), 0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x41, 2, 0x6c, 0x0b],
].flat();

export const PACKAGES_FILES: Readonly<Record<string, string | Uint8Array>> = {
  "tesseract_api.ts": `import { defineTesseract, z } from "@tesseract/runtime";
import { z as same } from "npm:zod@4.6.7";
import { basename } from "common";
import modern, { named } from "@scope/modern/part";
import { version as acorn } from "acorn";
import { version as seenByPackage } from "@scope/modern/acorn";
import { helper } from "#helper";
import { lateInFile } from "./src/late.ts";
import { deep } from "src/deep.ts";
import table from "./table.json" with { type: "json" };
import { twice } from "./twice.wasm";
const text = Deno.readTextFileSync(new URL("./table.txt", import.meta.url)).trim();
export default defineTesseract({
  InputSchema: z.object({ n: z.number() }),
  OutputSchema: z.object({ all: z.any() }),
  async apply({ n }) {
    const { named: later } = await import("@scope/modern/part");
    const number = (twice as (n: number) => number)(n);
    return { all: [number, basename, modern, named, later, await lateInFile(), helper, deep, table.json, text, typeof same.object, acorn, seenByPackage] };
  },
});
`,
  "deno.json": `{
  // Names of this project, and one that stays the program's own.
  "imports": { "#helper": "./src/helper.ts", "src/": "./src/", "@tesseract/runtime": "./nowhere.ts", },
}
`,
  "package.json": '{ "dependencies": { "common": "1.0.0", "@scope/modern": "1.0.0", "acorn": "0.0.1" } }',
  "src/helper.ts": 'export const helper: string = "helper";\n',
  "src/late.ts": 'export const lateInFile = async () => (await import("common")).basename;\n',
  "src/deep.ts": 'export const deep: string = "deep";\n',
  "table.json": '{ "json": "json" }',
  "table.txt": "text\n",
  "twice.wasm": new Uint8Array(WASM),
  "node_modules/common/package.json": '{ "name": "common", "version": "1.0.0", "main": "index.js" }',
  "node_modules/common/index.js": 'module.exports = { basename: require("path").basename("a/common") };\n',
  "node_modules/@scope/modern/package.json":
    '{ "name": "@scope/modern", "version": "1.0.0", "type": "module", "exports": { "./part": "./part.js", "./acorn": "./acorn.js" } }',
  "node_modules/@scope/modern/part.js": 'export const named = "named"; export default "default";\n',
  "node_modules/@scope/modern/acorn.js": 'export { version } from "acorn";\n',
  // The program has a package of this name, too.
  "node_modules/acorn/package.json":
    '{ "name": "acorn", "version": "0.0.1", "type": "module", "exports": "./index.js" }',
  "node_modules/acorn/index.js": 'export const version = "own";\n',
};

export const PACKAGES_PAYLOAD = '{"inputs":{"n":21}}';
export const PACKAGES_RESULT =
  '{"all":[42,"common","default","named","named","common","helper","deep","json","text","function","own","own"]}';
