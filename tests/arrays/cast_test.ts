import assert from "node:assert/strict";
import fc from "fast-check";
import { canCast, castArray } from "../../lib/arrays/cast.ts";
import { allocate, bytesOf } from "../../lib/arrays/data.ts";
import { type DType, DTYPE_NAMES, DTYPES } from "../../lib/arrays/dtypes.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { anyArray } from "./arbitraries.ts";
import { faultOf } from "./faults.ts";

type Recorded = string | { type: string };
interface Casting {
  values: Record<DType, { text: string; hex: string }[]>;
  accepted: Record<string, Record<DType, Record<DType, boolean>>>;
  results: Record<string, Record<DType, Record<DType, Recorded[] | { type: string }>>>;
}

const casting: Casting = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/data/casting.json", import.meta.url)),
);
const VERSION = "1.15.0";

function arrayOfHex(dtype: DType, hex: string): NdArray {
  const data = allocate(dtype, 1);
  bytesOf(data).set(Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16)));
  return { dtype, shape: [1], data };
}

const hexOf = (array: NdArray) => [...bytesOf(array.data)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

Deno.test("castArray() does with every recorded value and pair of dtypes what NumPy does", () => {
  let compared = 0;
  for (const from of DTYPE_NAMES) {
    for (const to of DTYPE_NAMES) {
      assert.equal(canCast(from, to), casting.accepted[VERSION]![from][to], `${from} to ${to}`);
      const recorded = casting.results[VERSION]![from][to];
      casting.values[from].forEach(({ text, hex }, i) => {
        const what = `${text} from ${from} to ${to}`;
        const array = arrayOfHex(from, hex);
        // The contract has a type of its own for casts downwards.
        const expected = Array.isArray(recorded) ? recorded[i]! : { type: "array_dtype_mismatch" };
        if (typeof expected === "string") assert.equal(hexOf(castArray(array, to)), expected, what);
        else assert.equal(faultOf(() => castArray(array, to))?.type, expected.type, what);
        compared++;
      });
    }
  }
  assert(compared > 2000, `${compared} compared`);
});

Deno.test("castArray() returns the same array where the dtype is the same", () => {
  const array: NdArray = { dtype: "int8", shape: [2], data: new Int8Array([1, 2]) };
  assert.equal(castArray(array, "int8"), array);
});

Deno.test("castArray() keeps the shape and names the value that does not fit", () => {
  const array: NdArray = { dtype: "float64", shape: [2, 1], data: new Float64Array([1, -1e300]) };
  assert.deepEqual(castArray(array, "complex128").shape, [2, 1]);
  assert.deepEqual(faultOf(() => castArray(array, "float32"))?.ctx, {
    expected_dtype: "float32",
    value: "-1e+300",
    index: [1, 0],
  });
  const pairs: NdArray = { dtype: "complex128", shape: [1], data: new Float64Array([1, -1e300]) };
  assert.equal(faultOf(() => castArray(pairs, "complex64"))?.ctx["value"], "1-1e+300j");
});

Deno.test("castArray() of integers keeps each value or refuses it", () => {
  const integers = DTYPE_NAMES.filter((name) => DTYPES[name].kind === "integer");
  fc.assert(
    fc.property(fc.constantFrom(...integers), fc.constantFrom(...integers), fc.infiniteStream(fc.bigInt()), run),
  );
  function run(from: DType, to: DType, stream: Iterable<bigint>) {
    const range = DTYPES[to] as { min: bigint; max: bigint };
    const values: bigint[] = [];
    for (const value of stream) if (values.push(BigInt.asIntN(64, value)) === 5) break;
    const source = allocate(from, 5);
    // Written as bytes, so that each value wraps to one of the source's dtype.
    const bits = BigInt64Array.from(values);
    const size = source.BYTES_PER_ELEMENT;
    for (let i = 0; i < 5; i++) bytesOf(source).set(bytesOf(bits).subarray(8 * i, 8 * i + size), i * size);
    const exact = Array.from(source as Int32Array, BigInt);
    const outside = exact.find((value) => value < range.min || value > range.max);
    const array = { dtype: from, shape: [5], data: source } as NdArray;
    if (outside === undefined) {
      assert.deepEqual(Array.from(castArray(array, to).data as Int32Array, BigInt), exact);
    } else {
      assert.deepEqual(faultOf(() => castArray(array, to))?.ctx, {
        expected_dtype: to,
        value: String(outside),
        index: [exact.indexOf(outside)],
      });
    }
  }
});

/** The nearest float32 of a 64-bit integer, ties to even, by comparing exactly with both neighbours. */
function nearestFloat32(value: bigint): number {
  const guess = Math.fround(Number(value));
  const bits = new Int32Array(new Float32Array([guess]).buffer)[0]!;
  const candidates = [bits - 1, bits, bits + 1].map((b) => new Float32Array(new Int32Array([b]).buffer)[0]!);
  const distance = (x: number) => value > BigInt(x) ? value - BigInt(x) : BigInt(x) - value;
  const isEven = (x: number) => new Int32Array(new Float32Array([x]).buffer)[0]! % 2 === 0;
  return candidates.reduce((best, x) => {
    const [a, b] = [distance(x), distance(best)];
    return a < b || a === b && isEven(x) ? x : best;
  });
}

Deno.test("castArray() rounds a 64-bit integer to float32 once, to the nearest", () => {
  const edge = fc.tuple(fc.integer({ min: 24, max: 62 }), fc.bigInt({ min: -3n, max: 3n }), fc.bigInt(0n, 2n ** 24n))
    .map(([power, near, step]) => {
      // Close to the middle between two neighbouring float32.
      const spacing = 1n << BigInt(power - 23);
      return BigInt.asIntN(64, (1n << BigInt(power)) + (step % (1n << 23n)) * spacing + spacing / 2n + near);
    });
  fc.assert(fc.property(fc.oneof(edge, edge.map((v) => -v), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), (value) => {
    if (value > -(2n ** 24n) && value < 2n ** 24n) return;
    const array: NdArray = { dtype: "int64", shape: [], data: new BigInt64Array([value]) };
    assert.equal(castArray(array, "float32").data[0], nearestFloat32(value));
  }));
});

Deno.test("castArray() upwards and back down keeps every bit", () => {
  const wider: [DType, DType][] = [
    ["float16", "float32"],
    ["float16", "float64"],
    ["float32", "float64"],
    ["complex64", "complex128"],
  ];
  for (const [narrow, wide] of wider) {
    fc.assert(fc.property(anyArray(narrow), (array) => {
      assert.deepEqual(castArray(castArray(array, wide), narrow), array);
    }));
  }
});
