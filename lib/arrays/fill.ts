/**
 * Nested lists into typed arrays, of a dtype that is known.
 * @module
 */
import { outOfRange } from "./cast.ts";
import { allocate } from "./data.ts";
import { type DataOf, type DType, DTYPES } from "./dtypes.ts";
import { ArrayFault } from "./fault.ts";
import { readComplex } from "./infer.ts";
import { eachRow } from "./nesting.ts";
import { sizeOf } from "./ndarray.ts";
import { oddNumber, parseNotFinite, realText } from "./numbers.ts";

/** Writes one element. */
type Write = (index: number, leaf: unknown) => void;

/**
 * The elements of nested lists of shape `shape` as data of `dtype`. Faults: `array_expected_integer` for a fraction
 * in an integer dtype, `array_value_out_of_range`, and `array_non_numeric` for what is no number of that kind
 * (`null` and texts have a meaning for floats and complex numbers only). For bool everything but 0 is true.
 */
export function fill(value: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  const data = allocate(dtype, sizeOf(shape));
  const write = writer(dtype, data);
  // The common case in a loop of its own, everything else one by one: this is what large lists wait for.
  const { kind } = DTYPES[dtype];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) fillHalves(value, shape, data, write);
  else if (kind === "float") fillFloats(value, shape, data as Float64Array, write);
  else if (kind === "integer") fillIntegers(value, shape, data as Int32Array, write);
  else {
    eachRow(value, shape, (row, start) => {
      for (let i = 0; i < row.length; i++) write(start + i, row[i]);
    });
  }
  return data;
}

function fillFloats(value: unknown, shape: readonly number[], data: Float64Array, write: Write): void {
  const narrow = data.BYTES_PER_ELEMENT < 8;
  eachRow(value, shape, (row, start) => {
    for (let i = 0; i < row.length; i++) {
      const leaf = row[i];
      if (typeof leaf !== "number") write(start + i, leaf);
      else {
        data[start + i] = leaf;
        if (narrow && !Number.isFinite(data[start + i])) write(start + i, leaf);
      }
    }
  });
}

function fillIntegers(value: unknown, shape: readonly number[], data: Int32Array, write: Write): void {
  eachRow(value, shape, (row, start) => {
    for (let i = 0; i < row.length; i++) {
      const leaf = row[i];
      if (typeof leaf === "number") data[start + i] = leaf;
      // Not what was given: a fraction, out of range, or no number at all.
      if (data[start + i] !== leaf) write(start + i, leaf);
    }
  });
}

/** The 64-bit integers as pairs of 32 bits, because making a bigint of every number takes ten times as long. */
function fillHalves(
  value: unknown,
  shape: readonly number[],
  data: BigInt64Array | BigUint64Array,
  write: Write,
): void {
  const halves = new Uint32Array(data.buffer);
  const lowest = data instanceof BigUint64Array ? 0 : Number.MIN_SAFE_INTEGER;
  eachRow(value, shape, (row, start) => {
    for (let i = 0; i < row.length; i++) {
      const leaf = row[i];
      if (Number.isSafeInteger(leaf) && (leaf as number) >= lowest) {
        halves[2 * (start + i)] = leaf as number;
        halves[2 * (start + i) + 1] = Math.floor((leaf as number) / 4294967296);
      } else write(start + i, leaf);
    }
  });
}

/** Writes any leaf, or says what is wrong with it. */
function writer(dtype: DType, target: DataOf<DType>): Write {
  const info = DTYPES[dtype];
  if (info.kind === "bool") {
    return (index, leaf) => {
      target[index] = readNumber(leaf) == 0 ? 0 : 1;
    };
  }
  if (info.kind === "integer") return integerWriter(dtype, target, info.min, info.max);
  const data = target as Float64Array;
  const round = data.BYTES_PER_ELEMENT === 8 ? Number : oddNumber;
  const writeReal: Write = (index, leaf) => {
    const value = leaf === null ? NaN : parseNotFinite(leaf) ?? readNumber(leaf);
    const is64Bit = typeof value === "bigint" && value >= DTYPES.int64.min && value <= DTYPES.uint64.max;
    data[index] = is64Bit ? round(value) : Number(value);
    if (!Number.isFinite(data[index]) && (typeof value === "bigint" || Number.isFinite(value))) {
      throw outOfRange(dtype, typeof value === "bigint" ? String(value) : realText(value));
    }
  };
  if (info.kind === "float") return writeReal;
  return (index, leaf) => {
    const { re, im } = readComplex(leaf) ?? { re: leaf, im: leaf === null ? NaN : 0 };
    writeReal(2 * index, re);
    writeReal(2 * index + 1, im);
  };
}

function integerWriter(dtype: DType, data: DataOf<DType>, min: bigint, max: bigint): Write {
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return (index, leaf) => {
    const value = readNumber(leaf);
    if (typeof value === "number" && !Number.isInteger(value)) throw new ArrayFault("array_expected_integer");
    if (value < min || value > max) throw outOfRange(dtype, String(value));
    if (isBig) data[index] = BigInt(value);
    else data[index] = Number(value);
  };
}

function readNumber(leaf: unknown): number | bigint {
  if (typeof leaf === "number" || typeof leaf === "bigint") return leaf;
  if (typeof leaf === "boolean") return leaf ? 1 : 0;
  throw new ArrayFault("array_non_numeric");
}
