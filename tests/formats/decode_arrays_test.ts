import assert from "node:assert/strict";
import type { DType } from "../../lib/arrays/dtypes.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import { isNdArray, type Shape } from "../../lib/arrays/ndarray.ts";
import { parseJson } from "../../lib/formats/json/parse.ts";
import { decodeArrays } from "../../lib/formats/decode_arrays.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";

const array = (dtype: DType | null = null, shape: Shape = null): Node => ({
  kind: "array",
  type: { dtype, shape, differentiable: false },
  hasArrays: true,
});
const text: Node = { kind: "leaf", type: "string", needsZod: false, hasArrays: false };
const any: Node = { kind: "leaf", type: "any", needsZod: false, hasArrays: false };
const union = (...options: Node[]): Node => ({ kind: "union", options, exclusive: false, hasArrays: true });
const list = (item: Node): Node => ({ kind: "list", item, hasArrays: true });

const encoded = (...buffer: number[]) => ({
  shape: [buffer.length],
  dtype: "float64",
  data: { buffer, encoding: "json" },
});
const decoded = (...values: number[]) => ({ dtype: "float64", shape: [values.length], data: new Float64Array(values) });

Deno.test("decodeArrays() goes wherever the schema has arrays", async () => {
  const inner: Node = {
    kind: "optional",
    inner: { kind: "nullable", inner: array(), hasArrays: true },
    hasArrays: true,
  };
  const schema = objectNode({
    a: inner,
    list: list(objectNode({ x: array(), name: text })),
    tuple: { kind: "tuple", items: [text, array()], rest: array(), hasArrays: true },
    record: { kind: "record", key: text, value: array(), required: [], loose: false, hasArrays: true },
    fallback: { kind: "default", inner: array(), value: () => null, parsed: false, hasArrays: true },
    caught: { kind: "catch", inner: array(), hasArrays: true },
    piped: { kind: "pipe", in: array(), out: any, hasArrays: true },
    other: any,
    none: inner,
  });
  const one = encoded(1);
  const tree = structuredClone({
    a: one,
    list: [{ x: one, name: "n" }, { x: [1, 2] }],
    tuple: ["t", one, one],
    record: { k: one, l: 5 },
    fallback: one,
    caught: one,
    piped: one,
    other: one,
    none: null,
    unknown: one,
  });
  assert.deepEqual(await decodeArrays(tree, { schema }), {
    a: decoded(1),
    list: [{ x: decoded(1), name: "n" }, { x: [1, 2] }],
    tuple: ["t", decoded(1), decoded(1)],
    record: { k: decoded(1), l: 5 },
    fallback: decoded(1),
    caught: decoded(1),
    piped: decoded(1),
    other: one,
    none: null,
    unknown: one,
  });
});

Deno.test("decodeArrays() puts a fault where an array cannot be decoded, and leaves what is none", async () => {
  const schema = objectNode({ a: array("int8", [2]), b: array(), c: array() });
  const tree = { a: encoded(1, 2), b: { a: 1 }, c: "text" };
  const result = await decodeArrays(tree, { schema }) as typeof tree;
  assert(result.a as unknown instanceof ArrayFault);
  assert.equal((result.a as unknown as ArrayFault).type, "array_dtype_mismatch");
  assert.deepEqual([result.b, result.c], [{ a: 1 }, "text"]);
});

Deno.test("decodeArrays() in a union leaves it to validation which branch it is", async () => {
  const either = union(text, array("int8", [3]), array("float64", [2]));
  assert.deepEqual(await decodeArrays(encoded(1, 2), { schema: either }), decoded(1, 2));
  const objects = union(objectNode({ x: array("float64", [1]) }), objectNode({ x: array("float64", [2]), y: array() }));
  assert.deepEqual(await decodeArrays({ x: encoded(1, 2), y: encoded(3) }, { schema: objects }), {
    x: decoded(1, 2),
    y: decoded(3),
  });
  // An object that is no array may be what another branch takes.
  const orObject = union(array(), objectNode({ shape: text }));
  assert.deepEqual(await decodeArrays({ shape: "round" }, { schema: orObject }), { shape: "round" });
  assert(await decodeArrays({ shape: "round" }, { schema: union(array(), text) }) instanceof ArrayFault);
  assert(isNdArray(await decodeArrays(encoded(1), { schema: orObject })));
});

Deno.test("decodeArrays() in a union takes no array for an object of arrays, of whatever dtype it is", async () => {
  const record: Node = { kind: "record", key: text, value: array(), required: [], loose: false, hasArrays: true };
  for (const other of [record, objectNode({ data: array() })]) {
    for (const dtype of ["uint8", "bool", "float64"] as const) {
      const buffer = { shape: [2], dtype, data: { buffer: [1, 0], encoding: "json" } };
      const decoded = { dtype, shape: [2], data: dtype === "float64" ? Float64Array.of(1, 0) : Uint8Array.of(1, 0) };
      const schema = union(list(array()), list(other));
      assert.deepEqual(await decodeArrays([buffer], { schema }), [decoded]);
      // As msgpack has it.
      assert.deepEqual(await decodeArrays({ ...decoded }, { schema: union(array(), other) }), decoded);
    }
  }
});

Deno.test("decodeArrays() follows the discriminator of a union", async () => {
  const [one, two] = [objectNode({ kind: text, v: array() }), objectNode({ kind: text, v: any })];
  const options = new Map<unknown, Node>([["one", one], ["two", two]]);
  const schema: Node = {
    kind: "union",
    options: [one, two],
    discriminator: { field: "kind", options },
    exclusive: false,
    hasArrays: true,
  };
  assert.deepEqual(await decodeArrays({ kind: "one", v: encoded(1) }, { schema }), { kind: "one", v: decoded(1) });
  assert.deepEqual(await decodeArrays({ kind: "two", v: encoded(1) }, { schema }), { kind: "two", v: encoded(1) });
  assert.deepEqual(await decodeArrays({ kind: "three", v: 1 }, { schema }), { kind: "three", v: 1 });
});

Deno.test("decodeArrays() leaves __proto__ alone", async () => {
  const schema: Node = { kind: "record", key: text, value: array(), required: [], loose: false, hasArrays: true };
  const tree = await decodeArrays(parseJson('{"__proto__": {"shape": [0]}, "a": [1]}'), { schema }) as object;
  assert.deepEqual(Object.keys(tree), ["__proto__", "a"]);
  assert.equal(Object.getPrototypeOf(tree), Object.prototype);
});
