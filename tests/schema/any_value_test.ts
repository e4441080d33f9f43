import assert from "node:assert/strict";
import { scalar } from "../../lib/schema/array_types.ts";
import { describeFault } from "../../lib/schema/messages.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { type Mode, validate } from "../../lib/schema/validate.ts";
import { z } from "zod";

const run = (schema: z.ZodType, value: unknown, mode: Mode) => validate(readSchema(schema, "").node, value, mode);

const LARGE = 2n ** 60n;

Deno.test("z.number() takes every JSON number as the nearest float64, z.any() as JSON.parse does", () => {
  const cases: [z.ZodType, unknown, unknown][] = [
    [z.number(), 9007199254740993n, 9007199254740992],
    [z.number().positive(), LARGE, 2 ** 60],
    [z.number().optional(), -LARGE, -(2 ** 60)],
    [z.coerce.number(), LARGE, 2 ** 60],
    [z.any(), LARGE, 2 ** 60],
    [z.unknown(), { a: [LARGE, { b: LARGE }], c: "x" }, { a: [2 ** 60, { b: 2 ** 60 }], c: "x" }],
    [z.looseObject({}), { a: LARGE }, { a: 2 ** 60 }],
    [z.object({}).catchall(z.unknown()), { a: [LARGE] }, { a: [2 ** 60] }],
    [z.looseRecord(z.string().regex(/^x/), z.int()), { y: LARGE }, { y: 2 ** 60 }],
    [z.union([z.int(), z.any()]), LARGE, 2 ** 60],
    [z.preprocess((value) => typeof value, z.string()), LARGE, "number"],
    [scalar("int64"), LARGE, LARGE],
  ];
  for (const [schema, value, expected] of cases) {
    assert.deepEqual(run(schema, value, "input"), { value: expected, faults: [], omitted: 0 });
  }
});

Deno.test("a key __proto__ under z.any() is refused where it is", () => {
  const { faults } = run(z.object({ x: z.any() }), { x: [{ a: JSON.parse('{"__proto__": 1}') }] }, "input");
  assert.deepEqual(faults, [{ type: "extra_forbidden", loc: ["x", 0, "a", "__proto__"], input: 1 }]);
});

Deno.test("arrays and typed arrays under z.any() in a result are arrays; other values are as they were", () => {
  const data = Float64Array.of(1, 2);
  const vector = { dtype: "float64", shape: [2], data };
  const day = new Date(0);
  const result = { plain: [1, "a", null, { b: true }], vector, bare: [data], deep: { bytes: Uint8Array.of(7) }, day };
  assert.deepEqual(run(z.any(), result, "output"), {
    value: {
      ...result,
      bare: [vector],
      deep: { bytes: { dtype: "uint8", shape: [1], data: Uint8Array.of(7) } },
      day: "1970-01-01T00:00:00.000Z",
    },
    faults: [],
    omitted: 0,
  });
  const same = { a: [1, 2], b: NaN };
  assert.equal(run(z.any(), same, "output").value, same);
  assert.deepEqual(result.bare, [data], "the author's value is not changed");
});

Deno.test("what JSON cannot hold in a result is named with its place", () => {
  const circle: unknown[] = [];
  circle.push({ again: circle });
  class Own extends Map {}
  const cases: [unknown, string, string][] = [
    [{ a: new Map() }, "x.a", "a Map"],
    [[new Own()], "x.0", "a Map"],
    [{ a: [1, new Set()] }, "x.a.1", "a Set"],
    [() => 1, "x", "a function"],
    [{ a: Symbol("s") }, "x.a", "a symbol"],
    [{ a: /x/ }, "x.a", "a RegExp"],
    [{ a: Promise.resolve() }, "x.a", "a Promise"],
    [{ a: new ArrayBuffer(1) }, "x.a", "a ArrayBuffer"],
    [{ a: new DataView(new ArrayBuffer(1)) }, "x.a", "a DataView"],
    [circle, "x.0.again", "an object that contains itself"],
  ];
  for (const schema of [z.any(), z.unknown(), z.looseObject({}).optional()]) {
    for (const [value, at, what] of cases) {
      if (!(schema instanceof z.ZodAny || schema instanceof z.ZodUnknown) && !at.startsWith("x.a")) continue;
      const { faults } = run(z.object({ x: schema }), { x: value }, "output");
      assert.deepEqual(faults.map((fault) => `${fault.loc.join(".")}: ${describeFault(fault)}`), [
        `${at}: JSON cannot hold ${what}`,
      ]);
    }
  }
  const shared = { n: 1 };
  assert.deepEqual(run(z.any(), [shared, shared], "output").faults, [], "the same object twice is no circle");
});

Deno.test("what a transform or a catch of the output schema makes is sent as an array, or refused with its place", () => {
  const made = (make: () => unknown) => [
    z.object({ x: z.int().transform(make) }),
    z.object({ x: z.string().catch(make as () => string) }),
  ];
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (
    const [value, fault] of [
      [{ a: new Map() }, "x.a: JSON cannot hold a Map"],
      [() => 1, "x: JSON cannot hold a function"],
      [circle, "x.self: JSON cannot hold an object that contains itself"],
    ] as const
  ) {
    for (const schema of made(() => value)) {
      const { faults } = run(schema, { x: 1 }, "output");
      assert.deepEqual(faults.map((fault) => `${fault.loc.join(".")}: ${describeFault(fault)}`), [fault]);
    }
  }
  for (const schema of made(() => new Float32Array(2))) {
    const x = { dtype: "float32", shape: [2], data: new Float32Array(2) };
    assert.deepEqual(run(schema, { x: 1 }, "output").value, { x });
  }
});

Deno.test("a Map or a Set is no object and no record, whose entries would be lost", () => {
  const value = { a: new Map([["k", 1]]), b: new Map([["k", 1]]), c: new Set([1]) };
  const schema = z.object({
    a: z.record(z.string(), z.int()),
    b: z.object({ k: z.int().optional() }),
    c: z.looseObject({}),
  });
  assert.deepEqual(run(schema, value, "output").faults.map(({ type, loc }) => [type, ...loc]), [
    ["dict_type", "a"],
    ["model_attributes_type", "b"],
    ["model_attributes_type", "c"],
  ]);
});
