/**
 * The elements of long lists that `readDecimal` does not read: long numbers, large integers, `null`, `NaN`, booleans,
 * short strings.
 * @module
 */
import { realText } from "../../arrays/numbers.ts";
import { Undecodable } from "../format.ts";
import { numberOf, parseJson } from "./parse.ts";

const [QUOTE, COMMA, CLOSE, SPACE] = [34, 44, 93, 32];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** What this does not read: lists, objects, and strings with an escape or with characters beyond ASCII. */
const TOO_DIFFICULT = /[^ -~]|\\|[[{]/;

/**
 * Reads the element at `at`, which must end before `limit`; at least one byte must follow `limit`.
 *
 * @returns `undefined` if it is a list, an object, a string that is not simple, or no JSON.
 */
export function readElement(bytes: Uint8Array, at: number, limit: number): { value: unknown; end: number } | undefined {
  let end = at + 1;
  if (bytes[at] === QUOTE) {
    while (end < limit && bytes[end] !== QUOTE) end++;
    end++;
  } else while (end < limit && bytes[end]! > SPACE && bytes[end] !== COMMA && bytes[end] !== CLOSE) end++;
  if (end > limit) return undefined;
  const text = String.fromCharCode(...bytes.subarray(at, end));
  if (NUMBER.test(text)) return { value: numberOf(text), end };
  if (TOO_DIFFICULT.test(text)) return undefined;
  try {
    return { value: parseJson(text), end };
  } catch (error) {
    if (error instanceof Undecodable) return undefined;
    throw error;
  }
}

/** JSON that is read as this element again. */
export function elementText(element: unknown): string {
  if (typeof element === "bigint") return String(element);
  if (typeof element !== "number") return JSON.stringify(element);
  // An integer beyond ±(2^53−1) is read as a number, and not as a bigint, only if it is written as a float.
  return Number.isInteger(element) && !Number.isSafeInteger(element) ? `${BigInt(element)}.0` : realText(element);
}
