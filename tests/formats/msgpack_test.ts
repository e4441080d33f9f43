/** msgpack: byte by byte what msgpack-numpy writes; all that it writes is read; nothing else gets through. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { allocate, bytesOf } from "../../lib/arrays/data.ts";
import { type DType, DTYPE_NAMES, DTYPES } from "../../lib/arrays/dtypes.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import { type NdArray, sizeOf } from "../../lib/arrays/ndarray.ts";
import { Undecodable } from "../../lib/formats/format.ts";
import { msgpack } from "../../lib/formats/msgpack/msgpack.ts";
import { readMsgpack } from "../../lib/formats/msgpack/read.ts";
import { writeMsgpack } from "../../lib/formats/msgpack/write.ts";
import { objectNode } from "../../lib/schema/node.ts";
import { anyArray } from "../arrays/arbitraries.ts";

/** A value of the recording. */
interface Value {
  readonly kind: "array" | "scalar" | "plain" | "bytes" | "complex" | "nested";
  readonly dtype?: DType;
  readonly shape?: readonly number[];
  readonly data_b64?: string;
  readonly value_text?: string;
  readonly value?: unknown;
  readonly re?: number;
  readonly im?: number;
}
interface Case extends Value {
  readonly id: string;
  readonly bytes_b64?: string;
  readonly bytes_b64_prefix?: string;
}

const cases: readonly Case[] = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/data/msgpack.json", import.meta.url)),
).cases;

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));

function write(value: unknown): Uint8Array {
  return new Uint8Array(writeMsgpack(value).flatMap((piece) => [...piece]));
}

/** Reads bytes that arrived in one piece. */
const unpack = (bytes: Uint8Array): unknown => readMsgpack([bytes]);

function arrayOf(dtype: DType, shape: readonly number[], bytes: Uint8Array): NdArray {
  const data = allocate(dtype, sizeOf(shape));
  bytesOf(data).set(bytes);
  return { dtype, shape, data };
}

/** A recorded value with its arrays made; `scalar` decides what becomes of the scalars. */
function build(value: unknown, scalar: (array: NdArray, inList: boolean) => unknown, inList = false): unknown {
  if (Array.isArray(value)) return value.map((item) => build(item, scalar, true));
  if (typeof value !== "object" || value === null) return value;
  const { kind, dtype, shape, data_b64, value_text, value: inner, re, im } = value as Value;
  switch (kind) {
    case "array":
      return arrayOf(dtype!, shape!, fromBase64(data_b64!));
    case "scalar":
      return scalar(arrayOf(dtype!, [], fromBase64(data_b64!)), inList);
    case "plain":
      if (value_text === "NaN") return NaN;
      return /^-?\d{16,}$/.test(value_text!) ? BigInt(value_text!) : JSON.parse(value_text!);
    case "bytes":
      return fromBase64(data_b64!);
    case "complex":
      return { dtype: "complex128", shape: [], data: new Float64Array([re!, im!]) };
    case "nested":
      return build(inner, scalar);
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, build(item, scalar)]));
  }
}

/** In a plain list scalars are read as plain values, since arrays are read from such lists; float64 is one anywhere. */
const read = (array: NdArray, inList: boolean) => array.dtype === "float64" || inList ? Number(array.data[0]) : array;

Deno.test("readMsgpack() reads all that msgpack-numpy wrote", () => {
  const complete = cases.filter(({ bytes_b64 }) => bytes_b64 !== undefined);
  assert.ok(complete.length > 100);
  for (const recorded of complete) {
    assert.deepEqual(unpack(fromBase64(recorded.bytes_b64!)), build(recorded, read), recorded.id);
  }
});

Deno.test("writeMsgpack() writes byte by byte what msgpack-numpy wrote", () => {
  for (const recorded of cases) {
    const { id, kind, bytes_b64 } = recorded;
    // Not ours to write: other forms for reading only, arrays of rank 0 (scalars here), Python's own complex numbers.
    if (/^(input-|rank-0-|big-endian)/.test(id) || kind === "complex" || bytes_b64 === undefined) continue;
    assert.equal(hex(write(build(recorded, (array) => array))), hex(fromBase64(bytes_b64)), id);
  }
});

Deno.test("writeMsgpack() gives a large array as a piece of its own, not copied", () => {
  const data = new Uint8Array(70_000);
  const value = { dtype: "uint8", shape: [70_000], data };
  const pieces = writeMsgpack([value, value, "end"]);
  assert.deepEqual(pieces.map((piece) => piece.buffer === data.buffer), [false, true, false, true, false]);
  const prefix = fromBase64(cases.find(({ id }) => id === "bin32")!.bytes_b64_prefix!);
  assert.equal(hex(write(value).subarray(0, prefix.length)), hex(prefix));
  assert.deepEqual(unpack(write([value, value, "end"])), [value, value, "end"]);
});

Deno.test("an array of any dtype and shape is read as it was written; a scalar keeps its dtype but for float64", () => {
  for (const dtype of DTYPE_NAMES) {
    fc.assert(
      fc.property(anyArray(dtype), (array) => {
        const back = unpack(write(array));
        if (array.shape.length === 0 && dtype === "float64") assert.ok(Object.is(back, array.data[0]));
        else assert.deepEqual(back, array);
      }),
      { seed: 6, numRuns: 100 },
    );
  }
});

Deno.test("big-endian elements of all widths are turned round", () => {
  for (const dtype of DTYPE_NAMES) {
    const { bytes, components, numpy } = DTYPES[dtype];
    fc.assert(
      fc.property(anyArray(dtype), (array) => {
        const swapped = bytesOf(array.data).slice();
        const width = bytes / components;
        for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
        const type = `>${numpy.slice(1)}`;
        const map = { nd: true, type, kind: new Uint8Array(0), shape: array.shape, data: swapped };
        assert.deepEqual(unpack(write(map)), array);
      }),
      { seed: 7, numRuns: 20 },
    );
  }
});

const anyTree = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.array(tie("tree"), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie("tree"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).tree;

Deno.test("every JSON value is read as it was written", () => {
  fc.assert(
    fc.property(anyTree, (tree) => assert.deepEqual(unpack(write(tree)), tree)),
    { seed: 8, numRuns: 2000 },
  );
});

/** The bytes in pieces, some of which may be empty. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.slice(ends[i - 1] ?? 0, end));
}

Deno.test("wherever the bytes are cut into pieces, the value is the same", () => {
  const values = fc.oneof(anyTree, ...DTYPE_NAMES.map((dtype) => anyArray(dtype)));
  fc.assert(
    fc.property(fc.array(values, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (value, cuts) => {
      const bytes = write(value);
      assert.deepEqual(readMsgpack(pieces(bytes, cuts)), unpack(bytes));
      assert.throws(() => readMsgpack(pieces(bytes.subarray(0, -1), cuts)), Undecodable);
    }),
    { seed: 11, numRuns: 1000 },
  );
});

Deno.test("the bytes of an array that arrive in pieces are copied once, those that arrive alone not at all", () => {
  const data = Float64Array.from({ length: 10_000 }, Math.sqrt);
  const written = writeMsgpack({ dtype: "float64", shape: [10_000], data });
  const alone = readMsgpack(written) as NdArray;
  assert.equal(alone.data.buffer, data.buffer);
  const [head, elements] = written as [Uint8Array, Uint8Array];
  const cut = readMsgpack([head, elements.slice(0, 5), elements.slice(5)]) as NdArray;
  assert.deepEqual(cut, alone);
  assert.equal(cut.data.byteLength, cut.data.buffer.byteLength);
});

Deno.test("integers take as few bytes as in Python", () => {
  const sizes: [number | bigint, string][] = [
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32768, "d18000"],
    [-32769, "d2ffff7fff"],
    [-(2 ** 31), "d280000000"],
    [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65535, "cdffff"],
    [65536, "ce00010000"],
    [2 ** 32 - 1, "ceffffffff"],
    [2 ** 32, "cf0000000100000000"],
    [5n, "05"],
    [2n ** 64n - 1n, "cfffffffffffffffff"],
    [-(2n ** 63n), "d38000000000000000"],
    [-0, "cb8000000000000000"],
    [1e300, "cb7e37e43c8800759c"],
  ];
  for (const [value, bytes] of sizes) {
    assert.equal(hex(write(value)), bytes);
    const back = typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
    assert.ok(Object.is(unpack(fromHex(bytes)), back), String(value));
  }
});

Deno.test("what is left out of an object is not written, and what cannot be written is found at once", () => {
  assert.equal(hex(write({ a: undefined, b: [undefined] })), "81a16291c0");
  for (const value of [2n ** 64n, -(2n ** 63n) - 1n]) {
    assert.throws(() => msgpack.encode({ value }, {}), TypeError);
  }
});

Deno.test("bytes that are no payload are refused with a reason", () => {
  const reasons: [string, RegExp][] = [
    ["", /empty/],
    ["c1", /not msgpack/],
    ["01 01", /more after the payload/],
    ["92 01", /it is incomplete/],
    ["dd ff ff ff ff 01", /it is incomplete/],
    ["df ff ff ff ff a1 61 01", /it is incomplete/],
    ["db ff ff ff ff 61", /it is incomplete/],
    ["c6 ff ff ff ff 61", /it is incomplete/],
    ["cb 00 00", /it is incomplete/],
    ["d4 05 01", /extension type/],
    ["d6 ff 00 00 00 00", /extension type/],
    ["c7 00 01", /extension type/],
    ["a2 c3 28", /not UTF-8/],
    ["a3 ed a0 80", /not UTF-8/],
    ["81 01 c3", /key of a map is not a string/],
    ["81 c0 c3", /key of a map is not a string/],
    ["81 c4 01 61 c3", /key of a map is not a string/],
    ["91".repeat(257) + "c0", /deeper than 256/],
    ["91".repeat(100_000), /deeper than 256/],
    ["81 a1 61".repeat(257) + "c0", /deeper than 256/],
  ];
  for (const [text, reason] of reasons) {
    assert.throws(() => unpack(fromHex(text)), (error) => {
      assert.ok(error instanceof Undecodable);
      assert.match(error.message, reason);
      assert.equal(error.empty, text === "");
      return true;
    });
  }
  assert.doesNotThrow(() => unpack(fromHex("91".repeat(256) + "c0")));
});

Deno.test("a key __proto__ stays a key", () => {
  const tree = unpack(write(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'))) as object;
  assert.deepEqual(Object.keys(tree), ["__proto__", "a"]);
  assert.equal(Object.getPrototypeOf(tree), Object.prototype);
  assert.equal("polluted" in tree, false);
});

const SHAPES = [
  ...[[-1], [0.5], "1", null, [0, 2 ** 40], Array(65).fill(1)].map((shape) => [shape, "array_shape_mismatch"]),
  [undefined, "missing"],
] as const;

Deno.test("a map of NumPy that is no array of numbers is a fault in its place", () => {
  const map = { nd: true, type: "<f8", kind: new Uint8Array(0), shape: [1], data: new Uint8Array(8) };
  const wrong: [object, RegExp][] = [
    [{ type: "|O" }, /type is "\|O"/],
    [{ type: "<U3" }, /type is "<U3"/],
    [{ type: "<M8[ns]" }, /type/],
    [{ type: "<f16" }, /type/],
    [{ type: "__proto__" }, /type/],
    [{ type: [["x", "<f8"]], kind: new Uint8Array([0x56]) }, /kind is "V"/],
    [{ type: [["x", "<f8"]] }, /structured/],
    [{ kind: new Uint8Array([0x4f]) }, /kind is "O"/],
    [{ data: "text" }, /not binary/],
    [{ data: new Uint8Array(7) }, /7 bytes, expected 8 for float64 in shape \[1\]/],
    [{ shape: [2 ** 40] }, /8 bytes/],
    [{ shape: [2 ** 31, 2 ** 31, 2 ** 31] }, /8 bytes/],
    [{ nd: false, data: new Uint8Array(16) }, /16 bytes/],
  ];
  for (const [change, error] of wrong) {
    const { at } = unpack(write({ at: { ...map, ...change } })) as { at: ArrayFault };
    assert.ok(at instanceof ArrayFault);
    assert.equal(at.type, "array_decode_error");
    assert.equal(at.ctx["encoding"], "msgpack");
    assert.match(String(at.ctx["error"]), error);
  }
  for (const [shape, type] of SHAPES) {
    const fault = unpack(write({ ...map, shape })) as ArrayFault;
    assert.equal(fault.type, type);
  }
});

Deno.test("objects with some of the keys of such a map are objects", () => {
  for (const tree of [{ nd: true }, { nd: 1, type: "<f8", data: 0 }, { complex: true, data: "1j" }]) {
    assert.deepEqual(unpack(write(tree)), tree);
  }
});

Deno.test("booleans other than 0 and 1 are true", () => {
  const map = { nd: true, type: "|b1", kind: "", shape: [3], data: new Uint8Array([0, 1, 2]) };
  assert.deepEqual(unpack(write(map)), { dtype: "bool", shape: [3], data: new Uint8Array([0, 1, 1]) });
});

Deno.test("scalars of NumPy in a plain list are its elements", () => {
  const scalar = (dtype: DType, ...values: (number | bigint)[]): NdArray => ({
    dtype,
    shape: [],
    data: DTYPES[dtype].bytes === 8 && DTYPES[dtype].kind === "integer"
      ? new BigInt64Array(values.map(BigInt))
      : new (DTYPES[dtype].array as Float64ArrayConstructor)(values.map(Number)),
  });
  const list = [scalar("int64", 7), scalar("int64", 2n ** 60n), scalar("bool", 1), scalar("float16", 0.5)];
  assert.deepEqual(unpack(write(list)), [7, 2n ** 60n, true, 0.5]);
  assert.deepEqual(unpack(write([scalar("complex64", -0, 2)])), ["-0+2j"]);
});

Deno.test("msgpack.decode() takes bytes in pieces, and encoded arrays where the schema expects arrays", async () => {
  const type = { dtype: "float64", shape: [null], differentiable: false } as const;
  const schema = objectNode({
    a: { kind: "array", type, hasArrays: true },
    b: { kind: "array", type, hasArrays: true },
  });
  const a = { dtype: "float64", shape: [2], data: new Float64Array([1, 2]) } as const;
  const b = { shape: [2], dtype: "float64", data: { buffer: [1, 2], encoding: "json" } };
  const bytes = write({ a, b });
  const pieces = [bytes.subarray(0, 5), bytes.subarray(5, 50), bytes.subarray(50)];
  assert.deepEqual(await msgpack.decode(pieces, { schema }), { a, b: a });
  assert.deepEqual(await msgpack.decode([bytes], { schema, abstract: true }), { a, b });
});

Deno.test("bytes are no array: nobody said of which dtype", async () => {
  const type = { dtype: "uint8", shape: [null], differentiable: false } as const;
  const any = { kind: "leaf", type: "any", needsZod: false, hasArrays: false } as const;
  const schema = objectNode({ a: { kind: "array", type, hasArrays: true }, b: any });
  const bytes = new Uint8Array([1, 2, 3]);
  const { a, b } = await msgpack.decode([write({ a: bytes, b: bytes })], { schema }) as Record<string, unknown>;
  assert.equal((a as ArrayFault).type, "array_non_numeric");
  assert.deepEqual(b, bytes);
});

Deno.test("100,000 damaged payloads end in an error or a value", () => {
  const originals = cases.flatMap(({ bytes_b64 }) => bytes_b64 === undefined ? [] : [fromBase64(bytes_b64)]);
  const byte = fc.integer({ min: 0, max: 255 });
  const change = fc.tuple(fc.nat(), byte, fc.boolean());
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.array(change, { minLength: 100, maxLength: 100 }),
      (original, all) => {
        for (const [where, value, cut] of all) {
          const at = where % original.length;
          const bytes = original.slice(0, cut ? at : original.length);
          if (!cut) bytes[at] = value & 1 ? value : bytes[at]! ^ (1 << (value >> 1) % 8);
          try {
            unpack(bytes);
          } catch (error) {
            if (!(error instanceof Undecodable)) throw error;
          }
        }
      },
    ),
    { seed: 9, numRuns: 1000 },
  );
});

Deno.test("random bytes end in an error or in a value of no more elements than there are bytes", () => {
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + count(item), 1);
    if (typeof value !== "object" || value === null || value instanceof ArrayFault) return 1;
    if (value instanceof Uint8Array) return value.length;
    const { shape } = value as Partial<NdArray>;
    return shape === undefined
      ? Object.values(value).reduce((sum: number, item) => sum + count(item), 1)
      : sizeOf(shape);
  };
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      try {
        assert.ok(count(unpack(bytes)) <= bytes.length);
      } catch (error) {
        if (!(error instanceof Undecodable)) throw error;
      }
    }),
    { seed: 10, numRuns: 5000 },
  );
});
