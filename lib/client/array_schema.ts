/**
 * How the OpenAPI document describes arrays.
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/** The dtype and shape of an array; `null`: any. */
export interface ArraySchema {
  readonly dtype: DType | null;
  readonly shape: readonly (number | null)[] | null;
}

/**
 * The array that a JSON Schema describes; `undefined` if it describes something else.
 *
 * The schema gives the dtype of the array as the example of its field `dtype`, and lists there the dtypes that are cast
 * to it. If it lists a complex one with a real example, which cannot be cast, the array may have any dtype.
 */
export function arraySchemaOf(schema: JsonSchema): ArraySchema | undefined {
  const { shape, dtype, data } = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  if (shape === undefined || dtype === undefined || data === undefined || !("array_flags" in schema)) return undefined;
  const { enum: names = [], examples = [] } = dtype as { enum?: DType[]; examples?: DType[] };
  const [example] = examples;
  const castsUp = !example?.startsWith("complex") && names.some((name) => name.startsWith("complex"));
  return { dtype: castsUp ? null : example ?? null, shape: sizesOf(shape) };
}

/** A size of n is listed as `[1, n]`, because a size of 1 is broadcast: the last one is the size. */
function sizesOf({ maxItems, prefixItems = [] }: JsonSchema): ArraySchema["shape"] {
  if (typeof maxItems !== "number") return null;
  return Array.from({ length: maxItems }, (_, i) => {
    const { enum: sizes } = ((prefixItems as JsonSchema[])[i] ?? {}) as { enum?: number[] };
    return sizes?.at(-1) ?? null;
  });
}
