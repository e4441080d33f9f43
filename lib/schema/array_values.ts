/**
 * The TypeScript types of the values of an array type: what user code is given, and what it may give back.
 * @module
 */
import type { Complex, DType, ScalarOf } from "../arrays/dtypes.ts";
import type { NdArray, Shape, SizesOf } from "../arrays/ndarray.ts";

/** `null` is any dtype. */
export type DTypeOf<D extends DType | null> = D extends DType ? D : DType;

/** What user code is given: an array, or for shape `[]` the plain scalar. */
export type ValueOf<D extends DType | null, S extends Shape> = S extends readonly [] ? ScalarOf<DTypeOf<D>>
  : NdArray<DTypeOf<D>, S>;

/**
 * What user code may give where an array is expected: an array, nested lists, in one dimension a typed array, and
 * for shape `[]` the plain scalar. Stricter than the casts at run time: the dtype must be the one of the type.
 */
export type GivenFor<D extends DType | null, S extends Shape> = S extends readonly []
  ? Element<DTypeOf<D>> | ArrayOver<DTypeOf<D>, S>
  : ArrayOver<DTypeOf<D>, S> | TypedArrayFor<DTypeOf<D>, S> | Lists<Element<DTypeOf<D>>, S>;

/**
 * An array whose data may lie in any kind of buffer: memory shared with native code, the return of a function whose
 * author wrote `Float32Array`. (The data of an `NdArray` lies in an `ArrayBuffer`.)
 */
export interface ArrayOver<D extends DType, S extends Shape> {
  readonly dtype: D;
  readonly shape: SizesOf<S>;
  readonly data: TypedArrays[D];
}

/** The typed arrays of the dtypes, over any kind of buffer. */
interface TypedArrays {
  float16: Float16Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  complex64: Float32Array;
  complex128: Float64Array;
}

/** A typed array has one dimension and is of real numbers: none says that it is of bool or complex. */
type TypedArrayFor<D extends DType, S extends Shape> = 1 extends RankOf<S>
  ? TypedArrays[Exclude<D, "bool" | "complex64" | "complex128">]
  : never;

type RankOf<S extends Shape> = S extends readonly unknown[] ? S["length"] : number;

/** One element of a nested list. */
type Element<D extends DType> = D extends "bool" ? boolean
  : D extends "int64" | "uint64" ? bigint | number
  : D extends "complex64" | "complex128" ? Complex | number
  : number;

/** Lists as deep as the shape is long; as deep as one likes, where it does not say. */
type Lists<E, S extends Shape> = S extends readonly [unknown, ...infer Rest extends readonly (number | null)[]]
  ? readonly (Rest extends readonly [] ? E : Lists<E, Rest>)[]
  : E | AnyLists<E>;

type AnyLists<E> = readonly (E | AnyLists<E>)[];
