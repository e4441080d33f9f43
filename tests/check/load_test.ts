import assert from "node:assert/strict";
import { BrokenModule } from "../../lib/api/module_fault.ts";
import { loadModule } from "../../lib/check/inspect.ts";
import { PARTS, withFiles } from "../api/user_module.ts";

Deno.test("loadModule() takes a default export made by defineTesseract", async () => {
  const text = `${PARTS} export default defineTesseract({ description: "Scales.", InputSchema, OutputSchema, apply });`;
  await withFiles({ "tesseract_api.js": text }, async (path) => {
    const module = await loadModule(path);
    assert.equal(module.file, path);
    assert.equal(module.description, "Scales.");
    assert.equal(module.inputs.kind, "object");
    assert.equal(module.outputs.kind, "object");
    assert.deepEqual(Object.keys(module.functions), ["apply"]);
    const a = { dtype: "float32", shape: [2], data: new Float32Array([1, 2]) };
    assert.deepEqual(module.functions.apply!({ a, s: 2 }), { result: new Float32Array([2, 4]) });
  });
});

Deno.test("loadModule() takes a plain object, and the same as named exports", async () => {
  const members = "InputSchema, OutputSchema, apply, description";
  for (const exported of [`export default { ${members} }`, `export { ${members} }`]) {
    await withFiles({ "tesseract_api.js": `${PARTS} const description = "Scales."; ${exported}` }, async (path) => {
      const module = await loadModule(path);
      assert.equal(module.description, "Scales.");
      assert.deepEqual(Object.keys(module.functions), ["apply"]);
    });
  }
});

Deno.test("loadModule() takes TypeScript, imports of the user's own files and JSON", async () => {
  const files = {
    "tesseract_api.ts": `
      import { z } from "@tesseract/runtime";
      import { twice } from "./helper.ts";
      import settings from "./settings.json" with { type: "json" };
      export const description: string = settings.text;
      export const InputSchema = z.object({ x: z.number() });
      export const OutputSchema = z.object({ x: z.number() });
      export const apply = ({ x }: z.output<typeof InputSchema>) => ({ x: twice(x) });
    `,
    "helper.ts": "export const twice = (x: number): number => 2 * x;",
    "settings.json": `{ "text": "Doubles." }`,
  };
  await withFiles(files, async (path) => {
    const module = await loadModule(path);
    assert.equal(module.description, "Doubles.");
    assert.deepEqual(module.functions.apply!({ x: 2 }), { x: 4 });
  });
});

Deno.test("loadModule() evaluates a module once, however often it is loaded", async () => {
  const text = `${PARTS} export default { InputSchema, OutputSchema, apply };
    globalThis.evaluations = (globalThis.evaluations ?? 0) + 1;`;
  await withFiles({ "tesseract_api.js": text }, async (path) => {
    const [first, second] = await Promise.all([loadModule(path), loadModule(path)]);
    assert.deepEqual(Object.keys(first.functions), Object.keys(second.functions));
    assert.equal((globalThis as { evaluations?: number }).evaluations, 1);
  });
});

Deno.test("loadModule() finds a relative path from the current directory, whatever signs are in it", async () => {
  const text = `${PARTS} export default { InputSchema, OutputSchema, apply };`;
  await withFiles({ "a b#c?d%20é.js": text }, async (path) => {
    const before = Deno.cwd();
    try {
      Deno.chdir(path.slice(0, path.lastIndexOf("/")));
      assert.equal((await loadModule("./a b#c?d%20é.js")).file, path);
    } finally {
      Deno.chdir(before);
    }
  });
});

Deno.test("the functions of a default export keep their this", async () => {
  const text = `${PARTS}
    class Scale {
      InputSchema = InputSchema;
      OutputSchema = OutputSchema;
      apply({ a }) { return { result: this.jacobianVectorProduct({}, [], [], { a }) }; }
      jacobianVectorProduct(_i, _a, _b, { a }) { return a.data; }
      abstractEval() {}
    }
    export default new Scale();`;
  await withFiles({ "tesseract_api.js": text }, async (path) => {
    const { functions } = await loadModule(path);
    const data = new Float32Array([1]);
    assert.deepEqual(functions.apply!({ a: { dtype: "float32", shape: [1], data } }), { result: data });
  });
});

Deno.test("loadModule() throws all faults of a broken module", async () => {
  await withFiles({ "tesseract_api.js": "export const apply = 1;" }, async (path) => {
    await assert.rejects(loadModule(path), (error) => {
      assert.ok(error instanceof BrokenModule);
      assert.deepEqual(error.faults.map((fault) => fault.export), ["InputSchema", "OutputSchema", "apply"]);
      assert.match(error.message, new RegExp(`^${path}: InputSchema: is missing`));
      return true;
    });
  });
});
