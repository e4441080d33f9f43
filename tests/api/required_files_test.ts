import assert from "node:assert/strict";
import { loadModule } from "../../lib/check/inspect.ts";
import { findMissing, MissingFile, requireFile } from "../../lib/api/required_files.ts";
import { PARTS, withFiles } from "./user_module.ts";

const MODULE = `
import { requireFile } from "@tesseract/runtime";
import { weights } from "./weights.js";
${PARTS}
const table = requireFile("tables/t.csv");
export default { description: [weights, table].join(), InputSchema, OutputSchema, apply };
`;
const WEIGHTS = `
import { requireFile } from "@tesseract/runtime";
export const weights = requireFile("weights.bin");
`;

Deno.test("a module and what it imports say which files they require, and get their absolute paths", () =>
  withFiles({ "module.js": MODULE, "weights.js": WEIGHTS }, async (path) => {
    const module = await loadModule(path, "/data");
    assert.deepEqual(module.requiredFiles, ["weights.bin", "tables/t.csv"]);
    assert.equal(module.description, "/data/weights.bin,/data/tables/t.csv");
    // evaluated once, and still known
    assert.deepEqual((await loadModule(path, "/data")).requiredFiles, module.requiredFiles);
  }));

Deno.test("modules that are loaded side by side require their own files only", async () => {
  const module = (name: string) => `
import { requireFile } from "@tesseract/runtime";
${PARTS}
await new Promise((resolve) => setTimeout(resolve, 5));
requireFile("${name}");
export default { InputSchema, OutputSchema, apply };
`;
  const names = ["a.bin", "b.bin", "c.bin"];
  const required = await Promise.all(
    names.map((name) =>
      withFiles({ "module.js": module(name) }, async (path) => (await loadModule(path, "/data")).requiredFiles)
    ),
  );
  assert.deepEqual(required, names.map((name) => [name]));
});

Deno.test("a required file has to be a file in the input path", () =>
  withFiles({ "a.bin": "a" }, async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    await Deno.mkdir(`${folder}/sub`);
    assert.equal(findMissing(undefined, folder), undefined);
    assert.equal(findMissing(["a.bin", "./a.bin"], folder), undefined);
    const missing = findMissing(["a.bin", "b.bin"], folder);
    assert.ok(missing instanceof MissingFile);
    assert.match(missing.message, /b\.bin.*inside the input path/);
    assert.match(findMissing(["sub"], folder)!.message, /is a folder/);
    assert.match(findMissing(["a.bin"], "s3://bucket")!.message, /local paths only/);
  }));

Deno.test("what is no path inside the input path is a mistake of the module", () => {
  for (const path of ["/etc/passwd", "../a", "s3://bucket/a", ""]) {
    assert.throws(() => requireFile(path), TypeError, path);
  }
  assert.throws(
    () => requireFile(undefined as unknown as string),
    /^TypeError: requireFile: expected a string, a path relative/,
  );
});
