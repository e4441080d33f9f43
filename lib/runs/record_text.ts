/**
 * Records of a run as text.
 * @module
 */

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

/** The name that a copy of a file has. */
export function artifactName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Any value as JSON has it: arrays as lists, and in words what JSON has no value for. */
export function jsonOf(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "object":
      return value === null ? null : jsonOfObject(value);
    default:
      return String(value);
  }
}

function jsonOfObject(value: object): unknown {
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Map || value instanceof Set || value instanceof DataView) return Deno.inspect(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, jsonOf);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item)]));
}
