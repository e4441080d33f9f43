import assert from "node:assert/strict";
import fc from "fast-check";
import { DTYPE_NAMES } from "../../lib/arrays/dtypes.ts";
import { decodeArrays } from "../../lib/formats/decode_arrays.ts";
import { array, scalar } from "../../lib/schema/array_types.ts";
import { exampleValue } from "../../lib/schema/example_value.ts";
import { inputPath } from "../../lib/schema/file_types.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { validate } from "../../lib/schema/validate.ts";
import { exampleOf } from "../../lib/testing/example.ts";
import { z } from "zod";

const example = (schema: z.ZodType) => exampleValue(readSchema(schema, "").node);

Deno.test("an example is made of the schema: plain lists, free and named sizes are 3", () => {
  const schema = z.object({
    a: array([null, "n-1"], "float64"),
    s: scalar("float32"),
    flag: array([2], "bool"),
    free: array(null, "int8"),
    mode: z.enum(["fast", "slow"]),
    steps: z.int().min(5),
    by: z.record(z.string(), z.number().gt(0).lt(1)),
    kind: z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), x: z.boolean() })]),
    note: z.string().optional(),
    nulls: z.union([z.null(), z.null()]),
    factor: scalar("float64").default(2.5),
    file: inputPath(),
    given: z.string().meta({ examples: ["mine"] }),
  });
  assert.deepEqual(example(schema), {
    a: [[1, 2], [3, 4], [5, 6]],
    s: 1,
    flag: [true, false],
    free: [1, 2, 3],
    mode: "fast",
    steps: 5,
    by: { example: 0.5 },
    kind: { kind: "a", x: true },
    nulls: null,
    factor: 2.5,
    file: "file.txt",
    given: "mine",
  });
});

Deno.test("what is made up fits its schema, but for refinements and patterns", async () => {
  const size = fc.constantFrom<number | string | null>(0, 1, 3, null, "n", "n+2", "n-3");
  const arrays = fc.record({ shape: fc.array(size, { maxLength: 3 }), dtype: fc.constantFrom(...DTYPE_NAMES, null) })
    .map(({ shape, dtype }): z.ZodType => array(shape, dtype));
  const bounds = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 20 }));
  const leaves: fc.Arbitrary<z.ZodType> = fc.oneof(
    arrays,
    bounds.map(([low, span]) => z.int().min(low).max(low + span)),
    bounds.map(([low, span]) => z.number().gt(low).lt(low + span + 1)),
    fc.integer({ min: 1, max: 9 }).map((step) => z.int().multipleOf(step)),
    fc.nat(12).map((length) => z.string().min(length).max(length + 1)),
    fc.constantFrom<z.ZodType[]>(z.boolean(), z.null(), z.any(), z.email(), z.uuid(), z.url(), z.iso.datetime()),
    fc.constantFrom<z.ZodType[]>(z.iso.date(), z.iso.time(), z.ipv4(), z.ipv6(), z.literal(["b", 2]), z.enum(["x"])),
  );
  const { tree } = fc.letrec<{ tree: z.ZodType }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaves,
      fc.dictionary(fc.stringMatching(/^[a-z]$/), tie("tree"), { maxKeys: 4 }).map((fields) => z.object(fields)),
      tie("tree").map((item) => z.array(item).min(2)),
      tie("tree").map((value) => z.record(z.string(), value)),
      fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((items) => z.tuple(items as [z.ZodType])),
      fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((options) => z.union(options)),
      tie("tree").map((inner) => inner.nullable()),
      tie("tree").map((inner) => inner.optional()),
    ),
  }));
  await fc.assert(fc.asyncProperty(tree, async (schema) => {
    const { node } = readSchema(z.object({ value: schema }), "");
    const tree = await decodeArrays(exampleValue(node), { schema: node });
    assert.deepEqual(validate(node, tree, "input").faults, []);
  }));
});

Deno.test("exampleOf() takes payload.json, then a test case that succeeds, then the schema's examples", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const write = (name: string, value: unknown) => Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value));
    const found = async (schema: z.ZodType) => {
      const { payload, from, isMadeUp } = await exampleOf({
        file: `${folder}/tesseract_api.ts`,
        inputs: readSchema(schema, "").node,
      });
      return [payload.inputs, from, isMadeUp];
    };
    const schema = z.object({ x: z.int() });
    assert.deepEqual(await found(schema), [{ x: 1 }, "one made from InputSchema", true]);
    const withExamples = schema.meta({ examples: [{ x: 7 }] });
    assert.deepEqual(await found(withExamples), [{ x: 7 }, "the examples of InputSchema", false]);
    await Deno.mkdir(`${folder}/test_cases`);
    await write("test_cases/a.json", { endpoint: "apply", payload: { inputs: { x: 1 } }, expected_exception: "Error" });
    await write("test_cases/b.json", { endpoint: "abstract_eval", payload: { inputs: { x: 2 } } });
    await Deno.writeTextFile(`${folder}/test_cases/c.json`, "no JSON");
    assert.deepEqual(await found(withExamples), [{ x: 7 }, "the examples of InputSchema", false]);
    await write("test_cases/d.json", { endpoint: "jacobian", payload: { inputs: { x: 4 }, jac_inputs: ["x"] } });
    assert.deepEqual(await found(withExamples), [{ x: 4 }, "test_cases/d.json", false]);
    await write("payload.json", { inputs: { x: 5 } });
    assert.deepEqual(await found(withExamples), [{ x: 5 }, "payload.json", false]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
