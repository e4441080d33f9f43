/**
 * The types of a Tesseract that is called. They follow from the types of the module's schemas, or come from a file that
 * `tesseract-runtime client` has written.
 * @module
 */
import type { Abstract } from "../api/abstract_types.ts";
import type { EntriesOf, Entry } from "../api/path_types.ts";
import type { DType, ScalarOf } from "../arrays/dtypes.ts";
import type { ArrayType, NdArray, Shape } from "../arrays/ndarray.ts";
import type { DTypeOf, ValueOf } from "../schema/array_values.ts";

/** The types from which those of a client follow. */
export interface Interface {
  /** As callers write them: arrays also as lists or typed arrays, what has a default may be left out. */
  readonly inputs: unknown;
  /** As they arrive: arrays as `{ dtype, shape, data }`, scalars as plain values. */
  readonly outputs: unknown;
  /** With `{ shape, dtype }` in the place of arrays. */
  readonly abstractInputs: unknown;
  readonly abstractOutputs: unknown;
  /** The differentiable arrays of inputs and outputs. */
  readonly inputArrays: Entry;
  readonly outputArrays: Entry;
}

/** The type of what `JSON.parse` returns: TypeScript accepts every use of it. */
export type Loose = ReturnType<typeof JSON.parse>;

/** The interface of a Tesseract whose types are not known. */
export interface AnyTesseract extends Interface {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: { readonly [field: string]: Loose };
  readonly abstractInputs: Readonly<Record<string, unknown>>;
  readonly abstractOutputs: { readonly [field: string]: Loose };
}

/** A user module: a definition, or a module with named exports. */
export interface Schemas {
  readonly InputSchema: AnySchema;
  readonly OutputSchema: AnySchema;
}

/** A Zod schema, as far as the types go. */
interface AnySchema {
  readonly _zod: { readonly def: unknown; readonly input: unknown; readonly output: unknown };
}

/** The interface of a user module. What `tesseract-runtime client` has written is one already. */
export type InterfaceOf<T> = T extends { default: infer Module extends Schemas } ? InterfaceOf<Module>
  : T extends { InputSchema: infer I extends AnySchema; OutputSchema: infer O extends AnySchema } ? {
      readonly inputs: I["_zod"]["input"];
      readonly outputs: Received<O>;
      readonly abstractInputs: Abstract<I, "input">;
      readonly abstractOutputs: Abstract<O, "input">;
      readonly inputArrays: EntriesOf<I>;
      readonly outputArrays: EntriesOf<O>;
    }
  : T extends Interface ? T
  : never;

/**
 * A result as it arrives. Defaults are not filled in: a field that the module leaves out stays out. An array of any
 * shape may arrive as a scalar.
 */
export type Received<Schema> = Schema extends { _zod: { def: infer Def; output: infer Output } }
  ? Def extends { array: ArrayType<infer D, infer S> } ? ReceivedArray<DTypeOf<D>, S>
  : Def extends { type: "object"; shape: infer Fields } ? ReceivedObject<Fields>
  : Def extends { type: "array"; element: infer Item } ? Received<Item>[]
  : Def extends { type: "tuple"; items: infer Items; rest: infer Rest } ? ReceivedTuple<Items, Rest>
  : Def extends { type: "record"; keyType: { _zod: { output: infer Key extends PropertyKey } }; valueType: infer Value }
    ? Record<Key, Received<Value>>
  : Def extends { type: "union"; options: readonly (infer Option)[] } ? EachReceived<Option>
  : Def extends { type: "nullable"; innerType: infer Inner } ? Received<Inner> | null
  : Def extends { type: "optional" | "default" | "prefault" | "nonoptional"; innerType: infer Inner } ? Received<Inner>
  : Def extends { type: "readonly"; innerType: infer Inner } ? Received<Inner>
  : Output
  : unknown;

type ReceivedArray<D extends DType, S extends Shape> = null extends S ? NdArray<D, S> | ScalarOf<D> : ValueOf<D, S>;

type EachReceived<Option> = Option extends unknown ? Received<Option> : never;

type ReceivedObject<Fields> =
  & { [K in keyof Fields as Fields[K] extends MayBeLeftOut ? never : K]: Received<Fields[K]> }
  & { [K in keyof Fields as Fields[K] extends MayBeLeftOut ? K : never]?: Received<Fields[K]> };

interface MayBeLeftOut {
  readonly _zod: { readonly optin: "optional" | "defaulted" };
}

type ReceivedTuple<Items, Rest> = Items extends readonly unknown[]
  ? [...{ -readonly [K in keyof Items]: Received<Items[K]> }, ...(Rest extends null ? [] : Received<Rest>[])]
  : never;
