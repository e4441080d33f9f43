import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { allocate, bytesOf } from "../../lib/arrays/data.ts";
import { DTYPE_NAMES } from "../../lib/arrays/dtypes.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { concat, decodeUtf8 } from "../../lib/formats/chunks.ts";
import { type Codec, Undecodable } from "../../lib/formats/format.ts";
import type { Chunks } from "../../lib/storage/backend.ts";
import { json, jsonBase64 } from "../../lib/formats/json/json.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { validate } from "../../lib/schema/validate.ts";
import { anyArray } from "../arrays/arbitraries.ts";
import { collect } from "./collect.ts";

const anyType: Node = { kind: "array", type: { dtype: null, shape: null, differentiable: false }, hasArrays: true };
const schema = objectNode({ a: anyType });

const textOf = async (codec: Codec, value: unknown) => decodeUtf8(await collect(await codec.encode(value, {})));
const bufferText = async (array: NdArray) => /"buffer":(.*),"encoding"/s.exec(await textOf(json, array))![1]!;

async function* inPieces(chunks: Chunks, size: number) {
  const bytes = await collect(chunks);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

Deno.test("decode(encode(array)) is the array, to the last bit", async () => {
  for (const dtype of DTYPE_NAMES) {
    for (const format of [json, jsonBase64]) {
      await fc.assert(fc.asyncProperty(anyArray(dtype), fc.integer({ min: 1, max: 50 }), async (array, size) => {
        const decoded = await format.decode(inPieces(await format.encode({ a: array }, {}), size), { schema });
        assert.deepEqual(decoded, { a: array });
      }));
    }
  }
});

Deno.test("decode(encode(array)) is the array, however large it is", async () => {
  const shapes = [[30_003], [10_001, 2], [2, 10_001], [3, 3, 900, 2], [9000, 1, 1], [9000, 0], [1, 9000]];
  for (const dtype of DTYPE_NAMES) {
    for (const shape of shapes) {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = allocate(dtype, size);
      for (let i = 0; i < data.length; i++) {
        const value = dtype === "bool" ? i % 2 : i % 120;
        data[i] = typeof data[0] === "bigint"
          ? BigInt(value) * 12345678901234n
          : value / (dtype.includes("int") ? 1 : 4);
      }
      const array = { dtype, shape, data } as NdArray;
      for (const format of [json, jsonBase64]) {
        const { a } = await format.decode(await format.encode({ a: array }, {}), { schema }) as { a: NdArray };
        assert.deepEqual([a.dtype, a.shape, a.data.length], [dtype, shape, data.length]);
        assert.deepEqual(bytesOf(a.data), bytesOf(data));
      }
    }
  }
});

Deno.test("encode() writes keys in the order of the contract, without spaces", async () => {
  const value = { a: { dtype: "int16", shape: [2, 1], data: new Int16Array([1, -2]) }, b: undefined, c: [{ d: null }] };
  assert.equal(
    await textOf(json, value),
    '{"a":{"object_type":"array","shape":[2,1],"dtype":"int16","data":{"buffer":[[1],[-2]],"encoding":"json"}},"c":[{"d":null}]}',
  );
  assert.equal(
    await textOf(jsonBase64, value),
    '{"a":{"object_type":"array","shape":[2,1],"dtype":"int16","data":{"buffer":"AQD+/w==","encoding":"base64"}},"c":[{"d":null}]}',
  );
});

Deno.test("encode() loses nothing of a number", async () => {
  const cases: [NdArray, string][] = [
    [
      { dtype: "float64", shape: [5], data: new Float64Array([0, -0, NaN, Infinity, -Infinity]) },
      '[0,-0.0,"NaN","Infinity","-Infinity"]',
    ],
    [
      {
        dtype: "float64",
        shape: [7],
        data: new Float64Array([2 ** 53 - 1, 2 ** 53, -(2 ** 60), 1e16, 1e21, 1e-7, 5e-324]),
      },
      "[9007199254740991,9.007199254740992e+15,-1.152921504606847e+18,1e+16,1e+21,1e-7,5e-324]",
    ],
    [{ dtype: "float32", shape: [2], data: new Float32Array([0.1, -0]) }, "[0.10000000149011612,-0.0]"],
    [{ dtype: "float16", shape: [1], data: new Float16Array([0.1]) }, "[0.0999755859375]"],
    [{ dtype: "float64", shape: [], data: new Float64Array([-0]) }, "-0.0"],
    [{ dtype: "float64", shape: [], data: new Float64Array([2 ** 60]) }, "1.152921504606847e+18"],
    [{ dtype: "float32", shape: [], data: new Float32Array([2 ** 60]) }, "1.152921504606847e+18"],
    [{ dtype: "float16", shape: [1, 1], data: new Float16Array([-0]) }, "[[-0.0]]"],
    [{ dtype: "float32", shape: [], data: new Float32Array([NaN]) }, '"NaN"'],
    [
      { dtype: "int64", shape: [4], data: new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n, -1n, -(2n ** 53n) - 1n]) },
      "[-9223372036854775808,9223372036854775807,-1,-9007199254740993]",
    ],
    [
      { dtype: "uint64", shape: [2], data: new BigUint64Array([2n ** 64n - 1n, 2n ** 53n]) },
      "[18446744073709551615,9007199254740992]",
    ],
    [{ dtype: "int64", shape: [], data: new BigInt64Array([2n ** 60n]) }, "1152921504606846976"],
    [{ dtype: "bool", shape: [2], data: new Uint8Array([1, 0]) }, "[true,false]"],
    [{ dtype: "bool", shape: [], data: new Uint8Array([0]) }, "false"],
    [{ dtype: "complex128", shape: [2], data: new Float64Array([1, 2, -0, -1e300]) }, '["1+2j","-0-1e+300j"]'],
    [
      { dtype: "complex64", shape: [2], data: new Float32Array([NaN, -Infinity, Infinity, -0]) },
      '["NaN-infj","inf-0j"]',
    ],
    [{ dtype: "complex64", shape: [], data: new Float32Array([0, 0]) }, '"0+0j"'],
    [{ dtype: "int8", shape: [0], data: new Int8Array(0) }, "[]"],
    [{ dtype: "int8", shape: [2, 0], data: new Int8Array(0) }, "[[],[]]"],
    [{ dtype: "int8", shape: [0, 2], data: new Int8Array(0) }, "[]"],
  ];
  for (const [array, text] of cases) assert.equal(await bufferText(array), text);
});

Deno.test("encode() takes arrays that begin in the middle of their buffer", async () => {
  const data = new BigInt64Array([1n, 2n, 2n ** 60n]).subarray(1);
  assert.equal(await bufferText({ dtype: "int64", shape: [2], data }), "[2,1152921504606846976]");
  assert.match(await textOf(jsonBase64, { dtype: "int64", shape: [2], data }), /"AgAAAAAAAAAAAAAAAAAAEA=="/);
});

Deno.test("encode() writes plain values as JSON does, and loses nothing of their numbers", async () => {
  const value = { n: [NaN, Infinity, -Infinity, -0, 1.5], s: 'é"\ud83d\n', big: 2n ** 64n, t: true, u: [undefined] };
  assert.equal(
    await textOf(json, value),
    '{"n":["NaN","Infinity","-Infinity",-0.0,1.5],"s":"é\\"\\ud83d\\n","big":18446744073709551616,"t":true,"u":[null]}',
  );
  assert.equal(await textOf(json, { empty: {}, none: undefined }), '{"empty":{}}');
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  // the numbers that JSON.stringify() does not keep, or that it makes integers of
  const kept = (_key: string, item: unknown) => {
    if (Object.is(item, -0)) return rawJSON("-0.0");
    return Number.isInteger(item) && !Number.isSafeInteger(item) ? rawJSON((item as number).toExponential()) : item;
  };
  await fc.assert(fc.asyncProperty(fc.jsonValue({ maxDepth: 2 }), async (tree) => {
    assert.equal(await textOf(json, tree), JSON.stringify(tree, kept));
  }));
});

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 2 ** 53, max: 1e25, noNaN: true }).map(Math.floor),
  fc.constantFrom(-0, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 64),
);

Deno.test("a float is written so that who tells integers from floats by how they are written reads the same float", () => {
  // As Python's readers do: an integer has no sign of zero, and all of its digits count.
  const readAsPython = (text: string) => /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
  const same = (read: number | bigint, value: number) =>
    typeof read === "bigint" ? !Object.is(value, -0) && read === BigInt(value) : Object.is(read, value);
  return fc.assert(fc.asyncProperty(finite, async (x) => {
    assert(same(readAsPython(await textOf(json, x)), x), "outside arrays");
    for (const dtype of ["float64", "float32", "float16"] as const) {
      const data = allocate(dtype, 1);
      data[0] = x;
      if (!Number.isFinite(data[0])) continue;
      const [scalar, vector] = [
        await bufferText({ dtype, shape: [], data }),
        await bufferText({ dtype, shape: [1], data }),
      ];
      assert(same(readAsPython(scalar), data[0] as number), `${dtype} scalar ${scalar}`);
      assert.equal(vector, `[${scalar}]`);
    }
  }));
});

Deno.test("a number outside arrays is read as the number that was written, also beyond ±(2^53-1)", async () => {
  const { node } = readSchema(z.object({ n: z.number(), any: z.unknown() }), "schema");
  await fc.assert(fc.asyncProperty(finite, async (x) => {
    const value = { n: x, any: [{ x }] };
    const decoded = await json.decode([await collect(await json.encode(value, {}))], { schema: node });
    assert.deepEqual(validate(node, decoded, "input"), { value, faults: [], omitted: 0 });
  }));
});

Deno.test("outside arrays a number is what JSON.parse() makes of it, however it is written", async () => {
  const { node } = readSchema(z.object({ n: z.number(), any: z.any(), u: z.unknown() }), "schema");
  const digits = fc.stringMatching(/^[1-9][0-9]{0,24}$/);
  const written = fc.oneof(
    digits,
    fc.tuple(digits, fc.stringMatching(/^(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?$/)).map((parts) => parts.join("")),
    fc.constantFrom("1.2345678901234567e16", "9007199254740992", "9007199254740993", "1e18", "-0", "-0.0", "1.0"),
  );
  await fc.assert(fc.asyncProperty(written, fc.boolean(), async (text, isLarge) => {
    const space = isLarge ? " ".repeat(2 ** 16) : "";
    const body = new TextEncoder().encode(`{"n":${text},"any":{"a":[${text},[${text}]]},${space}"u":${text}}`);
    const decoded = await json.decode([body], { schema: node });
    const n: number = JSON.parse(text);
    assert.deepEqual(validate(node, decoded, "input"), {
      value: { n, any: { a: [n, [n]] }, u: n },
      faults: [],
      omitted: 0,
    });
  }));
});

Deno.test("encode() makes one piece of a small result, and several of a large one", async () => {
  const small = json.encode({ a: { dtype: "int8", shape: [3], data: new Int8Array(3) } }, {}) as Iterable<Uint8Array>;
  assert.equal([...small].length, 1);
  const data = new Float64Array(300_000).fill(0.1);
  for (const format of [json, jsonBase64]) {
    for (const shape of [[300_000], [100_000, 3], [30, 10_000]]) {
      const pieces = await Array.fromAsync(await format.encode({ a: { dtype: "float64", shape, data } }, {}));
      assert(pieces.length > 1);
      assert(pieces.slice(0, -1).every((piece) => piece.length >= 2 ** 16 && piece.length < 2 ** 21));
    }
  }
});

Deno.test("encode().borrowed() gives the same chunks, and releases each when the next is asked for", async () => {
  for (const length of [3, 30_000, 300_000]) {
    const value = {
      a: { dtype: "float64", shape: [length], data: new Float64Array(length).fill(0.1) },
      b: "ü",
    } as const;
    for (const format of [json, jsonBase64]) {
      const copies: Uint8Array[] = [];
      const encoded = await format.encode(value, {});
      const borrowed = encoded.borrowed?.() ?? encoded;
      let last = new Uint8Array();
      for await (const piece of borrowed) {
        if (copies.length > 0) assert.equal(last.length, 0);
        last = piece as Uint8Array<ArrayBuffer>;
        copies.push(piece.slice());
      }
      assert.deepEqual(concat(copies), await collect(await format.encode(value, {})));
    }
  }
});

Deno.test("decode() refuses what is no UTF-8, and understands a byte order mark", async () => {
  const bytes = (...values: number[]) => [new Uint8Array(values)];
  const decode = async (chunks: readonly Uint8Array[]) => await json.decode(chunks, { schema });
  await assert.rejects(decode(bytes(0x22, 0xff, 0x22)), Undecodable);
  await assert.rejects(decode(bytes(0x22, 0xc3)), Undecodable);
  assert.equal(await decode(bytes(0xef, 0xbb, 0xbf, 0x31)), 1);
  await assert.rejects(decode([]), { name: "Undecodable", empty: true });
  await assert.rejects(decode([new Uint8Array(0)]), { name: "Undecodable", empty: true });
});

Deno.test("decode() leaves arrays as they are in abstract evaluation", async () => {
  const tree = { a: { shape: [3], dtype: "float32", data: { buffer: "", encoding: "base64" } } };
  const chunks = [new TextEncoder().encode(JSON.stringify(tree))];
  assert.deepEqual(await json.decode(chunks, { schema, abstract: true }), tree);
});
