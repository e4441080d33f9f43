/**
 * JSON text, with every digit of large whole numbers, and with the words that Python writes for what JSON has no
 * number for.
 * @module
 */
import { Undecodable } from "../format.ts";
import { parseCarefully } from "./parser.ts";

/** How deep lists and objects may be nested. */
export const MAX_DEPTH = 256;

/**
 * Reads strict JSON, except that:
 * - whole numbers beyond ±(2^53−1) are bigints with all their digits; those written as floats (`1e16`) only where a
 *   float would lose one;
 * - `NaN`, `Infinity` and `-Infinity` are numbers;
 * - nesting deeper than 256 is refused.
 *
 * Throws `Undecodable` with the position of the mistake.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseJson("[1.5, 9007199254740993, NaN]"), [1.5, 9007199254740993n, NaN]);
 * assert.throws(() => parseJson("[1, 2"), { name: "Undecodable", position: 5 });
 * ```
 */
export function parseJson(text: string): unknown {
  if (text === "") throw new Undecodable("the payload is empty", undefined, true);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    // Python's words, or a mistake: the careful parser knows, and where it is.
    return parseCarefully(text, MAX_DEPTH);
  }
  // Looking at the numbers that came out is faster than looking for long ones in the text, where texts such as
  // base64 and fractions are full of digits.
  return isPlain(tree, MAX_DEPTH) ? tree : parseCarefully(text, MAX_DEPTH);
}

/** Is it nested at most so deep, and does it have no number that `JSON.parse` may have rounded to a whole one? */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "number") return !mayBeRounded(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === "number" ? mayBeRounded(item) : !isPlain(item, depth - 1)) return false;
    }
    return true;
  }
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth - 1)) return false;
  return true;
}

const mayBeRounded = (value: number): boolean =>
  (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) && Number.isFinite(value);
