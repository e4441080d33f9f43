/**
 * Casts between dtypes. Kinds are ordered bool < integer < float < complex; casts within a kind or upwards are allowed,
 * downwards never. A value that does not fit is a fault: nothing wraps around.
 * @module
 */
import { allocate } from "./data.ts";
import { type DataOf, type DType, DTYPES, type Kind } from "./dtypes.ts";
import { ArrayFault, atElement } from "./fault.ts";
import { type NdArray, sizeOf } from "./ndarray.ts";
import { complexText, realText, roundToOdd } from "./numbers.ts";

const RANK: Readonly<Record<Kind, number>> = { bool: 0, integer: 1, float: 2, complex: 3 };

/** May arrays of dtype `from` be cast to `to`? (Single values may still not fit.) */
export function canCast(from: DType, to: DType): boolean {
  return isUpward(DTYPES[from].kind, to);
}

/** May numbers of this kind be cast to dtype `to`? */
export function isUpward(kind: Kind, to: DType): boolean {
  return RANK[kind] <= RANK[DTYPES[to].kind];
}

/**
 * The array with another dtype; the same array where the dtype is the same.
 *
 * Throws the fault `array_dtype_mismatch` for a cast downwards, `array_value_out_of_range` for an integer that does
 * not fit and for a finite number that would become infinite.
 */
export function castArray(array: NdArray, dtype: DType): NdArray {
  if (array.dtype === dtype) return array;
  if (!canCast(array.dtype, dtype)) {
    throw new ArrayFault("array_dtype_mismatch", { actual_dtype: array.dtype, expected_dtype: dtype });
  }
  const to = DTYPES[dtype];
  const data = to.kind === "integer" ? castIntegers(array, dtype, to) : castFloats(array, dtype);
  return { dtype, shape: array.shape, data };
}

/** `array_value_out_of_range`: the value does not fit into the dtype. */
export function outOfRange(dtype: DType, value: string): ArrayFault {
  return new ArrayFault("array_value_out_of_range", { expected_dtype: dtype, value });
}

function castIntegers(
  { data: source, shape }: NdArray,
  dtype: DType,
  { min, max, array: Data }: { min: bigint; max: bigint; array: (typeof DTYPES)[DType]["array"] },
): DataOf<DType> {
  const checkRange = <T extends number | bigint>(source: ArrayLike<T>, min: T, max: T) => {
    for (let i = 0; i < source.length; i++) {
      const value = source[i]!;
      if (value < min || value > max) throw atElement(outOfRange(dtype, String(value)), shape, i, value);
    }
  };
  if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    checkRange(source, min, max);
    if (Data === BigInt64Array || Data === BigUint64Array) return new Data(source);
    return (Data as Int32ArrayConstructor).from(source as unknown as ArrayLike<bigint>, Number);
  }
  const lowest = Number(min);
  const highest = Number(max);
  checkRange(source, lowest, highest);
  if (Data === BigInt64Array || Data === BigUint64Array) return Data.from(Array.from(source as Int32Array, BigInt));
  return new (Data as Int32ArrayConstructor)(source);
}

/** The elements as floats or complex numbers. */
function castFloats({ dtype: from, data: source, shape }: NdArray, dtype: DType): DataOf<DType> {
  const { components } = DTYPES[from];
  // From real to complex, component i becomes component 2 * i: the imaginary parts stay 0.
  const step = DTYPES[dtype].components / components;
  const data = allocate(dtype, sizeOf(shape)) as Float64Array<ArrayBuffer>;
  if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    const round = data.BYTES_PER_ELEMENT === 8 ? Number : roundToOdd;
    for (let i = 0; i < source.length; i++) {
      data[i * step] = round(source[i]!);
      if (!Number.isFinite(data[i * step])) throw atElement(outOfRange(dtype, String(source[i])), shape, i, source[i]);
    }
    return data;
  }
  for (let i = 0; i < source.length; i++) {
    const value = source[i]!;
    data[i * step] = value;
    if (!Number.isFinite(data[i * step]) && Number.isFinite(value)) {
      const first = i - i % components;
      const text = components === 2 ? complexText(source[first]!, source[first + 1]!) : realText(value);
      throw atElement(outOfRange(dtype, text), shape, first / components, value);
    }
  }
  return data;
}
