/**
 * The dtypes (element types, named as in NumPy). Everything about them follows from one table: names, sizes, ranges,
 * typed arrays and types.
 * @module
 */

/** Casts stay within a kind or go upwards, never down: bool < integer < float < complex. */
export type Kind = "bool" | "integer" | "float" | "complex";

// `numpy` is NumPy's name with the byte order: `<` little-endian, `|` none.
const integer = <A extends { readonly BYTES_PER_ELEMENT: number }>(array: A, numpy: string, min: bigint, max: bigint) =>
  ({ kind: "integer", bytes: array.BYTES_PER_ELEMENT, components: 1, array, numpy, min, max }) as const;
const float = <A extends { readonly BYTES_PER_ELEMENT: number }>(array: A, numpy: string) =>
  ({ kind: "float", bytes: array.BYTES_PER_ELEMENT, components: 1, array, numpy }) as const;
const complex = <A extends { readonly BYTES_PER_ELEMENT: number }>(array: A, numpy: string) =>
  ({ kind: "complex", bytes: 2 * array.BYTES_PER_ELEMENT, components: 2, array, numpy }) as const;

/** All dtypes, in the order in which schemas list them. */
export const DTYPES = {
  float16: float(Float16Array, "<f2"),
  float32: float(Float32Array, "<f4"),
  float64: float(Float64Array, "<f8"),
  int8: integer(Int8Array, "|i1", -128n, 127n),
  int16: integer(Int16Array, "<i2", -32768n, 32767n),
  int32: integer(Int32Array, "<i4", -2147483648n, 2147483647n),
  int64: integer(BigInt64Array, "<i8", -(2n ** 63n), 2n ** 63n - 1n),
  bool: { kind: "bool", bytes: 1, components: 1, array: Uint8Array, numpy: "|b1" },
  uint8: integer(Uint8Array, "|u1", 0n, 255n),
  uint16: integer(Uint16Array, "<u2", 0n, 65535n),
  uint32: integer(Uint32Array, "<u4", 0n, 4294967295n),
  uint64: integer(BigUint64Array, "<u8", 0n, 2n ** 64n - 1n),
  complex64: complex(Float32Array, "<c8"),
  complex128: complex(Float64Array, "<c16"),
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

/** Is this the name of a dtype? */
export function isDType(name: unknown): name is DType {
  return typeof name === "string" && Object.hasOwn(DTYPES, name);
}
