import assert from "node:assert/strict";
import { describeModuleFault, type ModuleFault } from "../../lib/api/module_fault.ts";
import { inspectModule } from "../../lib/check/inspect.ts";
import { withFiles } from "./user_module.ts";

/** The one fault of a module that cannot be imported; `<dir>` stands for its folder. */
function faultOf(files: Record<string, string>): Promise<ModuleFault> {
  return withFiles(files, async (path) => {
    const { module, faults: [fault, ...others] } = await inspectModule(path);
    assert.equal(module, undefined);
    assert.ok(fault);
    assert.deepEqual(others, []);
    assert.ok(describeModuleFault(fault).includes(fault.message));
    const hide = (text: string) => text.replaceAll(path.slice(0, path.lastIndexOf("/")), "<dir>");
    return { ...fault, file: hide(fault.file), message: hide(fault.message) };
  });
}

Deno.test("a file that does not parse is named with line and column", async () => {
  for (const name of ["tesseract_api.ts", "tesseract_api.js"]) {
    const { message, ...place } = await faultOf({ [name]: "const a = 1;\nexport const b = = 3;\n" });
    assert.deepEqual(place, { file: `<dir>/${name}`, line: 2, column: 18 });
    assert.match(message, /^SyntaxError: Expression expected/);
    assert.ok(message.includes("export const b = = 3;"));
  }
});

Deno.test("an error that only V8 finds is named with line and column", async () => {
  const { message, ...place } = await faultOf({ "tesseract_api.js": "const a = 1;\nconst a = 2;\n" });
  assert.deepEqual(place, { file: "<dir>/tesseract_api.js", line: 2, column: 7 });
  assert.match(message, /^SyntaxError: Identifier 'a' has already been declared$/);
});

Deno.test("an import that does not parse is named itself", async () => {
  const { file, line } = await faultOf({ "tesseract_api.ts": 'import "./helper.ts";', "helper.ts": "\n\n)" });
  assert.deepEqual({ file, line }, { file: "<dir>/helper.ts", line: 3 });
});

Deno.test("a missing import is named where it is asked for", async () => {
  const file = "<dir>/tesseract_api.ts";
  assert.deepEqual(await faultOf({ "tesseract_api.ts": '\nimport "./nope.ts";' }), {
    file,
    line: 2,
    column: 8,
    message: 'Module not found "<dir>/nope.ts"',
  });
  assert.deepEqual(await faultOf({ "tesseract_api.ts": 'import "some-package";' }), {
    file,
    line: 1,
    column: 8,
    message: 'There is no import named "some-package": neither imports of deno.json nor node_modules has it; ' +
      'install it there (npm install some-package), or import it as "npm:some-package"',
  });
  const part = await faultOf({ "tesseract_api.ts": 'import "@scope/name/part";' });
  assert.match(part.message, /\(npm install @scope\/name\), or import it as "npm:@scope\/name"$/);
  const named = await faultOf({ "tesseract_api.ts": 'import { b } from "./a.ts"; b;', "a.ts": "export const a = 1;" });
  assert.equal(named.file, file);
  assert.equal(named.line, 1);
  assert.match(named.message, /^SyntaxError: .*does not provide an export named 'b'$/);
});

Deno.test("what a module throws is named with the frames of the user's own files", async () => {
  const fault = await faultOf({
    "tesseract_api.ts": `import { z } from "@tesseract/runtime";
import { run } from "./helper.ts";
run(() => z.number().parse("x"));`,
    "helper.ts": `class NoLuck extends RangeError {}
export function run(f: () => void) {
  try { f(); } catch (error) { throw new NoLuck("no luck", { cause: error }); }
}`,
  });
  const { message, ...place } = fault;
  assert.deepEqual(place, { file: "<dir>/helper.ts", line: 3, column: 38 });
  const lines = message.split("\n");
  assert.deepEqual(lines.slice(0, 3), [
    "NoLuck: no luck",
    "    at run (<dir>/helper.ts:3:38)",
    "    at <dir>/tesseract_api.ts:3:1",
  ]);
  assert.match(lines[3]!, /^Caused by: ZodError: /);
  assert.ok(!/\/zod\/|ext:|lib\/api/.test(message));
});

Deno.test("what is thrown need not be an error", async () => {
  assert.deepEqual(await faultOf({ "tesseract_api.js": 'throw "a text";' }), {
    file: "<dir>/tesseract_api.js",
    message: '"a text" was thrown, which is no Error: throw new Error("…"), which tells the line, too',
  });
});

Deno.test("a missing file and a directory are named", async () => {
  await withFiles({ "tesseract_api.js": "" }, async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    assert.deepEqual((await inspectModule(`${folder}/nope.ts`)).faults, [
      { file: `${folder}/nope.ts`, message: "does not exist" },
    ]);
    assert.deepEqual((await inspectModule(folder)).faults, [
      { file: folder, message: "is a directory; name the file in it that defines the Tesseract" },
    ]);
  });
});
