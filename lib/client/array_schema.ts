/**
 * Encoded arrays in a JSON Schema.
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Of which dtype and sizes an array is; `null`: of any. */
export interface ArraySchema {
  readonly dtype: DType | null;
  readonly shape: readonly (number | null)[] | null;
}

/**
 * The array that a schema is of; `undefined`, if it is of something else.
 *
 * The dtypes that it lists are those that are cast to the one that it gives as an example; where it lists one that
 * cannot be, it is of any dtype.
 */
export function arraySchemaOf(schema: JsonSchema): ArraySchema | undefined {
  const { shape, dtype, data } = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  if (shape === undefined || dtype === undefined || data === undefined || !("array_flags" in schema)) return undefined;
  const { enum: names = [], examples = [] } = dtype as { enum?: DType[]; examples?: DType[] };
  const [example] = examples;
  const castsUp = !example?.startsWith("complex") && names.some((name) => name.startsWith("complex"));
  return { dtype: castsUp ? null : example ?? null, shape: sizesOf(shape) };
}

/** A size of n is listed as 1 or n: an array of size 1 is broadcast. */
function sizesOf({ maxItems, prefixItems = [] }: JsonSchema): ArraySchema["shape"] {
  if (typeof maxItems !== "number") return null;
  return Array.from({ length: maxItems }, (_, i) => {
    const { enum: sizes } = ((prefixItems as JsonSchema[])[i] ?? {}) as { enum?: number[] };
    return sizes?.at(-1) ?? null;
  });
}
