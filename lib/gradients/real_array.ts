/**
 * Arrays as the real numbers that derivatives are computed with: always float64; callers round them where an array has
 * fewer digits.
 * @module
 */
import { toArray } from "../arrays/coerce.ts";
import { allocate } from "../arrays/data.ts";
import { type DType, DTYPES } from "../arrays/dtypes.ts";
import { ANY_ARRAY, isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";

/** An array in float64. */
export interface RealArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * An array, a typed array, nested lists or a number as a new array in float64.
 * Throws a `TypeError`, which begins with `what`, for complex numbers: a derivative by one would have to say whether it
 * is the complex one, and most functions of complex numbers have none. For booleans, too.
 */
export function toRealArray(value: unknown, what: string): RealArray {
  if (typeof value === "number") return { shape: [], data: Float64Array.of(value) };
  const { dtype, shape, data } = isNdArray(value) ? value : toArray(value, ANY_ARRAY);
  if (!isReal(dtype)) throw new TypeError(`${what} is ${dtype}; derivatives are of real numbers only`);
  if (dtype === "int64" || dtype === "uint64") return { shape, data: Float64Array.from(data as BigInt64Array, Number) };
  return { shape, data: new Float64Array(data as Float64Array) };
}

const isReal = (dtype: DType): boolean => DTYPES[dtype].kind === "float" || DTYPES[dtype].kind === "integer";

/** The dtypes that can be moved by a small step. */
export type FloatDType = "float16" | "float32" | "float64";

export const isFloat = (dtype: DType): dtype is FloatDType => DTYPES[dtype].kind === "float";

/** Half the distance from 1 to the next larger number: the relative error of rounding. */
export const ROUNDING: Readonly<Record<FloatDType, number>> = {
  float16: 2 ** -11,
  float32: 2 ** -24,
  float64: 2 ** -53,
};

/** An array of a float dtype with these values, rounded. */
export function toFloat(dtype: FloatDType, { shape, data }: RealArray): NdArray {
  return { dtype, shape: [...shape], data: new DTYPES[dtype].array(data) };
}

/** Zeros, to be written to. */
export function zeros<D extends FloatDType>(dtype: D, shape: readonly number[]): NdArray<D> {
  return { dtype, shape: [...shape], data: allocate(dtype, sizeOf(shape)) };
}

/** An array of zeros, but for a 1 at a position, if there is such a position. */
export function unitVector(dtype: FloatDType, shape: readonly number[], position: number): NdArray {
  const vector = zeros(dtype, shape);
  if (position < vector.data.length) vector.data[position] = 1;
  return vector;
}

/** The sum of the products of two vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
