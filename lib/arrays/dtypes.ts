/**
 * The dtypes (element types, named as in NumPy). Everything about them follows from one table: names, sizes, ranges,
 * typed arrays and types.
 * @module
 */

/** Casts stay within a kind or go upwards, never down: bool < integer < float < complex. */
export type Kind = "bool" | "integer" | "float" | "complex";

/**
 * All dtypes, in the order in which schemas list them. `bytes`: of an element. `numpy`: NumPy's name with the byte
 * order (`<` little-endian, `|` none).
 */
// deno-fmt-ignore: one row for each
export const DTYPES = {
  float16: { kind: "float", bytes: 2, components: 1, array: Float16Array, numpy: "<f2" },
  float32: { kind: "float", bytes: 4, components: 1, array: Float32Array, numpy: "<f4" },
  float64: { kind: "float", bytes: 8, components: 1, array: Float64Array, numpy: "<f8" },
  int8: { kind: "integer", bytes: 1, components: 1, array: Int8Array, numpy: "|i1", min: -128n, max: 127n },
  int16: { kind: "integer", bytes: 2, components: 1, array: Int16Array, numpy: "<i2", min: -32768n, max: 32767n },
  int32: { kind: "integer", bytes: 4, components: 1, array: Int32Array, numpy: "<i4", min: -(2n ** 31n), max: 2n ** 31n - 1n },
  int64: { kind: "integer", bytes: 8, components: 1, array: BigInt64Array, numpy: "<i8", min: -(2n ** 63n), max: 2n ** 63n - 1n },
  bool: { kind: "bool", bytes: 1, components: 1, array: Uint8Array, numpy: "|b1" },
  uint8: { kind: "integer", bytes: 1, components: 1, array: Uint8Array, numpy: "|u1", min: 0n, max: 255n },
  uint16: { kind: "integer", bytes: 2, components: 1, array: Uint16Array, numpy: "<u2", min: 0n, max: 65535n },
  uint32: { kind: "integer", bytes: 4, components: 1, array: Uint32Array, numpy: "<u4", min: 0n, max: 2n ** 32n - 1n },
  uint64: { kind: "integer", bytes: 8, components: 1, array: BigUint64Array, numpy: "<u8", min: 0n, max: 2n ** 64n - 1n },
  complex64: { kind: "complex", bytes: 8, components: 2, array: Float32Array, numpy: "<c8" },
  complex128: { kind: "complex", bytes: 16, components: 2, array: Float64Array, numpy: "<c16" },
} as const;

/** The name of an element type, as in NumPy. */
export type DType = keyof typeof DTYPES;

/** All names, in the order of the table. */
export const DTYPE_NAMES = Object.keys(DTYPES) as DType[];

/** The typed array that holds elements of dtype `D` (complex: real and imaginary parts in turn; bool: 0 or 1). */
export type DataOf<D extends DType> = D extends DType ? (typeof DTYPES)[D]["array"]["prototype"] : never;

/** A complex number, the plain value of a complex scalar. */
export interface Complex {
  re: number;
  im: number;
}

/** The plain value of a scalar: number; bigint for the 64-bit integers, boolean for bool, `{re, im}` for complex. */
export type ScalarOf<D extends DType> = D extends "int64" | "uint64" ? bigint
  : D extends "bool" ? boolean
  : D extends "complex64" | "complex128" ? Complex
  : number;

export function isDType(name: unknown): name is DType {
  return typeof name === "string" && Object.hasOwn(DTYPES, name);
}
