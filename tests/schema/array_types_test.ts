import assert from "node:assert/strict";
import { z } from "zod";
import { anyShape, array, arrayTypeOf, differentiable, scalar } from "../../lib/schema/array_types.ts";

Deno.test("array() and scalar() make schemas that know their array type", () => {
  assert.deepEqual(arrayTypeOf(array([null, 3], "float32")), {
    shape: [null, 3],
    dtype: "float32",
    differentiable: false,
  });
  assert.deepEqual(arrayTypeOf(scalar("int64")), { shape: [], dtype: "int64", differentiable: false });
  assert.deepEqual(arrayTypeOf(array(anyShape, null)), { shape: null, dtype: null, differentiable: false });
  assert.equal(arrayTypeOf(z.number()), undefined);
  assert.equal(arrayTypeOf(scalar("bool").optional()), undefined);
});

Deno.test("differentiable() marks a copy, which keeps description and refinements", () => {
  const plain = array([null], "float32").refine((a) => a.shape[0] > 1).describe("A vector.");
  const marked = differentiable(plain);
  assert.equal(arrayTypeOf(marked)?.differentiable, true);
  assert.equal(arrayTypeOf(plain)?.differentiable, false);
  assert.equal(marked.description, "A vector.");
  assert.equal(marked.safeParse([1]).success, false);
  assert.equal(marked.safeParse([1, 2]).success, true);
});

Deno.test("what is no shape, dtype or array type is a TypeError", () => {
  const call = (f: (...args: never[]) => unknown, ...args: unknown[]) => () => f(...args as never[]);
  assert.throws(call(array, [-1], "float32"), TypeError);
  assert.throws(call(array, [1.5], "float32"), TypeError);
  assert.throws(call(array, 3, "float32"), TypeError);
  assert.throws(call(array, undefined, "float32"), TypeError);
  assert.throws(call(array, [null], "float128"), /"float128" is not a dtype; the dtypes are float16, /);
  assert.throws(call(scalar, undefined), TypeError);
  assert.throws(call(differentiable, z.number()), TypeError);
  assert.throws(call(differentiable, array([null], "float32").optional()), TypeError);
  assert.throws(call(differentiable, undefined), TypeError);
});

Deno.test("the array type survives every method of Zod that gives the same schema", () => {
  const type = arrayTypeOf(array([null], "float32"));
  const schema = array([null], "float32").describe("x").meta({ title: "X", examples: [[1]] }).refine(() => true)
    .superRefine(() => {}).check(() => {}).overwrite((a) => a).brand("x");
  assert.deepEqual(arrayTypeOf(schema), type);
  assert.equal(schema.meta()?.title, "X");
});

Deno.test("wrappers keep the array type in their inner schema", () => {
  const schema = array([null], "float32");
  const wrapped = [schema.optional(), schema.nullable(), schema.prefault([]), schema.readonly(), schema.nonoptional()];
  for (const { def } of wrapped) assert.equal(arrayTypeOf(def.innerType), arrayTypeOf(schema));
});

Deno.test("the default of an array is typed as what may be given for it", () => {
  const vector = array([2], "float64");
  const schemas = [
    vector.default([1, 2]),
    vector.default(() => new Float64Array(2)),
    vector.default({
      dtype: "float64",
      shape: [2],
      data: new Float64Array(2),
    }),
  ];
  for (const { def } of schemas) assert.equal(arrayTypeOf(def.innerType), arrayTypeOf(vector));
  // @ts-expect-error: text is no array
  assert.ok(vector.default("12"));
});

Deno.test("parse() makes arrays and plain scalars, so that authors can test with their own schemas", () => {
  const Schema = z.object({
    a: array([null], "float32"),
    m: array([2, 2], "int8").optional(),
    s: scalar("float32").default(1),
    long: scalar("int64"),
    flag: scalar("bool"),
    wave: scalar("complex64"),
    list: array([null], "float64").prefault([1, 2]),
  });
  assert.deepEqual(Schema.parse({ a: [1, 2], long: 3, flag: true, wave: { re: 1, im: 2 } }), {
    a: { dtype: "float32", shape: [2], data: new Float32Array([1, 2]) },
    s: 1,
    long: 3n,
    flag: true,
    wave: { re: 1, im: 2 },
    list: { dtype: "float64", shape: [2], data: new Float64Array([1, 2]) },
  });
  assert.equal(z.array(scalar("float64")).parse([1, 2]).length, 2);
});

Deno.test("parse() says in words why a value is no such array", () => {
  const { error } = z.object({ a: array([null], "float32") }).safeParse({ a: [[1]] });
  assert.deepEqual(error!.issues.map(({ path, message }) => ({ path, message })), [
    { path: ["a"], message: "The array has the wrong number of dimensions: got 2D, expected 1D" },
  ]);
  assert.equal(array([null], "float32").safeParse("text").success, false);
  assert.equal(array([null], "int8").safeParse([300]).success, false);
  assert.equal(array([null], "int8").safeParse([1.5]).success, false);
});

Deno.test("a value that was parsed can be parsed again", () => {
  const Schema = z.object({ a: array([null], "float32"), s: scalar("uint64"), c: scalar("complex128") });
  const once = Schema.parse({ a: [1], s: 2, c: { re: 1, im: 0 } });
  assert.deepEqual(Schema.parse(once), once);
});

Deno.test("z.toJSONSchema() takes array types for anything", () => {
  assert.deepEqual(z.toJSONSchema(array([null], "float32").describe("A vector.")).description, "A vector.");
});

Deno.test("unions, records and transforms work with array types", () => {
  const Schema = z.object({
    either: z.union([array([null], "float64"), z.literal("none")]),
    by: z.record(z.string(), scalar("float32")),
    length: array([null], "float64").transform((a) => a.data.length),
  });
  const { either, by, length } = Schema.parse({ either: "none", by: { x: 1 }, length: [1, 2, 3] });
  assert.deepEqual({ either, by, length }, { either: "none", by: { x: 1 }, length: 3 });
});
