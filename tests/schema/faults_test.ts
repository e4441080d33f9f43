import assert from "node:assert/strict";
import { array } from "../../lib/schema/array_types.ts";
import { Faults, MOST_FAULTS } from "../../lib/schema/faults.ts";
import { faultJson } from "../../lib/schema/messages.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { validate } from "../../lib/schema/validate.ts";
import { z } from "zod";

/** The answer that a client gets for the payload, and how many faults there are. */
function answerTo(schema: z.ZodType, payload: unknown): { text: string; listed: number; count: number } {
  const { faults, omitted } = validate(readSchema(schema, "schema").node, payload, "input");
  const text = JSON.stringify({ detail: faults.map((fault) => faultJson(fault, ["body"])), omitted });
  return { text, listed: faults.length, count: faults.length + omitted };
}

Deno.test("Faults keeps the first hundred and counts the others", () => {
  const faults = new Faults();
  const loc: number[] = [0];
  for (let i = 0; i < 250; i++) {
    loc[0] = i;
    faults.add("missing", loc);
  }
  assert.equal(faults.list.length, MOST_FAULTS);
  assert.deepEqual(faults.list.at(-1)!.loc, [99]);
  assert.equal(faults.omitted, 150);
  const others = new Faults();
  others.addAll(faults);
  others.addAll(faults);
  assert.deepEqual([others.list.length, others.count], [100, 500]);
  faults.truncate(120);
  assert.deepEqual([faults.list.length, faults.omitted], [100, 20]);
  faults.truncate(3);
  assert.deepEqual([faults.list.length, faults.omitted], [3, 0]);
});

Deno.test("every fault of a large payload is counted, and the answer is smaller than the payload", () => {
  const keys = (n: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`key${i}`, value]));
  const wrong = { a: "x".repeat(100), b: [], c: null };
  const shapes = z.union([z.object({ a: z.int(), b: z.string() }), z.object({ c: z.int() }), z.string(), z.int()]);
  const cases: [string, z.ZodType, unknown, number][] = [
    ["unknown keys", z.object({}), keys(20_000, 1), 20_000],
    ["unknown keys in a list", z.array(z.object({})), Array(20_000).fill({ key: 1 }), 20_000],
    ["wrong items", z.array(z.int()), Array(40_000).fill("x"), 40_000],
    ["wrong values of a record", z.record(z.string(), z.int()), keys(20_000, "x"), 20_000],
    ["wrong arrays", z.array(array([2], "int8")), Array(20_000).fill([1, 2, 3]), 20_000],
    ["unions", z.array(shapes), Array(5_000).fill(wrong), 40_000],
    ["unions of lists", z.union([z.array(z.int()), z.array(z.boolean())]), Array(40_000).fill("x"), 80_000],
    ["long keys", z.record(z.string(), z.object({})), { ["k".repeat(500_000)]: keys(200, 1) }, 200],
    ["one long key", z.object({}), { ["k".repeat(500_000)]: 1 }, 1],
    ["refinements", z.array(z.any().refine(() => false)), Array(40_000).fill(1), 40_000],
  ];
  for (const [what, schema, payload, expected] of cases) {
    const { text, listed, count } = answerTo(schema, payload);
    assert.equal(count, expected, what);
    assert.equal(listed, Math.min(expected, MOST_FAULTS), what);
    const size = JSON.stringify(payload).length;
    assert.ok(text.length < size, `${what}: the answer has ${text.length} characters, the payload ${size}`);
  }
});

Deno.test("faults that are taken back leave no trace, however many there were", () => {
  const many = Array(1000).fill("x");
  const schema = z.object({ a: z.array(z.int()).catch([]), b: z.union([z.array(z.int()), z.array(z.string())]) });
  const { faults, omitted } = validate(readSchema(schema, "schema").node, { a: many, b: many }, "input");
  assert.deepEqual({ faults, omitted }, { faults: [], omitted: 0 });
});
