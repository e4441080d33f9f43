/**
 * The TypeScript types of the values of an array type: what user code is given, and what it may give back.
 * @module
 */
import type { Complex, DataOf, DType, ScalarOf } from "../arrays/dtypes.ts";
import type { Dimension, NdArray, Shape } from "../arrays/ndarray.ts";

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
  ? Element<DTypeOf<D>> | NdArray<DTypeOf<D>, S>
  : NdArray<DTypeOf<D>, S> | TypedArrayFor<DTypeOf<D>, S> | Lists<Element<DTypeOf<D>>, S>;

/** Typed arrays are for one dimension only, and not for bool or complex, which have no typed array of their own. */
type TypedArrayFor<D extends DType, S extends Shape> = 1 extends RankOf<S>
  ? DataOf<Exclude<D, "bool" | "complex64" | "complex128">>
  : never;

type RankOf<S extends Shape> = S extends readonly unknown[] ? S["length"] : number;

/** One element of a nested list. */
export type Element<D extends DType> = D extends "bool" ? boolean
  : D extends "int64" | "uint64" ? bigint | number
  : D extends "complex64" | "complex128" ? Complex | number
  : number;

/** Lists nested as deep as the shape has dimensions; of any depth if the rank is not fixed. */
type Lists<E, S extends Shape> = S extends readonly [unknown, ...infer Rest extends readonly Dimension[]]
  ? readonly (Rest extends readonly [] ? E : Lists<E, Rest>)[]
  : E | AnyLists<E>;

/**
 * Lists of any depth. An interface, because TypeScript looks into it only when it has to: as a type alias it is
 * expanded without end where an author calls a generic function in the place of such lists.
 */
export interface AnyLists<E> extends ReadonlyArray<E | AnyLists<E>> {}
