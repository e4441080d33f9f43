import assert from "node:assert/strict";
import { describeModuleFault } from "../../lib/api/module_fault.ts";
import { inspectModule } from "../../lib/check/inspect.ts";
import { PARTS, withFiles } from "../api/user_module.ts";

/** The faults of a module of this text, as `export: message`. */
function faultsOf(text: string): Promise<string[]> {
  return withFiles({ "tesseract_api.js": text }, async (path) => {
    const { module, faults } = await inspectModule(path);
    assert.equal(module === undefined, faults.length > 0);
    for (const { file } of faults) assert.equal(file, path);
    return faults.map(({ export: name, message }) => `${name}: ${message}`);
  });
}

Deno.test("inspectModule() finds nothing wrong with a good module", async () => {
  assert.deepEqual(await faultsOf(`${PARTS} export default { InputSchema, OutputSchema, apply };`), []);
  assert.deepEqual(await faultsOf(`${PARTS} export { InputSchema, OutputSchema, apply };`), []);
});

Deno.test("inspectModule() names every fault in one pass", async () => {
  const faults = await faultsOf(`${PARTS}
    export default {
      description: 3,
      InputSchema: z.object({ a: array([null], "float32"), born: z.date() }),
      OutputSchema: { result: 1 },
      jacobian: "none",
      jacobian_vector_product: () => {},
      extra: 1,
    };`);
  assert.deepEqual(faults.map((fault) => fault.split(":")[0]), [
    "description",
    "InputSchema",
    "OutputSchema",
    "apply",
    "jacobian",
    "jacobian_vector_product",
    "extra",
  ]);
  assert.match(faults[1]!, /^InputSchema: born: .*z\.date/);
  assert.deepEqual(faults.filter((_, i) => i !== 1), [
    "description: is not a string, but a number",
    "OutputSchema: is not a Zod schema, z.object({ … }), but an object",
    "apply: is missing: the function that computes the outputs of the inputs",
    "jacobian: is not a function, but a string",
    "jacobian_vector_product: is not known; did you mean jacobianVectorProduct?",
    "extra: is not known; a definition has description, InputSchema, OutputSchema, derivatives, apply, jacobian, " +
    "jacobianVectorProduct, vectorJacobianProduct and abstractEval",
  ]);
});

Deno.test("a module that exports nothing of a Tesseract misses its default export", async () => {
  const expected = ["default: is missing: write export default defineTesseract({ … })"];
  assert.deepEqual(await faultsOf("export {};"), expected);
  assert.deepEqual(await faultsOf("const tesseract = {}; export const helper = 1;"), expected);
});

Deno.test("a module with one export of a Tesseract misses the others", async () => {
  assert.deepEqual((await faultsOf("export const description = '';")).map((fault) => fault.split(":")[0]), [
    "InputSchema",
    "OutputSchema",
    "apply",
  ]);
});

Deno.test("a default export that is no definition is named, unless there are named exports", async () => {
  assert.deepEqual(await faultsOf("export default () => {};"), [
    "default: is not a definition of a Tesseract, but a function",
  ]);
  assert.deepEqual(await faultsOf(`${PARTS} export { InputSchema, OutputSchema, apply }; export default 1;`), []);
  assert.deepEqual(
    await faultsOf(`${PARTS} export { InputSchema }; export default { InputSchema, OutputSchema, apply };`),
    [],
  );
});

Deno.test("schemas must be Zod schemas of objects", async () => {
  const input = async (schema: string) =>
    (await faultsOf(`${PARTS} export default { InputSchema: ${schema}, OutputSchema, apply };`)).join("\n");
  assert.equal(await input("z.array(z.number())"), "InputSchema: is not a schema of an object, z.object({ … })");
  assert.equal(await input("array([null], 'float32')"), "InputSchema: is not a schema of an object, z.object({ … })");
  assert.equal(await input("[]"), "InputSchema: is not a Zod schema, z.object({ … }), but a list");
  assert.equal(await input("null"), "InputSchema: is not a Zod schema, z.object({ … }), but null");
  assert.match(await input("{ _def: {} }"), /another version of Zod/);
  assert.equal(await input("z.object({}).refine(() => true).describe('x').readonly()"), "");
  assert.equal(await input("z.preprocess((x) => x, z.object({}))"), "");
  assert.equal(await input("z.object({}).transform((x) => x)"), "");
  assert.match(
    await input("z.object({ get self() { return InputSchema.nope.self; } })"),
    /^InputSchema: cannot be read: /,
  );
});

Deno.test("what stands in the place of a schema inside another is named", async () => {
  const input = (field: string) =>
    faultsOf(`${PARTS} export default { InputSchema: z.object({ a: ${field} }), OutputSchema, apply };`);
  const hint = "but a function; are its parentheses missing, as in z.number()?";
  assert.deepEqual(await input("z.number"), [`InputSchema: a: is not a Zod schema, ${hint}`]);
  assert.deepEqual(await input("z.object({ x: Number })"), [`InputSchema: a.x: is not a Zod schema, ${hint}`]);
  assert.deepEqual(await input("z.array(3)"), ["InputSchema: a[]: is not a Zod schema, but 3"]);
  assert.deepEqual(await input("undefined"), ["InputSchema: a: is not a Zod schema, but undefined"]);
  assert.deepEqual(await input("z.number().optional"), [`InputSchema: a: is not a Zod schema, ${hint}`]);
});

Deno.test("a default that does not fit is named, whatever its schema", async () => {
  const input = (field: string) =>
    faultsOf(`${PARTS} export default { InputSchema: z.object({ a: ${field} }), OutputSchema, apply };`);
  const wrong = [
    "z.int().default('four')",
    "z.number().optional().default('x')",
    "z.enum(['a', 'b']).default('c')",
    "z.object({ x: z.number() }).default({ y: 1 })",
    "z.array(z.string()).default([1])",
    "z.string().min(3).prefault('x')",
    "scalar('int32').default(0.5)",
  ];
  for (const field of wrong) {
    const faults = await input(field);
    assert.ok(faults.length === 1 && faults[0]!.startsWith("InputSchema: a: the default does not fit: "), field);
  }
  const right = [
    "z.number().default(Infinity)",
    "z.string().transform(Number).default(5)",
    "z.string().min(3).default('x')", // Zod does not check it either
    "z.object({ x: z.number().default(1) }).default({})",
    "z.any().default(() => null)",
    "z.number().optional().default(undefined)",
    "z.coerce.number().default(1)",
  ];
  for (const field of right) assert.deepEqual(await input(field), [], field);
});

Deno.test("schemas of one component name must be the same in inputs and outputs", async () => {
  const faults = await faultsOf(`${PARTS} export default {
    InputSchema: z.object({ a: z.object({ x: z.number() }).meta({ id: "Point" }) }),
    OutputSchema: z.object({ b: z.object({ y: z.number() }).meta({ id: "Point" }) }),
    apply,
  };`);
  assert.equal(faults.length, 1);
  assert.match(faults[0]!, /^OutputSchema: b: .*Point/);
});

Deno.test("a derivative needs differentiable arrays on both sides", async () => {
  const Plain = 'z.object({ a: array([null], "float32") })';
  const members = "apply, jacobian() {}, vectorJacobianProduct() {}, abstractEval() {}";
  assert.deepEqual(await faultsOf(`${PARTS} export default { InputSchema: ${Plain}, OutputSchema, ${members} };`), [
    "jacobian: there is no differentiable(…) array in InputSchema",
    "vectorJacobianProduct: there is no differentiable(…) array in InputSchema",
  ]);
  assert.deepEqual(
    await faultsOf(`${PARTS} export default { InputSchema: ${Plain}, OutputSchema: ${Plain}, ${members} };`),
    [
      "jacobian: there is no differentiable(…) array in InputSchema and none in OutputSchema",
      "vectorJacobianProduct: there is no differentiable(…) array in InputSchema and none in OutputSchema",
    ],
  );
  assert.deepEqual(await faultsOf(`${PARTS} export default { InputSchema, OutputSchema, ${members} };`), []);
});

Deno.test("of named exports only what looks like a slip is a fault", async () => {
  const faults = await faultsOf(`${PARTS}
    export { InputSchema, OutputSchema, apply };
    export const helper = 1, apply2 = () => {}, applyAll = () => {}, jacobians = [], descriptions = {};
    export const abstract_eval = () => {};
    export function vectorJacobianProdukt() {}
  `);
  assert.deepEqual(faults, [
    "abstract_eval: is not known; did you mean abstractEval?",
    "vectorJacobianProdukt: is not known; did you mean vectorJacobianProduct?",
  ]);
});

Deno.test("inspectModule() warns of derivatives without abstractEval, in a module that is good", async () => {
  const text =
    `${PARTS} export default { InputSchema, OutputSchema, apply, jacobian() {}, jacobianVectorProduct() {} };`;
  await withFiles({ "tesseract_api.js": text }, async (path) => {
    const { module, warnings } = await inspectModule(path);
    assert.ok(module);
    assert.deepEqual(warnings.map(describeModuleFault), [
      `${path}: abstractEval: is missing, though jacobian, jacobianVectorProduct are defined: tesseract-jax needs it, ` +
      "and it does not follow from the schemas, because the schema does not fix the size of dimension 0 of the output 'result'",
    ]);
  });
});

Deno.test("abstractEval follows from names, unless it is written", async () => {
  const schemas = `import { array, z } from "@tesseract/runtime";
    const InputSchema = z.object({ a: array(["n"], "float64") });
    const OutputSchema = z.object({ b: array(["n+1"], "float32") });
    const apply = () => ({ b: [] });`;
  const abstractInputs = { a: { shape: [3], dtype: "float64" } };
  const evaluate = (members: string) =>
    withFiles(
      { "tesseract_api.js": `${schemas} export default { InputSchema, OutputSchema, apply${members} };` },
      async (path) => {
        const { module, warnings } = await inspectModule(path);
        assert.deepEqual(warnings, []);
        return JSON.parse(JSON.stringify(module!.functions.abstractEval!(abstractInputs)));
      },
    );
  assert.deepEqual(await evaluate(""), { b: { shape: [4], dtype: "float32" } });
  assert.equal(await evaluate(", abstractEval: () => 7"), 7);
});
