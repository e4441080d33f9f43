import assert from "node:assert/strict";
import { array } from "../../lib/schema/array_types.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { z } from "zod";

const messages = (schema: z.ZodType) =>
  readSchema(schema, "InputSchema").faults.map(({ path, message }) => `${path}: ${message}`);

Deno.test("what JSON cannot hold is refused with the place and the reason", () => {
  const schema = z.object({
    when: z.date(),
    many: z.array(z.bigint()),
    both: z.intersection(z.object({}), z.object({})),
    own: z.custom<string>(() => true),
  });
  const found = messages(schema);
  assert.equal(found.length, 4);
  for (
    const [i, start] of [
      "InputSchema.when: z.date()",
      "InputSchema.many[]: z.bigint()",
      "InputSchema.both: inter",
      "InputSchema.own: z.custom()",
    ].entries()
  ) {
    assert.ok(found[i]!.startsWith(start), found[i]);
  }
});

Deno.test("the advice for .and() works", () => {
  const [A, B] = [z.object({ a: array([null], "float32") }), z.object({ b: z.int() })];
  assert.deepEqual(messages(A.and(B)), [
    "InputSchema: intersections (z.intersection(), .and()) are not supported; write A.extend(B.shape) for A.and(B)",
  ]);
  assert.deepEqual(messages(A.extend(B.shape)), []);
  assert.deepEqual(A.extend(B.shape).parse({ a: [1], b: 2 }), A.and(B).parse({ a: [1], b: 2 }));
});

Deno.test("recursive schemas are refused", () => {
  const tree: z.ZodType = z.object({
    get children() {
      return z.array(tree);
    },
  });
  assert.deepEqual(messages(tree), [
    "InputSchema.children[]: the schema contains itself; recursive schemas are not supported",
  ]);
});

Deno.test("asynchronous refinements and transforms are refused", () => {
  assert.match(
    messages(z.string().refine(() => Promise.resolve(true)).refine(async () => await true)).join(),
    /asynchronous/,
  );
  assert.match(messages(z.string().transform(async (s) => await s)).join(), /asynchronous/);
});

Deno.test("two different schemas with one id are refused; one schema may stand in several places", () => {
  const layer = z.object({ w: array([null], "float64") }).meta({ id: "ReadTestLayer" });
  assert.deepEqual(messages(z.object({ a: layer, b: z.array(layer) })), []);
  const other = z.object({ w: z.int() });
  const ids = new Map();
  readSchema(layer, "InputSchema", ids);
  z.globalRegistry.remove(layer);
  const clash = readSchema(other.meta({ id: "ReadTestLayer" }), "OutputSchema", ids);
  assert.deepEqual(clash.faults.map(({ message }) => message), [
    'another schema has the same meta({ id: "ReadTestLayer" })',
  ]);
  z.globalRegistry.remove(other);
  const bounded = (least: bigint) => {
    const schema = z.object({ n: z.bigint().min(least) }).meta({ id: "ReadTestBounded" }); // Refused, but no crash.
    const { faults } = readSchema(schema, "InputSchema", bounds);
    z.globalRegistry.remove(schema);
    return faults.map(({ message }) => message).filter((message) => message.startsWith("another schema"));
  };
  const bounds = new Map();
  assert.deepEqual(bounded(5n), []);
  assert.deepEqual(bounded(5n), []);
  assert.deepEqual(bounded(6n), ['another schema has the same meta({ id: "ReadTestBounded" })']);
});
