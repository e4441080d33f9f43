import assert from "node:assert/strict";
import { anyShape, array, scalar } from "../../lib/schema/array_types.ts";
import { deriveShapes } from "../../lib/schema/derived_shapes.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { z } from "zod";

const read = (fields: z.ZodRawShape) => readSchema(z.object(fields), "").node;
const derive = (inputs: z.ZodRawShape, outputs: z.ZodRawShape) => deriveShapes(read(inputs), read(outputs));
const abstract = (...shape: number[]) => ({ shape, dtype: "float64" });

Deno.test("shapes follow from numbers and from names that inputs have", () => {
  const derived = derive(
    {
      mesh: z.object({ points: array(["n+1", 3], "float64") }),
      pair: z.tuple([array([null, "k"], "float64"), z.int()]),
      scale: array(["m"], "float64").prefault([1, 2]),
    },
    {
      cells: array(["n", 2], "float32"),
      deep: z.object({ all: z.tuple([array(["n-1", "k"], "int64"), scalar("bool")]) }),
      m: array(["m"], "float64"),
      kind: z.literal("mesh"),
      note: z.string().optional(),
    },
  );
  assert.ok("evaluate" in derived);
  const result = derived.evaluate({ mesh: { points: abstract(5, 3) }, pair: [abstract(7, 6), 1], scale: abstract(2) });
  assert.deepEqual(JSON.parse(JSON.stringify(result)), {
    cells: { shape: [4, 2], dtype: "float32" },
    deep: { all: [{ shape: [3, 6], dtype: "int64" }, { shape: [], dtype: "bool" }] },
    m: { shape: [2], dtype: "float64" },
    kind: "mesh",
  });
});

Deno.test("otherwise the output and what of it cannot be told are named", () => {
  const vector = array(["n"], "float64");
  const cases: [z.ZodRawShape, z.ZodRawShape, string][] = [
    [
      { a: vector },
      { y: array([3, null], "float64") },
      "the schema does not fix the size of dimension 1 of the output 'y'",
    ],
    [
      { a: vector },
      { deep: z.object({ y: array(["m+1"], "float64") }) },
      "the size of dimension 0 of the output 'deep.y' is m+1, and no input array that is always there has m",
    ],
    [{ a: vector }, { y: array(anyShape, "float64") }, "the schema does not fix the rank of the output 'y'"],
    [{ a: vector }, { y: array([], null) }, "the schema does not fix the dtype of the output 'y'"],
    [{ a: vector }, { y: vector.optional() }, "the output 'y' is not always there"],
    [{ a: vector }, { y: vector.nullable() }, "the output 'y' is not always there"],
    [{ a: vector }, { y: z.array(vector) }, "the schema does not fix how many parts the output 'y' has"],
    [{ a: vector }, { y: z.string() }, "the output 'y' is not an array"],
    ...[
      vector.optional(),
      vector.nullable(),
      z.array(vector),
      z.record(z.string(), vector),
      z.union([vector, z.string()]),
      vector.catch([] as never),
    ].map((a) =>
      [
        { a },
        { y: vector },
        "the size of dimension 0 of the output 'y' is n, and no input array that is always there has n",
      ] as [z.ZodRawShape, z.ZodRawShape, string]
    ),
  ];
  for (const [inputs, outputs, reason] of cases) assert.deepEqual(derive(inputs, outputs), { reason });
});
