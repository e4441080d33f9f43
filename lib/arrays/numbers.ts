/**
 * Numbers as strings, and rounding integers to floats.
 * @module
 */
import type { Complex } from "./dtypes.ts";

/** The strings for the floats that JSON has no number for. */
const NOT_FINITE: ReadonlyMap<unknown, number> = new Map([
  ["NaN", NaN],
  ["nan", NaN],
  ["Infinity", Infinity],
  ["inf", Infinity],
  ["-Infinity", -Infinity],
  ["-inf", -Infinity],
]);

/** The number for one of the strings such as `"NaN"` or `"-inf"`; `undefined` for every other value. */
export function parseNotFinite(value: unknown): number | undefined {
  return NOT_FINITE.get(value);
}

const UNSIGNED = String
  .raw`(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[nN]a[nN]|inf(?:inity)?|Inf(?:inity)?)`;
const COMPLEX = new RegExp(String.raw`^(?:([+-]?${UNSIGNED})(?=[+-]))?([+-]?${UNSIGNED})[jJ]$`);

/**
 * Reads a complex number as Python and NumPy write it: `1+2j`, `(1+2j)`, `-0.5j`, `NaN-infj`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseComplex("(1-2.5e-3j)"), { re: 1, im: -0.0025 });
 * assert.equal(parseComplex("12"), undefined);
 * ```
 */
export function parseComplex(text: string): Complex | undefined {
  const bare = text.startsWith("(") && text.endsWith(")") ? text.slice(1, -1) : text;
  const match = COMPLEX.exec(bare);
  if (match === null) return undefined;
  return { re: parseFloatText(match[1] ?? "0"), im: parseFloatText(match[2]!) };
}

function parseFloatText(text: string): number {
  const lower = text.toLowerCase();
  if (lower.endsWith("nan")) return NaN;
  if (lower.includes("inf")) return lower.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}

/** A real number in the shortest form that reads back as the same number; minus zero keeps its sign. */
export function realText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * A finite float as JSON text that every reader reads as the same number. Some, such as Python's, read a number without
 * a point or an exponent as an exact integer: `-0` as 0, and `1152921504606847000`, which is JavaScript's text for
 * 2^60, as another number than 2^60.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual([0.5, -0, 2 ** 60].map(jsonFloat), ["0.5", "-0.0", "1.152921504606847e+18"]);
 * ```
 */
export function jsonFloat(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return Math.abs(value) < 2 ** 53 ? String(value) : value.toExponential();
}

/** A complex number as NumPy reads it, both parts always there: `1+2j`, `-0-1e+300j`, `NaN+infj`. */
export function complexText(re: number, im: number): string {
  const imaginary = partText(im);
  return `${partText(re)}${imaginary.startsWith("-") ? "" : "+"}${imaginary}j`;
}

function partText(value: number): string {
  return value === Infinity ? "inf" : value === -Infinity ? "-inf" : realText(value);
}

/**
 * A 64-bit integer as a float64 that will be rounded again, to float32 or float16. Rounding to the nearest twice may
 * give another float than rounding once; rounding to odd first never does (Boldo & Melquiond, 2008): the lowest 11 bits
 * are dropped, and the lowest bit that is kept is set if one of them was 1.
 */
export function roundToOdd(value: bigint): number {
  const exact = Number(value);
  if (Number.isSafeInteger(exact)) return exact;
  const kept = value >> 11n;
  return Number((value === kept << 11n ? kept : kept | 1n) << 11n);
}
