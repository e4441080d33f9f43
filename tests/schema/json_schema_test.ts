import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { z } from "zod";
import { anyShape, array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import { type JsonSchema, type JsonSchemaOptions, SchemaWriter, titleOf } from "../../lib/schema/json_schema.ts";
import { type Node, vectorNode } from "../../lib/schema/node.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { validate } from "../../lib/schema/validate.ts";

type Options = Partial<Pick<JsonSchemaOptions, "io" | "abstract">>;

function nodeOf(schema: z.ZodType): Node {
  const { node, faults } = readSchema(schema, "InputSchema");
  assert.deepEqual(faults, []);
  return node;
}

/** The schema as JSON, and the components that it refers to. */
function write(
  schema: z.ZodType,
  options: Options = {},
): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const schemas = new Map<string, JsonSchema>();
  const all = { io: "input", abstract: false, prefix: "Apply", schemas, at: "#/$defs/", ...options } as const;
  const written = new SchemaWriter(all).write(nodeOf(schema));
  return JSON.parse(JSON.stringify({ schema: written, components: Object.fromEntries(schemas) }));
}

/** What is written for a field of an object. */
function field(schema: z.ZodType, options: Options = {}): JsonSchema {
  return (write(z.object({ the_field: schema }), options).schema.properties as Record<string, JsonSchema>).the_field!;
}

const ref = (name: string) => ({ $ref: `#/$defs/${name}` });

const pair = z.object({ a: z.int(), b: z.string().optional() });
const tagged = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("a"), x: z.number() }),
  z.object({ kind: z.literal(["b", "c"]), y: z.number() }),
]);

/** Schemas, each with values that fit and values that do not. */
const VALUES: readonly (readonly [string, z.ZodType, readonly unknown[], readonly unknown[]])[] = [
  ["text lengths", z.string().min(2).max(3), ["ab", "abc", "ÄÖ"], ["a", "abcd", 1]],
  ["an exact length", z.string().length(2), ["ab"], ["a", "abc"]],
  ["a pattern", z.string().regex(/^a\d$/), ["a1"], ["b1", "a"]],
  ["two patterns", z.string().startsWith("a").endsWith("z"), ["az", "a-z"], ["a", "z", "za"]],
  ["a number's bounds", z.number().min(1).lt(2), [1, 1.5], [0.9, 2, "1"]],
  ["the narrower of two bounds", z.number().min(1).min(2).max(5).max(3), [2, 3], [1.5, 4]],
  ["a multiple", z.number().multipleOf(0.5), [1.5], [1.2]],
  ["an integer", z.int().positive(), [1], [0, 1.5]],
  ["an int32", z.int32(), [-2147483648, 2147483647], [2147483648, -2147483649]],
  ["a list's lengths", z.array(z.int()).min(1).max(2), [[1], [1, 2]], [[], [1, 2, 3], ["a"]]],
  ["a list of an exact length", z.array(z.int()).length(2), [[1, 2]], [[1], [1, 2, 3]]],
  ["a tuple", z.tuple([z.int(), z.string()]), [[1, "a"]], [[1], [1, 2], [1, "a", 3]]],
  ["an optional end of a tuple", z.tuple([z.int(), z.string().optional()]), [[1], [1, "a"]], [[], [1, 2]]],
  ["a tuple with a rest", z.tuple([z.int()]).rest(z.string()), [[1], [1, "a", "b"]], [[], [1, 2]]],
  ["an empty tuple", z.tuple([]), [[]], [[1]]],
  ["a closed object", pair, [{ a: 1 }, { a: 1, b: "x" }], [{}, { a: 1, c: 2 }, [], null]],
  ["a loose object", z.looseObject({ a: z.int() }), [{ a: 1, c: "x" }], [{ c: 1 }]],
  ["a catchall", z.object({ a: z.int() }).catchall(z.string()), [{ a: 1, c: "x" }], [{ a: 1, c: 1 }]],
  ["a record", z.record(z.string(), z.int()), [{}, { a: 1 }], [{ a: "x" }, []]],
  ["a record's keys", z.record(z.string().max(2), z.int()), [{ ab: 1 }], [{ abc: 1 }]],
  ["a record over an enum", z.record(z.enum(["a", "b"]), z.int()), [{ a: 1, b: 2 }], [{ a: 1 }, { a: 1, b: 2, c: 3 }]],
  ["a partial record", z.partialRecord(z.enum(["a", "b"]), z.int()), [{}, { a: 1 }], [{ c: 3 }]],
  ["a union", z.union([z.int(), z.string()]), [1, "a"], [1.5, true, null]],
  ["exactly one of two", z.xor([z.string().min(2), z.string().max(3)]), ["a", "abcd"], ["ab", 1]],
  ["a discriminated union", tagged, [{ kind: "a", x: 1 }, { kind: "c", y: 1 }], [
    { kind: "a", y: 1 },
    { kind: "d" },
    {},
  ]],
  ["null", z.string().nullable(), ["a", null], [1]],
  ["null beside others", z.union([z.int(), z.string()]).nullable(), [1, "a", null], [true]],
  ["a literal", z.literal("a"), ["a"], ["b", 1]],
  ["literals of several types", z.literal([1, "a", null]), [1, "a", null], [2, "b"]],
  ["an enum", z.enum(["a", "b"]), ["a", "b"], ["c"]],
  ["a template", z.templateLiteral(["v", z.int()]), ["v1"], ["1", "vx"]],
  ["anything", z.any(), [1, "a", {}, []], []],
  ["what a transform takes", z.string().transform((text) => text.length), ["abc"], [3]],
  ["what follows a preprocess", z.preprocess((value) => value, z.int()), [1], ["a"]],
  ["a lazy schema", z.lazy(() => z.int()), [1], ["a"]],
  ["a readonly text", z.string().min(2).readonly(), ["ab"], ["a"]],
];

for (const [what, schema, good, bad] of VALUES) {
  Deno.test(`SchemaWriter and validate() agree on ${what}`, () => {
    const wrapped = z.object({ value: schema });
    const { schema: written, components } = write(wrapped);
    const fits = new Ajv2020({ strict: false, validateFormats: false }).compile({ ...written, $defs: components });
    const node = nodeOf(wrapped);
    for (const [values, expected] of [[good, true], [bad, false]] as const) {
      for (const value of values) {
        assert.equal(fits({ value }), expected, JSON.stringify(value));
        assert.equal(validate(node, { value }, "input").faults.length === 0, expected, JSON.stringify(value));
      }
    }
  });
}

Deno.test("fields are titled by their names, described, and required unless they may be left out", () => {
  const { schema } = write(z.object({
    v_float16: z.string().describe("Inner.").default("x").describe("Outer."),
    maxCount: z.int().describe("A count.").nullable(),
    own: z.string().meta({ title: "My own", examples: ["a"], deprecated: true }).optional(),
    caught: z.int().catch(1),
  }));
  assert.deepEqual(schema, {
    type: "object",
    properties: {
      v_float16: { type: "string", title: "V Float16", description: "Outer.", default: "x" },
      maxCount: { anyOf: [{ type: "integer" }, { type: "null" }], title: "Max Count", description: "A count." },
      own: { type: "string", title: "My own", examples: ["a"], deprecated: true },
      caught: { type: "integer", title: "Caught" },
    },
    required: ["maxCount"],
    additionalProperties: false,
  });
});

Deno.test("formats are called as JSON Schema calls them", () => {
  const format = (schema: z.ZodType) => field(schema).format;
  assert.deepEqual(
    [z.email(), z.url(), z.uuid(), z.iso.datetime(), z.iso.date(), z.ipv4(), z.string().email(), z.nanoid()].map(
      format,
    ),
    ["email", "uri", "uuid", "date-time", "date", "ipv4", "email", undefined],
  );
});

Deno.test("a pattern that needs its flags is left out", () => {
  assert.deepEqual(field(z.string().regex(/a/i)), { type: "string", title: "The Field" });
});

Deno.test("every pattern of Zod's formats is a pattern of JSON Schema", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const formats = [
    z.email(),
    z.uuid(),
    z.emoji(),
    z.cuid(),
    z.cuid2(),
    z.ulid(),
    z.xid(),
    z.ksuid(),
    z.ipv4(),
    z.ipv6(),
  ];
  formats.push(z.cidrv4() as never, z.cidrv6() as never, z.base64() as never, z.e164() as never, z.hostname() as never);
  for (const schema of [...formats, z.iso.date(), z.iso.time(), z.iso.datetime(), z.iso.duration()]) {
    assert.ok(ajv.compile(field(schema)));
  }
});

Deno.test("an array is an encoded array of every dtype that may be cast to its own", () => {
  const { schema, components } = write(differentiable(array([2, null, 1], "int16")));
  const { shape, dtype, data, object_type } = schema.properties as Record<string, JsonSchema>;
  assert.deepEqual(shape!.prefixItems, [
    { type: "integer", enum: [1, 2] },
    { type: "integer", minimum: 0 },
    { type: "integer", const: 1 },
  ]);
  assert.deepEqual([shape!.minItems, shape!.maxItems, shape!.examples], [3, 3, [[2, 1, 1]]]);
  assert.deepEqual(dtype!.enum, [
    "int8",
    "int16",
    "int32",
    "int64",
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
  ]);
  assert.equal(object_type!.const, "array");
  assert.deepEqual(data!.oneOf, [ref("BinrefArrayData"), ref("Base64ArrayData"), ref("JsonArrayData")]);
  assert.deepEqual(schema.array_flags, ["DIFFERENTIABLE"]);
  assert.deepEqual(schema.required, ["shape", "dtype", "data"]);
  assert.deepEqual(Object.keys(components).sort(), [
    "Base64ArrayData",
    "BinrefArrayData",
    "JsonArrayData",
    "JsonValue",
  ]);
});

Deno.test("an array of any rank and dtype says nothing of them", () => {
  const { shape, dtype } = field(array(anyShape, null)).properties as Record<string, JsonSchema>;
  assert.deepEqual([shape!.prefixItems, shape!.minItems, shape!.items], [undefined, undefined, { type: "integer" }]);
  assert.equal((dtype!.enum as string[]).length, 14);
});

Deno.test("in abstract evaluation an array is a shape and a dtype", () => {
  assert.deepEqual(field(array([null], "int16").describe("A vector."), { abstract: true }), {
    ...ref("ShapeDType"),
    description: "A vector.",
  });
  assert.deepEqual(field(array([null], "int16").nullable(), { abstract: true }), {
    anyOf: [ref("ShapeDType"), { type: "null" }],
  });
});

Deno.test("defaults of arrays are nested lists; in abstract evaluation their shape and dtype", () => {
  const vector = { dtype: "float64", shape: [2], data: new Float64Array([1, NaN]) } as const;
  const complex = { dtype: "complex64", shape: [1, 1], data: new Float32Array([1, -2]) } as const;
  const bool = { dtype: "bool", shape: [2], data: new Uint8Array([1, 0]) } as const;
  const cases: [z.ZodType, unknown, unknown][] = [
    [scalar("float32").default(1), 1, { shape: [], dtype: "float32" }],
    [scalar("int64").default(7n), 7, { shape: [], dtype: "int64" }],
    [array([null], "float32").prefault([1, 2]), [1, 2], { shape: [2], dtype: "float32" }],
    [array([null], "float64").default(vector), [1, "NaN"], { shape: [2], dtype: "float64" }],
    [array([1, 1], "complex64").default(complex), [["1-2j"]], { shape: [1, 1], dtype: "complex64" }],
    [array([null], "bool").default(bool), [true, false], { shape: [2], dtype: "bool" }],
    [z.object({ v: array([null], "int8") }).prefault({ v: [1] }), { v: [1] }, { v: { shape: [1], dtype: "int8" } }],
  ];
  for (const [schema, concrete, abstract] of cases) {
    assert.deepEqual(field(schema).default, concrete);
    assert.deepEqual(field(schema, { abstract: true }).default, abstract);
  }
});

Deno.test("a default that JSON cannot hold exactly, and null, are left out", () => {
  assert.ok(!("default" in field(scalar("int64").default(2n ** 60n))));
  assert.ok(!("default" in field(z.string().nullable().default(null))));
});

Deno.test("a named object is a component of its endpoint, a named enum of all; descriptions stay where they are used", () => {
  const Layer = z.object({ x: z.int() }).meta({ id: "JsonSchemaTestLayer" });
  const Speed = z.enum(["a", "b"]).meta({ id: "JsonSchemaTestSpeed" });
  const { schema, components } = write(z.object({
    one: Layer.describe("One."),
    all: z.array(Layer),
    maybe: Layer.nullable(),
    speed: Speed.describe("How fast.").default("a"),
  }));
  assert.deepEqual(schema.properties, {
    one: { ...ref("Apply_JsonSchemaTestLayer"), description: "One." },
    all: { type: "array", items: ref("Apply_JsonSchemaTestLayer"), title: "All" },
    maybe: { anyOf: [ref("Apply_JsonSchemaTestLayer"), { type: "null" }] },
    speed: { ...ref("JsonSchemaTestSpeed"), description: "How fast.", default: "a" },
  });
  assert.deepEqual(components, {
    Apply_JsonSchemaTestLayer: {
      title: "Apply_JsonSchemaTestLayer",
      type: "object",
      properties: { x: { type: "integer", title: "X" } },
      required: ["x"],
      additionalProperties: false,
    },
    JsonSchemaTestSpeed: { title: "JsonSchemaTestSpeed", type: "string", enum: ["a", "b"] },
  });
});

Deno.test("what would take the name of a component of arrays is written in place", () => {
  const { schema, components } = write(z.object({
    e: z.enum(["a"]).meta({ id: "JsonValue" }),
    v: array([null], "int8"),
  }));
  assert.deepEqual((schema.properties as JsonSchema).e, { title: "JsonValue", type: "string", const: "a" });
  assert.deepEqual(components.JsonValue, {});
});

Deno.test("a discriminated union maps its tags to the components of its options", () => {
  const A = z.object({ kind: z.literal("a") }).meta({ id: "JsonSchemaTestA" });
  const B = z.object({ kind: z.literal(["b", "c"]) }).meta({ id: "JsonSchemaTestB" });
  const [a, b] = [ref("Apply_JsonSchemaTestA"), ref("Apply_JsonSchemaTestB")] as const;
  assert.deepEqual(field(z.discriminatedUnion("kind", [A, B])), {
    oneOf: [a, b],
    discriminator: { propertyName: "kind", mapping: { a: a.$ref, b: b.$ref, c: b.$ref } },
    title: "The Field",
  });
  assert.ok(!("discriminator" in field(tagged)));
});

Deno.test("`io` says which side of a transform is described", () => {
  const schema = z.codec(z.string(), z.int(), { decode: Number, encode: String });
  assert.equal(field(schema).type, "string");
  assert.equal(field(schema, { io: "output" }).type, "integer");
});

Deno.test("lists of paths and tangents are written as the schema allows them", () => {
  const options = { io: "input", abstract: false, prefix: "Jvp", schemas: new Map(), at: "#/$defs/" } as const;
  const type = { dtype: null, shape: null, differentiable: true };
  const paths = (...patterns: string[]) =>
    new SchemaWriter(options).write({
      kind: "paths",
      patterns: new Map(patterns.map((p) => [p, type])),
      hasArrays: false,
    });
  const x = { type: "string", const: "x" };
  assert.deepEqual(paths("x"), { type: "array", items: x, minItems: 1, uniqueItems: true });
  const open = { type: "string", pattern: "^p\\.\\{(?:[^{}\\\\]|\\\\.)+\\}$" };
  assert.deepEqual(paths("p.{}", "x").items, { anyOf: [open, x] });
  assert.equal(paths().items, false);
  const vector = new SchemaWriter(options).write(vectorNode(new Map()));
  assert.deepEqual((vector.additionalProperties as JsonSchema).array_flags, []);
});

Deno.test("titleOf() makes words of a name", () => {
  assert.deepEqual(["v_float16", "maxIterations", "x", "_a__b"].map(titleOf), [
    "V Float16",
    "Max Iterations",
    "X",
    "A B",
  ]);
});
