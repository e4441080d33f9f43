/**
 * What validation hands out for arrays that are not plain values of user code, and how refinements see them.
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";
import type { NdArray } from "../arrays/ndarray.ts";
import { scalarOf } from "../arrays/scalar.ts";

/** A scalar of a result: an array of shape `[]` for the encoder, a plain value for refinements. */
export class ScalarArray implements NdArray<DType, []> {
  readonly dtype: DType;
  readonly shape: [] = [];
  readonly data: NdArray["data"];
  constructor(array: NdArray) {
    this.dtype = array.dtype;
    this.data = array.data;
  }
}

/** What stands for an array in abstract evaluation. */
export class ShapeDType {
  constructor(readonly shape: readonly number[], readonly dtype: DType) {}
}

/** A file of a result: a path from the output path for the caller, an absolute one for refinements. */
export class SentFile {
  constructor(readonly absolute: string, readonly relative: string) {}
}

/** A refinement asked an abstract array for its values. */
export class AskedForValues extends Error {}

/** The fields of a result that were left out and have a default: refinements see it, clients do not. */
export type LeftOut = WeakMap<object, Record<string, unknown>>;

/** The value as the author's refinements may see it: plain scalars, defaults in place, abstract arrays without data. */
export function authorView(value: unknown, leftOut: LeftOut | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ScalarArray) return scalarOf(value);
  if (value instanceof ShapeDType) return abstractView(value);
  if (value instanceof SentFile) return value.absolute;
  if (Array.isArray(value)) return value.map((item) => authorView(item, leftOut));
  if (ArrayBuffer.isView((value as { data?: unknown }).data)) return value;
  const view: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) view[key] = authorView(item, leftOut);
  for (const [key, item] of Object.entries(leftOut?.get(value) ?? {})) view[key] = authorView(item, leftOut);
  return view;
}

/** The value as it is sent: each file by its relative path. Objects and lists are changed in place. */
export function sentView(value: unknown): unknown {
  if (value instanceof SentFile) return value.relative;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView((value as { data?: unknown }).data)) {
    return value;
  }
  const parts = value as Record<string, unknown>;
  for (const key of Object.keys(parts)) {
    const sent = sentView(parts[key]);
    if (sent !== parts[key]) parts[key] = sent;
  }
  return value;
}

function abstractView(array: ShapeDType): unknown {
  const check = (key: string | symbol) => {
    if (key !== "shape" && key !== "dtype") throw new AskedForValues();
    return key;
  };
  return new Proxy(array, { get: (target, key) => target[check(key)], has: (_, key) => check(key) !== undefined });
}
