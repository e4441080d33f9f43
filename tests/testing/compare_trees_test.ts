import assert from "node:assert/strict";
import { z } from "zod";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { compareTrees, schemaLike } from "../../lib/testing/compare_trees.ts";
import { array } from "../../lib/schema/array_types.ts";
import { outputPath } from "../../lib/schema/file_types.ts";
import { readSchema } from "../../lib/schema/read.ts";

const OPTIONS = { atol: 1e-8, rtol: 1e-5, folder: "run_1" };
const vector = (...values: number[]): NdArray => ({
  dtype: "float32",
  shape: [values.length],
  data: new Float32Array(values),
});

function compare(schema: z.ZodType, obtained: unknown, expected: unknown) {
  const { structure, values } = compareTrees(obtained, expected, readSchema(schema, "").node, OPTIONS);
  return { structure, values };
}

const differences = (schema: z.ZodType, obtained: unknown, expected: unknown) => {
  const { structure, values } = compare(schema, obtained, expected);
  return [...structure, ...values.map((text) => text.split("\n")[0])];
};

const Schema = z.object({
  a: array([null], "float32"),
  layers: z.array(z.object({ n: z.int(), x: z.number() })),
  named: z.record(z.string(), z.string()),
});
const obtained = { a: vector(1, 2), layers: [{ n: 1000000, x: 0.5 }], named: { k: "v" } };

Deno.test("equal trees have no differences, whether arrays are expected as arrays or as lists", () => {
  assert.deepEqual(differences(Schema, obtained, obtained), []);
  assert.deepEqual(differences(Schema, obtained, { ...obtained, a: [1, 2] }), []);
});

Deno.test("every difference is told, with its path", () => {
  const expected = { a: [1, 3], layers: [{ n: 1000001, x: 0.6 }], named: { k: "w" } };
  assert.deepEqual(differences(Schema, obtained, expected), ["a", "layers.[0].n", "layers.[0].x", "named.{k}"]);
});

Deno.test("shapes and dtypes are strict", () => {
  const wide: NdArray = { dtype: "float64", shape: [2], data: new Float64Array([1, 2]) };
  assert.deepEqual(differences(Schema, obtained, { ...obtained, a: wide }), [
    "a: the dtype differs: expected float64, obtained float32",
  ]);
  assert.deepEqual(differences(Schema, obtained, { ...obtained, a: [[1, 2]] }), [
    "a: the shape differs: expected [1,2], obtained [2]",
  ]);
  assert.match(differences(Schema, obtained, { ...obtained, a: "x" })[0]!, /^a: the expected array: Expected an array/);
});

Deno.test("keys, lengths and types are strict", () => {
  assert.deepEqual(differences(Schema, obtained, { a: [1, 2], layers: [], other: 1 }), [
    "the result: missing: other",
    "the result: unexpected: named",
    "layers: the length differs: expected 0, obtained 1",
  ]);
  assert.deepEqual(differences(z.object({ x: z.any() }), { x: null }, { x: "t" }), [
    "x: expected the string t, obtained null",
  ]);
});

Deno.test("floats have tolerances, integers have none; the schema says which is which", () => {
  const near = [{ x: 1000001 }, { x: 1000000 }] as const;
  assert.deepEqual(differences(z.object({ x: z.number() }), ...near), []);
  assert.deepEqual(differences(z.object({ x: z.int() }), ...near), ["x"]);
  assert.deepEqual(differences(z.object({ x: z.any() }), ...near), ["x"]);
  assert.deepEqual(differences(z.object({ x: z.any() }), { x: 0.1 + 0.2 }, { x: 0.3 }), []);
});

Deno.test("files are expected by their names in the folder of the run", () => {
  const Files = z.object({ file: outputPath(), text: z.string() });
  const result = { file: "run_1/a.txt", text: "run_1/a.txt" };
  assert.deepEqual(differences(Files, result, { file: "a.txt", text: "run_1/a.txt" }), []);
  assert.deepEqual(differences(Files, result, { file: "a.txt", text: "a.txt" }), ["text"]);
});

Deno.test("schemaLike() expects an array wherever one was obtained", () => {
  const node = schemaLike({ a: vector(1), list: [vector(2), "t"], n: 1 });
  assert.equal(node.kind === "object" && node.fields.get("a")!.kind, "array");
  assert.equal(node.kind === "object" && node.fields.get("list")!.kind, "tuple");
  assert.equal(node.kind === "object" && node.fields.get("n")!.hasArrays, false);
});
