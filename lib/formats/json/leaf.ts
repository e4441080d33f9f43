/**
 * The elements of lists that are no plain numbers: long ones, large whole ones, words, `null`, booleans, short texts.
 * @module
 */
import { realText } from "../../arrays/numbers.ts";
import { Undecodable } from "../format.ts";
import { numberOf } from "./parser.ts";
import { parseJson } from "./text.ts";

const [QUOTE, COMMA, CLOSE, SPACE] = [34, 44, 93, 32];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A list or an object; and a text whose end could be mistaken, or which is not ASCII. */
const OTHER = /[^ -~]|\\|[[{]/;

/**
 * Reads the element at `at`. It must end before `limit`, behind which there is another byte.
 *
 * @returns `undefined` if it is a list or an object, a text that would take more care, or no JSON.
 */
export function readLeaf(bytes: Uint8Array, at: number, limit: number): { value: unknown; end: number } | undefined {
  let end = at + 1;
  if (bytes[at] === QUOTE) {
    while (end < limit && bytes[end] !== QUOTE) end++;
    end++;
  } else while (end < limit && bytes[end]! > SPACE && bytes[end] !== COMMA && bytes[end] !== CLOSE) end++;
  if (end > limit) return undefined;
  const text = String.fromCharCode(...bytes.subarray(at, end));
  if (NUMBER.test(text)) return { value: numberOf(text), end };
  if (OTHER.test(text)) return undefined;
  try {
    return { value: parseJson(text), end };
  } catch (error) {
    if (error instanceof Undecodable) return undefined;
    throw error;
  }
}

/** A text that is read as this element. */
export function leafText(leaf: unknown): string {
  if (typeof leaf === "bigint") return String(leaf);
  if (typeof leaf !== "number") return JSON.stringify(leaf);
  // A whole number beyond ±(2^53−1) is a number only if it is written as a float.
  return Number.isInteger(leaf) && !Number.isSafeInteger(leaf) ? `${BigInt(leaf)}.0` : realText(leaf);
}
