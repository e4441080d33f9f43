/**
 * Paths as TypeScript types: the differentiable arrays of a schema, by the names that callers use.
 *
 * Each step looks at the definition of one schema, and never compares whole schema types: this keeps it cheap.
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";
import type { ArrayType, Dimension, NdArray, Shape } from "../arrays/ndarray.ts";
import type { DTypeOf, GivenFor } from "../schema/array_values.ts";

/** A differentiable array: its path, dtype and shape. */
export interface Entry<P extends string = string, D extends DType | null = DType | null, S extends Shape = Shape> {
  path: P;
  dtype: D;
  shape: S;
}

/** All differentiable arrays of a schema, as a union. Paths are exact to a depth of 7. */
export type EntriesOf<Schema> = Below<Schema, "", 7>;

/** The entries under a schema at path `P`, of which `N` more steps are exact. */
type Below<Schema, P extends string, N extends number> = Schema extends { _zod: { def: infer Def } }
  ? Def extends { array: ArrayType<infer D, infer S> & { readonly differentiable: infer G } }
    ? true extends G ? Entry<P, D, S> : never
  : Def extends { innerType: infer Inner } ? Below<Inner, P, N>
  : Def extends { options: readonly (infer Option)[] } ? Each<Option, P, N>
  : Def extends { type: "pipe"; in: infer In; out: infer Out }
    ? Below<In extends { _zod: { def: { type: "transform" } } } ? Out : In, P, N>
  : Def extends { type: "lazy"; getter: () => infer Inner } ? Below<Inner, P, N>
  : Def extends { type: "object" | "array" | "tuple" | "record" }
    ? N extends 0 ? Entry<`${P}.${string}`> : Parts<Def, P, OneLess[N]>
  : never
  : never;

type OneLess = [never, 0, 1, 2, 3, 4, 5, 6];

type Each<Option, P extends string, N extends number> = Option extends unknown ? Below<Option, P, N> : never;

/** The entries under the parts of an object, list, tuple or record. */
type Parts<Def, P extends string, N extends number> = Def extends { type: "object"; shape: infer Fields } ? {
    [K in keyof Fields & string]: K extends Unnameable ? never : Below<Fields[K], FieldPath<P, K>, N>;
  }[keyof Fields & string]
  : Def extends { type: "array"; element: infer Item } ? Below<Item, `${P}.[${number}]`, N>
  : Def extends { type: "tuple"; items: infer Items; rest: infer Rest } ?
      | { [K in keyof Items & `${number}`]: Below<Items[K], `${P}.[${K}]`, N> }[keyof Items & `${number}`]
      | Below<Rest, `${P}.[${number}]`, N>
  : Def extends { type: "record"; keyType: { _zod: { output: infer Key extends string } }; valueType: infer Value }
    ? Below<Value, `${P}.{${Key}}`, N>
  : never;

/** The names of fields that cannot be written in a path. */
type Unnameable = `${string}${"." | "[" | "]" | "{" | "}" | "\\"}${string}`;

type FieldPath<P extends string, K extends string> = P extends "" ? K : `${P}.${K}`;

/** Tangents: an array at each of the paths that were asked for. That of a scalar is an array, too, of shape `[]`. */
export type Tangents<E extends Entry> = { readonly [X in E as X["path"]]?: NdArray<DTypeOf<X["dtype"]>, X["shape"]> };

/** What user code may return of a product: an array of its type for any of the paths. */
export type Products<E extends Entry> = {
  readonly [X in E as X["path"]]?: GivenFor<X["dtype"], X["shape"]> | AnyDerivedArray;
};

/** What user code may return of a Jacobian: for any of the pairs of paths an array of any numeric dtype. */
export type Blocks<Out extends Entry, In extends Entry> = {
  readonly [O in Out as O["path"]]?: {
    readonly [I in In as I["path"]]?:
      | GivenFor<Exclude<DType, "bool">, Joined<O["shape"], I["shape"]>>
      | AnyDerivedArray;
  };
};

/** `[...A, ...B]`, any shape if one of them is. */
type Joined<A extends Shape, B extends Shape> = A extends readonly Dimension[]
  ? B extends readonly Dimension[] ? readonly [...A, ...B] : null
  : null;

declare const derived: unique symbol;

/**
 * An array that a helper for derivatives made. The type of a helper does not tell dtype and rank of the schema; at run
 * time the endpoints cast products to the right dtype and check their shapes. So a function of a Tesseract may return
 * such an array where other arrays of this dtype do not compile. The mark exists for the compiler only.
 */
export type DerivedArray<D extends "float16" | "float32" | "float64" = "float64"> = NdArray<D> & {
  readonly [derived]: true;
};

/** Any array that a helper made. */
export type AnyDerivedArray = DerivedArray<"float16"> | DerivedArray<"float32"> | DerivedArray<"float64">;
