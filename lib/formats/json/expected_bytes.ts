import { DTYPES, isDType } from "../../arrays/dtypes.ts";
import { sizeOf } from "../../arrays/ndarray.ts";

/** What is written before the buffer of an encoded array, if its shape and dtype come first. */
const HEAD = /"shape"\s*:\s*\[([\d\s,]*)\]\s*,\s*"dtype"\s*:\s*"(\w+)"\s*,\s*"data"\s*:\s*\{[^{}]*"buffer"\s*:\s*"$/;

/** No body has more. */
const MOST = 2 ** 32;

/**
 * How many bytes a buffer should have, by the JSON before it; 0 if that does not say. It may be wrong: nothing but the
 * memory that is set aside should depend on it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(expectedBytes('{"shape": [2, 3], "dtype": "float32", "data": {"buffer": "'), 24);
 * assert.equal(expectedBytes('{"data": {"buffer": "'), 0);
 * ```
 */
export function expectedBytes(text: string): number {
  const [, sizes = "", dtype] = HEAD.exec(text) ?? [];
  if (!isDType(dtype)) return 0;
  const bytes = sizeOf(sizes.trim() === "" ? [] : sizes.split(",").map(Number)) * DTYPES[dtype].bytes;
  return bytes <= MOST ? bytes : 0;
}
