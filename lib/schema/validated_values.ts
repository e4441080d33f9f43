/**
 * Wrappers that validation puts around values which refinements, callers and the encoder see differently.
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";
import { type NdArray, scalarOf } from "../arrays/ndarray.ts";

/** A scalar of a result: an array of shape `[]` for the encoder, a plain value for refinements. */
export class ScalarArray implements NdArray<DType, []> {
  readonly shape: [] = [];
  constructor(readonly dtype: DType, readonly data: NdArray["data"]) {}
}

/** Takes the place of an array in abstract evaluation. */
export class ShapeDType {
  constructor(readonly shape: readonly number[], readonly dtype: DType) {}
}

/** A file of a result: callers get its path relative to the output path, refinements its absolute path. */
export class SentFile {
  constructor(readonly absolute: string, readonly relative: string) {}
}

/** Thrown when a refinement reads the values of an abstract array, which has none. The refinement is then skipped. */
export class AskedForValues extends Error {}

/** The default of a field that a result leaves out: refinements see it, callers do not. */
export class OmittedDefault {
  constructor(readonly value: unknown) {}
}

/** The value as the author's refinements may see it: plain scalars, defaults in place, abstract arrays without data. */
export function authorView(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ScalarArray) return scalarOf(value);
  if (value instanceof ShapeDType) return abstractView(value);
  if (value instanceof SentFile) return value.absolute;
  if (value instanceof OmittedDefault) return authorView(value.value);
  if (Array.isArray(value)) return value.map(authorView);
  if (ArrayBuffer.isView((value as { data?: unknown }).data)) return value;
  const view: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) view[key] = authorView(item);
  return view;
}

/**
 * The value as it is sent: with the relative paths of files, and without the defaults that were added for refinements.
 * Objects and lists are changed in place.
 */
export function sentView(value: unknown): unknown {
  if (value instanceof SentFile) return value.relative;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView((value as { data?: unknown }).data)) {
    return value;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = sentView(value[i]);
    return value;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    if (fields[key] instanceof OmittedDefault) delete fields[key];
    else fields[key] = sentView(fields[key]);
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
