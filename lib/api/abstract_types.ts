import type { DType } from "../arrays/dtypes.ts";
import type { ArrayType, Shape, SizesOf } from "../arrays/ndarray.ts";
import type { DTypeOf } from "../schema/array_values.ts";

/** An array of which only shape and dtype are known. */
export interface AbstractArray<D extends DType = DType, S extends Shape = Shape> {
  readonly shape: SizesOf<S>;
  readonly dtype: D;
}

/** Which values of a schema: those before parsing (`input`), or those after it (`output`). */
type Side = "input" | "output";

/** The values of a schema with `{shape, dtype}` in the place of arrays; `unknown` where that cannot be derived. */
export type Abstract<Schema, At extends Side> = Schema extends { _zod: { def: infer Def } }
  ? Def extends { array: ArrayType<infer D, infer S> } ? AbstractArray<DTypeOf<D>, S>
  : Def extends { file: string } ? string
  : Def extends { type: Plain } ? Schema["_zod"][At & keyof Schema["_zod"]]
  : Def extends { type: "object"; shape: infer Fields } ? AbstractObject<Fields, At>
  : Def extends { type: "array"; element: infer Item } ? Abstract<Item, At>[]
  : Def extends { type: "tuple"; items: infer Items; rest: infer Rest } ? AbstractTuple<Items, Rest, At>
  : Def extends { type: "record"; keyType: { _zod: { output: infer Key extends PropertyKey } }; valueType: infer Value }
    ? Record<Key, Abstract<Value, At>>
  : Def extends { type: "optional"; innerType: infer Inner } ? Abstract<Inner, At> | undefined
  : Def extends { type: "nullable"; innerType: infer Inner } ? Abstract<Inner, At> | null
  : Def extends { type: "default" | "prefault"; innerType: infer Inner }
    ? Abstract<Inner, At> | (At extends "input" ? undefined : never)
  : Def extends { type: "readonly"; innerType: infer Inner } ? Abstract<Inner, At>
  : unknown
  : unknown;

/** Schemas that hold no arrays: their values are given as they are. */
type Plain = "string" | "number" | "boolean" | "null" | "nan" | "literal" | "enum" | "template_literal";

type AbstractObject<Fields, At extends Side> =
  & { [K in keyof Fields as Fields[K] extends LeftOut[At] ? never : K]: Abstract<Fields[K], At> }
  & { [K in keyof Fields as Fields[K] extends LeftOut[At] ? K : never]?: Abstract<Fields[K], At> };

/** Schemas of fields that may be left out; before parsing that includes fields with a default. */
interface LeftOut {
  input: { _zod: { optin: "optional" | "defaulted" } };
  output: { _zod: { optout: "optional" } };
}

type AbstractTuple<Items, Rest, At extends Side> = Items extends readonly unknown[]
  ? [...{ -readonly [K in keyof Items]: Abstract<Items[K], At> }, ...(Rest extends null ? [] : Abstract<Rest, At>[])]
  : never;
