import assert from "node:assert/strict";
import { array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { type Mode, validate } from "../../lib/schema/validate.ts";
import { z } from "zod";

function run(schema: z.ZodType, value: unknown, mode: Mode = "input") {
  const { node, faults } = readSchema(schema, "schema");
  assert.deepEqual(faults, []);
  return validate(node, value, mode);
}

const valueOf = (schema: z.ZodType, value: unknown, mode: Mode = "input") => {
  const { value: result, faults } = run(schema, value, mode);
  assert.deepEqual(faults, []);
  return result;
};

/** Types and places of all faults. */
const faultsOf = (schema: z.ZodType, value: unknown, mode: Mode = "input") =>
  run(schema, value, mode).faults.map(({ type, loc }) => [type, ...loc]);

const vector = () => array([null], "float32");

Deno.test("arrays reach user code decoded and cast, scalars as plain values", () => {
  const schema = z.object({ a: vector(), s: scalar("float32"), n: scalar("int64"), b: scalar("bool") });
  assert.deepEqual(valueOf(schema, { a: [1, 2.5], s: 0.1, n: 3, b: true }), {
    a: { dtype: "float32", shape: [2], data: new Float32Array([1, 2.5]) },
    s: Math.fround(0.1),
    n: 3n,
    b: true,
  });
});

Deno.test("every fault is found, each at its place", () => {
  const schema = z.object({
    a: vector(),
    b: vector(),
    n: z.int().max(3),
    t: z.string(),
    inner: z.object({ x: z.int() }),
  });
  assert.deepEqual(faultsOf(schema, { a: [[1]], n: 5, t: 1, inner: { x: "1", y: 0 }, q: 0 }), [
    ["array_dimensionality_mismatch", "a"],
    ["missing", "b"],
    ["less_than_equal", "n"],
    ["string_type", "t"],
    ["int_parsing", "inner", "x"],
    ["extra_forbidden", "inner", "y"],
    ["extra_forbidden", "q"],
  ]);
});

Deno.test("outside arrays conversions are strict", () => {
  const cases: [z.ZodType, unknown, string][] = [
    [z.int(), "5", "int_parsing"],
    [z.int(), 5.5, "int_from_float"],
    [z.int(), true, "int_type"],
    [z.int(), 2 ** 60, "int_parsing_size"],
    [z.int(), 2n ** 60n, "int_parsing_size"],
    [z.int(), -(2n ** 53n), "int_parsing_size"],
    [z.number(), 10n ** 400n, "finite_number"],
    [z.number(), "0.25", "float_parsing"],
    [z.number(), NaN, "finite_number"],
    [z.number(), null, "float_type"],
    [z.boolean(), "on", "bool_parsing"],
    [z.boolean(), null, "bool_type"],
    [z.string(), 5, "string_type"],
    [z.literal([1, 2]), true, "literal_error"],
    [z.enum(["a", "b"]), "c", "enum"],
    [z.null(), 1, "none_required"],
    [z.string().regex(/^a/), "b", "string_pattern_mismatch"],
    [z.string().min(2), "b", "string_too_short"],
    [z.email(), "b", "value_error"],
    [z.number().gt(1), 1, "greater_than"],
    [z.number().multipleOf(2), 3, "multiple_of"],
    [z.array(z.int()).min(1), [], "too_short"],
    [z.array(z.int()), {}, "list_type"],
    [z.tuple([z.int()]), {}, "tuple_type"],
    [z.record(z.string(), z.int()), [], "dict_type"],
    [z.object({}), [], "model_attributes_type"],
  ];
  for (const [schema, value, type] of cases) {
    assert.deepEqual(faultsOf(schema, value), [[type]], `${type} for ${value}`);
  }
  assert.equal(valueOf(z.int(), 5.0), 5);
  assert.equal(valueOf(z.int(), -0), 0);
});

Deno.test("outside arrays and scalars whole numbers beyond ±(2^53-1) are numbers, wherever they stand", () => {
  const [big, near] = [2n ** 60n + 1n, 2 ** 60];
  const seen: unknown[] = [];
  const cases: [z.ZodType, unknown, unknown][] = [
    [z.number(), big, near],
    [z.number().gt(1).optional(), big, near],
    [z.coerce.number(), big, near],
    [z.any(), big, near],
    [z.unknown(), { a: [big, { b: big }], "c": 1 }, { a: [near, { b: near }], "c": 1 }],
    [z.unknown().transform((value) => [value]), big, [near]],
    [z.preprocess((value) => (seen.push(value), value), z.number()), big, near],
    [z.int().catch(({ input }) => (seen.push(input), 1)), big, 1],
    [z.union([z.string(), z.number()]), big, near],
    [z.literal(near), big, near],
    [z.record(z.string(), z.any()), { a: big }, { a: near }],
    [z.discriminatedUnion("t", [z.object({ t: z.literal(near) })]), { t: big }, { t: near }],
    [z.object({ n: scalar("int64"), l: z.union([scalar("int64"), z.any()]) }), { n: big, l: big }, { n: big, l: big }],
  ];
  for (const [schema, value, expected] of cases) assert.deepEqual(valueOf(schema, value), expected);
  assert.deepEqual(seen, [near, near]);
  // A result is the author's: nothing in it is changed.
  assert.deepEqual(faultsOf(z.number(), 5n, "output"), [["float_type"]]);
  assert.equal(valueOf(z.any(), 5n, "output"), 5n);
});

Deno.test("a union names the branch of each fault, a discriminated one its tag, T | null adds nothing", () => {
  const schema = z.object({
    label: z.union([z.int(), z.string()]),
    source: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("constant"), value: z.number() }),
      z.object({ kind: z.literal("ramp"), step: z.number() }),
    ]),
    note: z.string().nullable(),
    shape: z.union([z.object({ r: z.number() }).meta({ id: "Circle" }), z.object({ w: z.number() })]),
  });
  assert.deepEqual(faultsOf(schema, { label: 1.5, source: { kind: "ramp" }, note: 5, shape: {} }), [
    ["int_from_float", "label", "int"],
    ["string_type", "label", "str"],
    ["missing", "source", "ramp", "step"],
    ["string_type", "note"],
    ["missing", "shape", "Circle", "r"],
    ["missing", "shape", 1, "w"],
  ]);
  assert.deepEqual(faultsOf(schema.pick({ source: true }), { source: {} }), [["union_tag_not_found", "source"]]);
  assert.deepEqual(faultsOf(schema.pick({ source: true }), { source: { kind: 1 } }), [["union_tag_invalid", "source"]]);
});

Deno.test("the branch of a union whose object has no unknown keys is taken", () => {
  const schema = z.union([z.object({ a: z.int() }), z.object({ a: z.int(), b: z.int() })]);
  assert.deepEqual(valueOf(schema, { a: 1, b: 2 }), { a: 1, b: 2 });
});

Deno.test("z.xor takes exactly one branch", () => {
  const schema = z.xor([z.number(), z.number().min(5), z.string()]);
  assert.equal(valueOf(schema, 1), 1);
  assert.deepEqual(faultsOf(schema, 6), [["value_error"]]);
});

Deno.test("defaults are filled in for inputs, and left out of results", () => {
  const schema = z.object({ s: scalar("float32").default(1), v: vector().prefault([1, 2]), n: z.int().optional() });
  assert.deepEqual(valueOf(schema, {}), {
    s: 1,
    v: { dtype: "float32", shape: [2], data: new Float32Array([1, 2]) },
  });
  assert.deepEqual(valueOf(schema, {}, "output"), {});
});

Deno.test("refinements see plain scalars and defaults, also in results; a result keeps what was returned", () => {
  const seen: unknown[] = [];
  const schema = z.object({ s: scalar("float64"), d: scalar("float64").default(2) }).refine((value) => {
    seen.push(value);
    return value.s < value.d;
  }, "s must be less than d");
  const result = valueOf(schema, { s: 1 }, "output") as { s: { dtype: string; shape: number[] } };
  assert.deepEqual(seen, [{ s: 1, d: 2 }]);
  assert.deepEqual(Object.keys(result), ["s"]);
  assert.deepEqual([result.s.dtype, result.s.shape], ["float64", []]);
  const { faults } = run(schema, { s: 3 }, "output");
  assert.deepEqual(faults.map(({ type, message }) => [type, message]), [["value_error", "s must be less than d"]]);
});

Deno.test("refinements of an object run only where it has no other fault", () => {
  const schema = z.object({ a: z.int(), b: z.int() }).refine(() => false);
  assert.deepEqual(faultsOf(schema, { a: 1 }), [["missing", "b"]]);
  assert.deepEqual(faultsOf(schema, { a: 1, b: 2 }), [["value_error"]]);
});

Deno.test("a refinement may say where", () => {
  const schema = z.object({ a: z.int() }).refine(() => false, { path: ["a"], message: "no" });
  assert.deepEqual(faultsOf(schema, { a: 1 }), [["value_error", "a"]]);
  const several = z.object({ a: z.int() }).superRefine((_, ctx) => {
    ctx.addIssue({ code: "custom", message: "one" });
    ctx.addIssue({ code: "custom", message: "two", path: ["a"] });
  });
  assert.deepEqual(faultsOf(several, { a: 1 }), [["value_error"], ["value_error", "a"]]);
});

Deno.test("transforms, pipes, codecs, preprocess, catch, readonly and lazy work around arrays", () => {
  const length = vector().transform((a) => a.shape[0]);
  assert.equal(valueOf(length, [1, 2, 3]), 3);
  assert.equal(valueOf(z.string().transform((s) => s.length).pipe(z.int()), "abc"), 3);
  assert.equal(valueOf(z.stringbool(), "yes"), true);
  assert.deepEqual(valueOf(z.preprocess((x) => [x], z.array(z.int())), 1), [1]);
  assert.equal(valueOf(z.int().catch(7), "x"), 7);
  assert.deepEqual(valueOf(z.object({ a: z.int() }).readonly(), { a: 1 }), { a: 1 });
  assert.equal(valueOf(z.lazy(() => z.int()), 1), 1);
  assert.equal(valueOf(z.coerce.number(), "5"), 5);
  assert.equal(valueOf(z.string().trim(), " a "), "a");
  const failing = z.string().transform((s, ctx) => {
    ctx.addIssue({ code: "custom", message: `not ${s}` });
    return z.NEVER;
  });
  assert.deepEqual(run(failing, "x").faults.map(({ message }) => message), ["not x"]);
});

Deno.test("tuples: an absent item is missing, a surplus one is too_long", () => {
  const schema = z.tuple([z.int(), z.string()]);
  assert.deepEqual(faultsOf(schema, []), [["missing", 0], ["missing", 1]]);
  assert.deepEqual(faultsOf(schema, [1, "a", 2]), [["too_long"]]);
  assert.deepEqual(valueOf(z.tuple([z.int()], z.string()), [1, "a", "b"]), [1, "a", "b"]);
});

Deno.test("records: keys of enums must be there, numbers are given as texts", () => {
  const schema = z.record(z.enum(["a", "b"]), z.int());
  assert.deepEqual(faultsOf(schema, { a: 1 }), [["missing", "b"]]);
  assert.deepEqual(faultsOf(schema, { a: 1, b: 2, c: 3 }), [["enum", "c"]]);
  assert.deepEqual(valueOf(z.record(z.number(), z.int()), { "1": 2 }), { "1": 2 });
});

Deno.test("loose objects and catchalls keep unknown keys; __proto__ is refused everywhere", () => {
  assert.deepEqual(valueOf(z.looseObject({ a: z.int() }), { a: 1, b: "x" }), { a: 1, b: "x" });
  assert.deepEqual(faultsOf(z.object({}).catchall(z.int()), { b: "x" }), [["int_parsing", "b"]]);
  const hidden = JSON.parse('{"__proto__": 1, "constructor": 2}');
  assert.deepEqual(faultsOf(z.looseObject({}), hidden), [["extra_forbidden", "__proto__"]]);
  assert.deepEqual(faultsOf(z.record(z.string(), z.int()), hidden), [["extra_forbidden", "__proto__"]]);
  assert.deepEqual(faultsOf(z.any(), hidden), [["extra_forbidden", "__proto__"]]);
  const unseen = z.preprocess(() => assert.fail("a function of the author got __proto__"), z.any());
  assert.deepEqual(faultsOf(unseen, [hidden]), [["extra_forbidden", 0, "__proto__"]]);
  assert.deepEqual(faultsOf(unseen.pipe(vector()), hidden), [["extra_forbidden", "__proto__"]]);
  assert.deepEqual(faultsOf(z.object({ constructor: z.int() }), JSON.parse('{"constructor": 2}')), []);
});

Deno.test("abstract inputs: {shape, dtype} for every array, defaults included", () => {
  const schema = z.object({ a: vector(), s: scalar("float32").default(1), m: array([2, 3], "float64").optional() });
  const value = valueOf(schema, { a: { shape: [3], dtype: "int8", data: "ignored" } }, "abstract input");
  assert.deepEqual(JSON.parse(JSON.stringify(value)), {
    a: { shape: [3], dtype: "float32" },
    s: { shape: [], dtype: "float32" },
  });
  assert.deepEqual(
    faultsOf(
      schema,
      { a: [1], s: { shape: [], dtype: "complex64" }, m: { shape: [1, 3], dtype: "f8" } },
      "abstract input",
    ),
    [["model_attributes_type", "a"], ["array_dtype_mismatch", "s"], ["literal_error", "m", "dtype"]],
  );
  assert.deepEqual(faultsOf(schema, { a: {}, m: { shape: [1, 3], dtype: "float64" } }, "abstract input"), [
    ["missing", "a", "shape"],
    ["missing", "a", "dtype"],
    ["value_error", "m"],
  ]);
});

Deno.test("in abstract evaluation a refinement that asks for values is taken as passed", () => {
  const schema = (test: (value: { a: { shape: readonly number[]; data: Float32Array }; s: number }) => boolean) =>
    z.object({ a: vector(), s: scalar("float32") }).refine(test as never);
  const value = { a: { shape: [3], dtype: "float32" }, s: { shape: [], dtype: "float32" } };
  assert.deepEqual(faultsOf(schema(({ a }) => a.data[0]! > 0), value, "abstract input"), []);
  assert.deepEqual(faultsOf(schema(({ s }) => s > 0), value, "abstract input"), []);
  assert.deepEqual(faultsOf(schema(({ a }) => a.shape[0] === 2), value, "abstract input"), [["value_error"]]);
});

Deno.test("fields come in the order of the schema, whatever the order of the data", () => {
  const schema = z.object({ a: z.int(), b: differentiable(scalar("float64")) });
  assert.deepEqual(Object.keys(valueOf(schema, { b: 1, a: 2 }) as object), ["a", "b"]);
});
