import { type Complex, type DataOf, type DType, DTYPES, isDType } from "./dtypes.ts";

/** The size that a type prescribes for one dimension: a number, `null` for any, or a name (schema/named_sizes.ts). */
export type Dimension = number | string | null;

/** The sizes that a type prescribes; `null` as a whole for any rank and size. */
export type Shape = readonly Dimension[] | null;

/** The sizes of an array whose type prescribes `S`: as many numbers as `S` has entries. */
export type SizesOf<S extends Shape> = S extends readonly Dimension[] ? { readonly [K in keyof S]: number }
  : readonly number[];

/**
 * An array in memory: elements in C order (last index fastest) in the typed array that belongs to the dtype.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import type { NdArray } from "@tesseract/runtime";
 *
 * const a: NdArray<"float32", [null, null]> = { dtype: "float32", shape: [2, 1], data: new Float32Array([1, 2]) };
 * assert.equal(a.data[1], 2); // a[1, 0]
 * ```
 */
export interface NdArray<D extends DType = DType, S extends Shape = Shape> {
  readonly dtype: D;
  readonly shape: SizesOf<S>;
  readonly data: DataOf<D>;
}

/** An array type: what a schema expects of an array. `dtype` `null` is any dtype, `shape` `null` any rank and size. */
export interface ArrayType<D extends DType | null = DType | null, S extends Shape = Shape> {
  readonly dtype: D;
  readonly shape: S;
  readonly differentiable: boolean;
}

/** The type of all arrays. */
export const ANY_ARRAY: ArrayType = { dtype: null, shape: null, differentiable: false };

/** The most dimensions, as in NumPy. */
export const MAX_RANK = 64;

/** Is it a size that a dimension can have? */
export const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && Number(n) >= 0;

/** How many elements an array of these sizes has. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Is this an array in memory, with data of the right type and length for its dtype and shape? */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data } = value as Partial<NdArray>;
  return isDType(dtype) && Array.isArray(shape) && data instanceof DTYPES[dtype].array &&
    data.length === sizeOf(shape) * DTYPES[dtype].components;
}

/** An element of an array, by its position in C order, as the plain value that `ScalarOf` describes. */
export function elementAt({ dtype, data }: NdArray, position: number): number | bigint | boolean | Complex {
  const { kind } = DTYPES[dtype];
  if (kind === "complex") return { re: data[2 * position] as number, im: data[2 * position + 1] as number };
  return kind === "bool" ? data[position] !== 0 : data[position]!;
}

/** The plain value of an array of shape `[]`. */
export const scalarOf = (array: NdArray): number | bigint | boolean | Complex => elementAt(array, 0);

/** A copy of a value that may hold arrays, lists and plain objects, with the data of all arrays. */
export function copyOf<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return (value as Float64Array).slice();
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]));
}
