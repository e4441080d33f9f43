import assert from "node:assert/strict";
import { array, scalar } from "../../lib/schema/array_types.ts";
import { SchemaWriter } from "../../lib/schema/json_schema.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { type Mode, validate } from "../../lib/schema/validate.ts";
import { z } from "zod";

/** A default as JavaScript may have it, where TypeScript would ask for the type that user code gets. */
const given = (value: unknown) => value as never;

const messages = (schema: z.ZodType) =>
  readSchema(schema, "InputSchema").faults.map(({ path, message }) => `${path}: ${message}`);

/** What user code gets where nothing is given. */
function defaultOf(schema: z.ZodType, mode: Mode = "input"): unknown {
  const { node, faults } = readSchema(z.object({ x: schema }), "schema");
  assert.deepEqual(faults, []);
  const result = validate(node, {}, mode);
  assert.deepEqual(result.faults, []);
  return (result.value as { x: unknown }).x;
}

const float32 = (...values: number[]) => ({
  dtype: "float32",
  shape: [values.length],
  data: Float32Array.from(values),
});

/** Both ways of giving a default. */
const both = (schema: z.ZodType, value: unknown) => [schema.default(given(value)), schema.prefault(given(value))];

Deno.test("a default of an array type is converted like a given value", () => {
  const vector = array([null], "float32");
  const cases: [z.ZodType, unknown, unknown][] = [
    [scalar("float32"), 0.1, Math.fround(0.1)],
    [scalar("float32").nullable().optional(), 0.1, Math.fround(0.1)],
    [scalar("int64"), 3, 3n],
    [scalar("complex64"), 1, { re: 1, im: 0 }],
    [vector, [0.1, 2], float32(Math.fround(0.1), 2)],
    [vector, Float64Array.of(0.5), float32(0.5)],
    [array([2], "float32"), [7], float32(7, 7)],
    [z.object({ a: vector, n: z.int() }), { a: [1], n: 2 }, { a: float32(1), n: 2 }],
    [z.array(vector), [[1]], [float32(1)]],
    [z.record(z.string(), scalar("float32")), { k: 0.1 }, { k: Math.fround(0.1) }],
    [z.union([z.string(), scalar("float32")]), 0.1, Math.fround(0.1)],
    [z.union([z.string(), scalar("float32")]), "none", "none"],
  ];
  for (const [schema, value, expected] of cases) {
    for (const one of both(schema, value)) assert.deepEqual(defaultOf(one), expected);
  }
});

Deno.test("a default that .default gives is not checked, transformed or parsed otherwise, as in Zod", () => {
  assert.equal(defaultOf(scalar("float32").refine((x) => x > 1).default(0.1)), Math.fround(0.1));
  assert.equal(defaultOf(scalar("float32").transform((x) => `${x}`).default("none")), "none");
  assert.equal(defaultOf(z.string().transform((s) => s.length).default(3)), 3);
  assert.equal(defaultOf(scalar("float32").transform((x) => 2 * x).prefault(0.5)), 1);
});

Deno.test("a default is another array in each call", () => {
  const { node } = readSchema(z.object({ x: array([null], "float32").default(given([1])) }), "schema");
  const one = () => (validate(node, {}, "input").value as { x: { data: Float32Array } }).x;
  one().data[0] = 7;
  assert.equal(one().data[0], 1);
});

Deno.test("in abstract evaluation a default is its shape and dtype", () => {
  const schema = array([null], "float32").default(given([1, 2]));
  assert.deepEqual({ ...defaultOf(schema, "abstract input") as object }, { shape: [2], dtype: "float32" });
});

Deno.test("a refinement of a result sees the converted default of what was left out", () => {
  let seen: unknown;
  const schema = z.object({ x: scalar("float32").default(0.1) }).refine(({ x }) => (seen = x, true));
  const { value } = validate(readSchema(schema, "schema").node, {}, "output");
  assert.equal(seen, Math.fround(0.1));
  assert.deepEqual(value, {});
});

Deno.test("a default that does not fit is named with its place and the reason", () => {
  const [plain, parsed] = both(scalar("int8"), 300);
  for (const schema of [plain!, parsed!]) {
    assert.deepEqual(messages(z.object({ deep: z.array(schema) })), [
      "InputSchema.deep[]: the default does not fit: The value 300 does not fit into int8",
    ]);
  }
  assert.deepEqual(messages(z.object({ a: z.object({ x: array([2], "float64") }).default(given({ x: [1, 2, 3] })) })), [
    "InputSchema.a: the default does not fit: x: The array's shape [3] does not fit the expected shape [2]",
  ]);
});

Deno.test("JSON Schema shows a default as it was written", () => {
  const shown = (schema: z.ZodType) => {
    const { node } = readSchema(schema, "schema");
    const options = { schemas: new Map(), at: "#/$defs/", io: "input", abstract: false, prefix: "" } as const;
    return new SchemaWriter(options).write(node)["default"];
  };
  for (const schema of both(scalar("float32"), 0.1)) assert.equal(shown(schema), 0.1);
  for (const schema of both(array([null], "float64"), [1, 2])) assert.deepEqual(shown(schema), [1, 2]);
  for (const schema of both(scalar("int64"), 3)) assert.equal(shown(schema), 3);
});
