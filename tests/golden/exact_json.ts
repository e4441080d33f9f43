/**
 * JSON without loss: what Python's and our own runtime write, integers of any size included.
 * @module
 */

/** A tree of JSON values; whole numbers beyond ±(2^53−1), written without point and exponent, are bigints. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

/** Reads JSON as written by either runtime. */
export function parseExact(text: string): Json {
  const reviver = (_key: string, value: unknown, context?: { source?: string }) => {
    const digits = context?.source;
    return typeof value === "number" && !Number.isSafeInteger(value) && digits !== undefined && /^-?\d+$/.test(digits)
      ? BigInt(digits)
      : value;
  };
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/** A tree as text, with all digits and the sign of zero. */
export function stringify(value: unknown): string {
  const exactly = (_key: string, v: unknown) =>
    typeof v === "bigint" ? RAW.rawJSON(String(v)) : Object.is(v, -0) ? RAW.rawJSON("-0") : v;
  return JSON.stringify(value, exactly) ?? String(value);
}

/** What TypeScript does not know of `JSON` yet. */
const RAW = JSON as unknown as { rawJSON(text: string): unknown };

/** A value in a message. */
export function show(value: unknown): string {
  const text = stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
