/** The form of the component's page: whatever the schema, its payload is valid; errors find their field. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { array, differentiable, scalar, z } from "../../mod.ts";
import { apply } from "../../lib/endpoints/apply.ts";
import { examplePayloads } from "../../lib/endpoints/examples.ts";
import { openapiDocument } from "../../lib/endpoints/openapi.ts";
import { decodeArrays } from "../../lib/formats/decode_arrays.ts";
import { validate } from "../../lib/schema/validate.ts";
import { loadModule, moduleOf } from "../endpoints/call.ts";
// @deno-types="./page_types.d.ts"
import { showFaults } from "../../lib/http/page/errors.js";
// @deno-types="./page_types.d.ts"
import { type Field, Fields, payloadOf } from "../../lib/http/page/field.js";
// @deno-types="./page_types.d.ts"
import { jsonText, parseJson } from "../../lib/http/page/json.js";
import type { TesseractModule } from "../../lib/api/tesseract.ts";

/** The fields and the schema of the inputs, as the page has them. */
async function formOf(module: TesseractModule) {
  const info = { title: "t", version: "1" };
  const text = JSON.stringify(openapiDocument(module, info, [apply], await examplePayloads(module)));
  const document = JSON.parse(text);
  const content = document.paths["/apply"].post.requestBody.content["application/json"];
  const fields = new Fields(document);
  const schema = fields.resolve(content.schema).properties.inputs;
  return { fields, schema, example: content.example.inputs };
}

/** What the server says to a payload that the form would send. */
async function faultsOf(module: TesseractModule, field: Field): Promise<string[]> {
  const payload = JSON.parse(jsonText(payloadOf(field)));
  const sent = await decodeArrays(payload, { schema: module.inputs, inputFiles: { base: "/nowhere", allowed: [] } });
  return validate(module.inputs, sent, "input").faults.map(({ type, loc }) => `${type} at ${loc.join(".")}`);
}

/** Every field of a form. */
function* allFields(field: Field): Generator<Field> {
  yield field;
  const below = [
    ...field.inner ? [field.inner] : [],
    ...field.kind === "union" ? [field.options![field.chosen!] as Field] : [],
    ...Object.values(field.fields ?? {}),
    ...field.items ?? [],
    ...field.entries?.map((entry) => entry.field) ?? [],
  ];
  for (const child of below) yield* allFields(child);
}

/** Changes something that its user can change without writing: a switch, a choice, an item more. */
function change(field: Field, number: number): void {
  switch (field.kind) {
    case "optional":
      field.isOn = !field.isOn;
      break;
    case "union":
      field.chosen = number % field.options!.length;
      break;
    case "choice":
      field.value = field.options![number % field.options!.length];
      break;
    case "switch":
      field.value = !field.value;
      break;
    case "list":
      if (field.items!.length < field.maxItems!) field.items!.push(field.make!());
      break;
    case "entries":
      if (!field.isFixed) field.entries!.push({ key: `key${number}`, field: field.make!() });
      break;
  }
}

const dtypes = ["float16", "float64", "int8", "int64", "uint16", "bool", "complex128"] as const;
const dimension = fc.constantFrom(null, 0, 1, 2, 3, "n", "n+1");
const leaf: fc.Arbitrary<z.ZodType> = fc.oneof(
  fc.tuple(fc.array(dimension, { maxLength: 3 }), fc.constantFrom(...dtypes)).map(([shape, dtype]) =>
    array(shape as [], dtype) as z.ZodType
  ),
  fc.constantFrom(...dtypes).map((dtype) => scalar(dtype) as z.ZodType),
  fc.constant(null).map(() => differentiable(array([null, null], "float32")) as z.ZodType),
  fc.integer({ min: -100, max: 100 }).chain((low) =>
    fc.integer({ min: 2, max: 1000 }).map((width) => z.number().min(low).max(low + width))
  ),
  fc.integer({ min: -5, max: 5 }).map((low) => z.int().gt(low).lt(low + 3)),
  fc.double({ min: -10, max: 10, noNaN: true }).map((low) => z.number().gt(low).lt(low + 0.25)),
  fc.constantFrom(3, 5).map((step) => z.int().multipleOf(step).min(1)),
  fc.constant(null).map(() => z.number()),
  fc.constant(null).map(() => z.boolean()),
  fc.nat({ max: 9 }).map((length) => z.string().min(length)),
  fc.constant(null).map(() => z.literal("fixed")),
  fc.constant(null).map(() => z.literal([3, 1, 2])),
  fc.constant(null).map(() => z.enum(["a", "b"])),
  fc.constant(null).map(() => z.any()),
);
const { schema: anySchema } = fc.letrec<{ schema: z.ZodType; object: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    tie("object"),
    tie("schema").map((item) => item.nullable()),
    tie("schema").map((item) => z.array(item).min(1).max(4)),
    tie("schema").map((item) => z.record(z.string(), item)),
    tie("schema").map((item) => z.record(z.enum(["x", "y"]), item)),
    fc.tuple(tie("schema"), tie("schema")).map(([one, two]) => z.tuple([one, two])),
    fc.tuple(tie("schema"), tie("schema")).map(([a, b]) =>
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), a }), z.object({ kind: z.literal("b"), b })])
    ),
    fc.constant(z.union([z.int(), z.string()])),
    fc.constant(z.union([z.boolean(), z.array(z.number())])),
  ),
  object: fc.dictionary(fc.constantFrom("p", "q", "r"), fc.tuple(tie("schema"), fc.nat({ max: 2 })), { minKeys: 1 })
    .map((fields) =>
      z.object(Object.fromEntries(
        Object.entries(fields).map(([key, [schema, how]]) => [key, how === 1 ? schema.optional() : schema]),
      ))
    ),
}));

Deno.test("the form of any schema, filled with the example, sends the example", async () => {
  await fc.assert(
    fc.asyncProperty(anySchema, async (schema) => {
      const module = moduleOf({ InputSchema: z.object({ f: schema }), OutputSchema: z.object({}), apply: () => ({}) });
      const { fields, schema: inputs, example } = await formOf(module);
      const field = fields.make(inputs, structuredClone(example));
      assert.deepEqual(await faultsOf(module, field), []);
      assert.deepEqual(payloadOf(field), example);
    }),
    { numRuns: 300 },
  );
});

Deno.test("the form of any schema sends what is valid, with no example and after any switch, choice or new item", async () => {
  await fc.assert(
    fc.asyncProperty(anySchema, fc.array(fc.nat(), { maxLength: 8 }), async (schema, changes) => {
      const module = moduleOf({ InputSchema: z.object({ f: schema }), OutputSchema: z.object({}), apply: () => ({}) });
      const { fields, schema: inputs } = await formOf(module);
      const field = fields.make(inputs);
      assert.deepEqual(await faultsOf(module, field), []);
      for (const number of changes) {
        const all = [...allFields(field)];
        change(all[number % all.length]!, number);
        // two items of one list may now have another size for one name: that is for the server to say
        const faults = (await faultsOf(module, field)).filter((fault) => !fault.startsWith("array_shape_mismatch"));
        assert.deepEqual(faults, []);
      }
    }),
    { numRuns: 300 },
  );
});

for (const name of ["vectoradd", "univariate", "nested", "dtypes", "minimal", "faulty"]) {
  Deno.test(`the form of ${name} sends what is valid`, async () => {
    const module = await loadModule(name);
    const { fields, schema, example } = await formOf(module);
    assert.deepEqual(await faultsOf(module, fields.make(schema, example)), []);
    assert.deepEqual(await faultsOf(module, fields.make(schema)), []);
  });
}

Deno.test("a new item has the option of the one before it, whatever its fields are", async () => {
  const fields = { flag: scalar("bool"), id: scalar("int64"), pair: z.tuple([z.boolean(), z.int()]) };
  for (const [name, field] of Object.entries(fields)) {
    const option = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("first") }),
      z.object({ kind: z.literal("second"), [name]: field }),
    ]);
    const module = moduleOf({
      InputSchema: z.object({ items: z.array(option) }),
      OutputSchema: z.object({}),
      apply: () => ({}),
    });
    const { fields: made, schema } = await formOf(module);
    const value = { flag: true, id: 9007199254740993n, pair: [true, 1] }[name];
    const form = made.make(schema, { items: [{ kind: "second", [name]: value }] });
    const { items, make } = form.fields!.items!;
    items!.push(make!());
    const item = { kind: "second", [name]: value };
    assert.deepEqual(payloadOf(form), { items: [item, item] });
  }
});

Deno.test("an integer of 64 bits keeps its digits through the form", async () => {
  const module = moduleOf({
    InputSchema: z.object({ ids: array([null], "int64"), id: scalar("int64") }),
    OutputSchema: z.object({}),
    apply: () => ({}),
  });
  const { fields, schema } = await formOf(module);
  const text = '{"ids":[9007199254740993,-9223372036854775808],"id":9007199254740993}';
  assert.equal(jsonText(payloadOf(fields.make(schema, parseJson(text)))), text);
});

Deno.test("a fault is shown at its field, also in lists, records and unions; what has no field is told at the top", async () => {
  const module = moduleOf({
    InputSchema: z.object({
      layers: z.array(z.object({ weight: array([null], "float64") })),
      params: z.record(z.string(), z.number()),
      source: z.discriminatedUnion("kind", [z.object({ kind: z.literal("ramp"), step: z.number() })]),
      label: z.union([z.int(), z.string()]),
    }),
    OutputSchema: z.object({}),
    apply: () => ({}),
  });
  const { fields, schema } = await formOf(module);
  const root = fields.make(schema, {
    layers: [{ weight: [1] }],
    params: { rate: 1 },
    source: { kind: "ramp", step: 1 },
    label: 1,
  });
  const shown = new Map<string, { textContent: string }>();
  const view = (path: string, field: Field) => {
    const fault = { textContent: "", hidden: true };
    shown.set(path, fault);
    field.view = { element: { classList: { add() {} } }, fault, control: () => null };
  };
  const { layers, params, source, label } = root.fields!;
  view("weight", layers!.items![0]!.fields!["weight"]!);
  view("rate", params!.entries![0]!.field);
  view("step", (source!.kind === "union" ? source!.options![0] as Field : source!).fields!["step"]!);
  view("label", label!);
  const { unplaced, first } = showFaults(root, [
    { loc: ["body", "inputs", "layers", 0, "weight"], msg: "one" },
    { loc: ["body", "inputs", "params", "rate"], msg: "two" },
    { loc: ["body", "inputs", "source", "ramp", "step"], msg: "three" },
    { loc: ["body", "inputs", "label", "int"], msg: "four" },
    { loc: ["body", "inputs"], msg: "five" },
  ]);
  assert.deepEqual([...shown.values()].map(({ textContent }) => textContent), ["one", "two", "three", "four"]);
  assert.deepEqual(unplaced.map(({ msg }) => msg), ["five"]);
  assert.equal(first, layers!.items![0]!.fields!["weight"]);
});
