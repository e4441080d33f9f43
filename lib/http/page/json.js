/**
 * JSON in which large integers keep their digits: they are bigints here.
 * @module
 */

/** The value of a JSON text. */
export function parseJson(text) {
  // Browsers that do not hand over the digits (`source`) give the nearest number, as JSON.parse always did.
  return JSON.parse(text, (_key, value, context) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  });
}

/** The JSON text of a value; `indent` as for JSON.stringify, but lists of plain values stay on one line. */
export function jsonText(value, indent = 0, depth = 0) {
  const inner = indent > 0 ? `\n${" ".repeat(indent * (depth + 1))}` : "";
  const end = indent > 0 ? `\n${" ".repeat(indent * depth)}` : "";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (Object.is(value, -0)) return "-0.0";
  if (Array.isArray(value)) {
    const isFlat = depthOf(value) <= 2;
    const items = value.map((item) => jsonText(item, indent, depth + 1));
    if (items.length === 0) return "[]";
    return isFlat ? `[${items.join(indent > 0 ? ", " : ",")}]` : `[${inner}${items.join(`,${inner}`)}${end}]`;
  }
  if (typeof value === "object" && value !== null) {
    const colon = indent > 0 ? ": " : ":";
    const items = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${JSON.stringify(key)}${colon}${jsonText(item, indent, depth + 1)}`);
    return items.length === 0 ? "{}" : `{${inner}${items.join(`,${inner}`)}${end}}`;
  }
  return JSON.stringify(value ?? null);
}

/** How deep lists of plain values are nested; infinite, if there is an object in them. */
function depthOf(value) {
  if (!Array.isArray(value)) return typeof value === "object" && value !== null ? Infinity : 0;
  return 1 + value.reduce((most, item) => Math.max(most, depthOf(item)), 0);
}
