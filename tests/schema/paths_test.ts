import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import {
  differentiablePatterns,
  expandPattern,
  fieldOrder,
  formatPath,
  getPath,
  isOpenPattern,
  parsePath,
  patternRegExp,
  type Segment,
  typeAtPath,
} from "../../lib/schema/paths.ts";
import { readSchema } from "../../lib/schema/read.ts";

const nodeOf = (schema: z.ZodType) => readSchema(schema, "InputSchema").node;
const vector = () => differentiable(array([null], "float64"));

const name = fc.string({ minLength: 1 }).filter((text) => !/[.[\]{}\\]/.test(text));
const key = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("{", "}", "\\", ".", "a", "\n", "[0]", "ü") }));
const segment: fc.Arbitrary<Segment> = fc.oneof(name, fc.nat(), key.map((text) => ({ key: text })));

Deno.test("parsePath() undoes formatPath() for any keys", () => {
  fc.assert(fc.property(fc.array(segment), (segments) => {
    assert.deepEqual(parsePath(formatPath(segments)), segments);
  }));
});

Deno.test("a formatted path fits its own pattern, and the regular expression of that, and no other", () => {
  fc.assert(fc.property(fc.array(segment, { minLength: 1 }), fc.array(segment, { minLength: 1 }), (mine, other) => {
    const nonEmpty = (segments: Segment[]) => segments.map((s) => typeof s === "object" ? { key: `k${s.key}` } : s);
    const patternOf = (segments: Segment[]) =>
      segments.map((s) => typeof s === "number" ? "[]" : typeof s === "object" ? "{}" : s).join(".");
    const path = formatPath(nonEmpty(mine));
    assert.match(path, new RegExp(patternRegExp(patternOf(mine)), "su"));
    assert.equal(
      new RegExp(patternRegExp(patternOf(other)), "su").test(path),
      patternOf(other) === patternOf(mine),
    );
    const type = { dtype: null, shape: null, differentiable: true };
    assert.equal(typeAtPath(new Map([[patternOf(mine), type]]), path), type);
    assert.equal(typeAtPath(new Map([[patternOf(other), type]]), path) === type, patternOf(other) === patternOf(mine));
  }));
});

Deno.test("patternRegExp() gives the recorded expressions", () => {
  assert.equal(patternRegExp("layers.[].weight"), String.raw`^layers\.\[\d+\]\.weight$`);
  assert.equal(patternRegExp("params.{}"), String.raw`^params\.\{(?:[^{}\\]|\\.)+\}$`);
  assert.equal(patternRegExp("cost$"), String.raw`^cost\$$`);
});

Deno.test("parsePath() refuses what is no path", () => {
  for (
    const text of ["a.", ".a", "a..b", "[-1]", "[00]", "[1", "layers[0]", "a.{b", "a.{b}c", "{a{b}", "{a\\}", "a\\b"]
  ) {
    assert.equal(parsePath(text), undefined, text);
  }
});

Deno.test("isOpenPattern() tells patterns from single paths", () => {
  assert.deepEqual(["a.b", "a.[]", "{}.b", "a.[].b"].map(isOpenPattern), [false, true, true, true]);
});

Deno.test("differentiablePatterns() finds the marked arrays through every kind of schema, in alphabetical order", () => {
  const patterns = differentiablePatterns(nodeOf(z.object({
    x: vector(),
    plain: array([null], "float64"),
    layers: z.array(z.object({ weight: vector().optional() })),
    params: z.record(z.string(), differentiable(scalar("float32"))),
    span: z.tuple([vector()]).rest(vector()),
    maybe: vector().nullable().default(null),
    source: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), value: vector() }),
      z.object({ kind: z.literal("b"), start: vector() }),
    ]),
    piped: z.object({ y: vector() }).transform((value) => value),
    before: z.preprocess((value) => value, z.object({ z: vector() })),
  })));
  assert.deepEqual([...patterns.keys()], [
    "before.z",
    "layers.[].weight",
    "maybe",
    "params.{}",
    "piped.y",
    "source.start",
    "source.value",
    "span.[]",
    "x",
  ]);
  assert.deepEqual(patterns.get("params.{}"), { dtype: "float32", shape: [], differentiable: true });
});

Deno.test("differentiablePatterns() says of an array of several types what they have in common", () => {
  const of = (a: z.ZodType, b: z.ZodType) =>
    differentiablePatterns(nodeOf(z.object({ v: z.tuple([a, b]) }))).get("v.[]");
  assert.deepEqual(of(differentiable(array([2, 3], "float32")), differentiable(array([2, 4], "float32"))), {
    dtype: "float32",
    shape: [2, null],
    differentiable: true,
  });
  assert.deepEqual(of(vector(), differentiable(scalar("float32"))), {
    dtype: null,
    shape: null,
    differentiable: true,
  });
});

Deno.test("fields whose names do not stand for themselves have no path", () => {
  const node = nodeOf(z.object({ "a.b": vector(), "[]": vector(), c: vector() }));
  assert.deepEqual([...differentiablePatterns(node).keys()], ["c"]);
});

Deno.test("fieldOrder() lists the fields of every object; branches of a union are merged", () => {
  const order = fieldOrder(nodeOf(z.object({
    b: z.array(z.object({ z: z.int(), y: z.int() })),
    a: z.union([z.object({ kind: z.int(), p: z.int() }), z.object({ kind: z.int(), q: z.int() })]).optional(),
    m: z.record(z.string(), z.object({ only: z.int() })),
  })));
  assert.deepEqual(order, { "": ["b", "a", "m"], "b.[]": ["z", "y"], a: ["kind", "p", "q"], "m.{}": ["only"] });
});

Deno.test("getPath() finds own parts only, lists by index and the others by name", () => {
  const value = { a: [{ b: 1 }], r: { "0": 2, constructor: 3 } };
  const at = (path: string) => getPath(value, parsePath(path)!);
  assert.equal(at("a.[0].b"), 1);
  assert.equal(at("r.{0}"), 2);
  assert.equal(at("r.{constructor}"), 3);
  assert.deepEqual(
    ["a.[1]", "a.{0}", "a.length", "r.[0]", "r.{toString}", "a.[0].b.c"].map(at),
    Array(6).fill(undefined),
  );
});

Deno.test("expandPattern() lists the paths at which there is an array", () => {
  const x = { dtype: "float32", shape: [1], data: new Float32Array(1) };
  const value = {
    x,
    layers: [{ weight: x }, { weight: null }, {}, { weight: x }],
    params: { "a.b": 1, "{c}": 2n, "": 3 },
    z: { re: 1, im: 0 },
    label: "text",
  };
  const of = (pattern: string) => expandPattern(pattern, value);
  assert.deepEqual(of("x"), ["x"]);
  assert.deepEqual(of("layers.[].weight"), ["layers.[0].weight", "layers.[3].weight"]);
  assert.deepEqual(of("params.{}"), ["params.{a.b}", "params.{\\{c\\}}"]);
  assert.deepEqual(of("z"), ["z"]);
  assert.deepEqual([...of("label"), ...of("nothing"), ...of("x.[]"), ...of("layers.{}")], []);
});

Deno.test("every expanded path matches its pattern and leads to its array", () => {
  fc.assert(fc.property(fc.dictionary(key, fc.array(fc.double())), (params) => {
    for (const path of expandPattern("params.{}.[]", { params })) {
      assert.match(path, new RegExp(patternRegExp("params.{}.[]"), "su"));
      assert.equal(typeof getPath({ params }, parsePath(path)!), "number");
    }
  }));
});
