import { outOfRange } from "./cast.ts";
import { allocate } from "./data.ts";
import { type DataOf, type DType, DTYPES } from "./dtypes.ts";
import { ArrayFault, atElement } from "./fault.ts";
import { readComplex } from "./infer.ts";
import { eachRow } from "./nesting.ts";
import { sizeOf } from "./ndarray.ts";
import { parseNotFinite, realText, roundToOdd } from "./numbers.ts";

type Write = (index: number, element: unknown) => void;

/**
 * The elements of nested lists of shape `shape` as data of `dtype`. Faults: `array_expected_integer` for a fraction
 * in an integer dtype, `array_value_out_of_range`, and `array_non_numeric` for an element that is not a number
 * (`null` and strings stand for numbers in float and complex arrays only). For bool everything but 0 is true.
 */
export function fill(value: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  const data = allocate(dtype, sizeOf(shape));
  const writeElement = writer(dtype, data);
  const write: Write = (index, element) => {
    try {
      writeElement(index, element);
    } catch (fault) {
      throw fault instanceof ArrayFault ? atElement(fault, shape, index, element) : fault;
    }
  };
  // Plain numbers in a loop of their own, for speed; every other element goes through `write`.
  const { kind } = DTYPES[dtype];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) fillInt64(value, shape, data, write);
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
      const element = row[i];
      if (typeof element !== "number") write(start + i, element);
      else {
        data[start + i] = element;
        if (narrow && !Number.isFinite(data[start + i])) write(start + i, element);
      }
    }
  });
}

function fillIntegers(value: unknown, shape: readonly number[], data: Int32Array, write: Write): void {
  eachRow(value, shape, (row, start) => {
    for (let i = 0; i < row.length; i++) {
      const element = row[i];
      if (typeof element === "number") data[start + i] = element;
      // Not stored as it is: a fraction, out of range, or not a number (`write` takes booleans and bigints).
      if (data[start + i] !== element) write(start + i, element);
    }
  });
}

/** Writes the two halves of each 64-bit integer: making a bigint of every number takes ten times as long. */
function fillInt64(
  value: unknown,
  shape: readonly number[],
  data: BigInt64Array | BigUint64Array,
  write: Write,
): void {
  const halves = new Uint32Array(data.buffer);
  const lowest = data instanceof BigUint64Array ? 0 : Number.MIN_SAFE_INTEGER;
  eachRow(value, shape, (row, start) => {
    for (let i = 0; i < row.length; i++) {
      const element = row[i];
      if (Number.isSafeInteger(element) && (element as number) >= lowest) {
        halves[2 * (start + i)] = element as number;
        halves[2 * (start + i) + 1] = Math.floor((element as number) / 4294967296);
      } else write(start + i, element);
    }
  });
}

/** A function that writes any element, or throws the fault of it. */
function writer(dtype: DType, target: DataOf<DType>): Write {
  const info = DTYPES[dtype];
  if (info.kind === "bool") {
    return (index, element) => {
      target[index] = readNumber(element) == 0 ? 0 : 1;
    };
  }
  if (info.kind === "integer") return integerWriter(dtype, target, info.min, info.max);
  const data = target as Float64Array;
  const round = data.BYTES_PER_ELEMENT === 8 ? Number : roundToOdd;
  const writeFloat: Write = (index, element) => {
    const value = element === null ? NaN : parseNotFinite(element) ?? readNumber(element);
    const is64Bit = typeof value === "bigint" && value >= DTYPES.int64.min && value <= DTYPES.uint64.max;
    data[index] = is64Bit ? round(value) : Number(value);
    if (!Number.isFinite(data[index]) && (typeof value === "bigint" || Number.isFinite(value))) {
      throw outOfRange(dtype, typeof value === "bigint" ? String(value) : realText(value));
    }
  };
  if (info.kind === "float") return writeFloat;
  return (index, element) => {
    const { re, im } = readComplex(element) ?? { re: element, im: element === null ? NaN : 0 };
    writeFloat(2 * index, re);
    writeFloat(2 * index + 1, im);
  };
}

function integerWriter(dtype: DType, data: DataOf<DType>, min: bigint, max: bigint): Write {
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return (index, element) => {
    const value = readNumber(element);
    if (typeof value === "number" && !Number.isInteger(value)) throw new ArrayFault("array_expected_integer");
    if (value < min || value > max) throw outOfRange(dtype, String(value));
    if (isBig) data[index] = BigInt(value);
    else data[index] = Number(value);
  };
}

function readNumber(element: unknown): number | bigint {
  if (typeof element === "number" || typeof element === "bigint") return element;
  if (typeof element === "boolean") return element ? 1 : 0;
  throw new ArrayFault("array_non_numeric");
}
