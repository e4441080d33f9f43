/**
 * How the records of a run are written as text.
 * @module
 */
import { cut } from "../message_text.ts";

/** The local time without a zone, to the millisecond: what `datetime.fromisoformat` and spreadsheets read. */
export function timestamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, -1);
}

/**
 * A text as a field of a CSV file (RFC 4180).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(csvField("loss"), "loss");
 * assert.equal(csvField('the "true" loss, scaled'), '"the ""true"" loss, scaled"');
 * ```
 */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A replacer for `JSON.stringify`: typed arrays become lists, values that JSON does not have become strings. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Map || value instanceof Set || value instanceof DataView) return Deno.inspect(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  return typeof value === "object" || typeof value === "string" || typeof value === "boolean" ? value : String(value);
}

/** A value as an error message shows it. */
export const shown = (value: unknown): string => Deno.inspect(value, { colors: false });

/** How many characters of a progress message or of an error are kept. */
const LONGEST = 4000;

export const shortened = (text: string): string => cut(text, LONGEST);
