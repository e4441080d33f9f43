/**
 * Validation of what has no parts. Strict: no text for a number, no number for a bool.
 * @module
 */
import type { Fault, Loc } from "./faults.ts";
import { faultOfIssue } from "./issues.ts";
import type { LeafNode } from "./node.ts";

type Found = Omit<Fault, "loc" | "input">;

/**
 * The value with a number for every bigint in it. Payloads have bigints for whole numbers beyond ±(2^53−1), so that
 * arrays and scalars of 64-bit integers keep every digit; everywhere else they are the numbers that `JSON.parse` makes.
 */
export function withoutBigints(value: unknown): unknown {
  return hasBigint(value) ? numbersOf(value) : value;
}

function hasBigint(value: unknown): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return typeof value === "bigint";
  if (Array.isArray(value)) return value.some(hasBigint);
  // To ask for a million values at once takes twice as long.
  for (const key in value) if (hasBigint((value as Record<string, unknown>)[key])) return true;
  return false;
}

function numbersOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(numbersOf);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, numbersOf(field)]));
}

/** Checks a leaf of a payload or of a result; returns the value, or adds what is wrong to `faults`. */
export function validateLeaf(node: LeafNode, input: unknown, loc: Loc, faults: Fault[], isPayload: boolean): unknown {
  let value = isPayload ? withoutBigints(input) : input;
  // An integer has no sign of zero.
  if (node.type === "integer" && value === 0) value = 0;
  const found = node.judged && isCoerced(node) ? undefined : wrongKind(node, value) ?? hiddenKey(node, value);
  if (found) {
    faults.push({ ...found, loc: found.ctx?.key === undefined ? loc : [...loc, String(found.ctx.key)], input });
    return undefined;
  }
  if (!node.judged || !node.zod) return value;
  const payload = node.zod._zod.run({ value, issues: [] }, { async: false });
  if (payload instanceof Promise) throw new TypeError("asynchronous refinements are not supported");
  for (const issue of payload.issues) faults.push(faultOfIssue(issue, loc));
  return payload.value;
}

const isCoerced = (node: LeafNode): boolean =>
  (node.zod?._zod.def as { coerce?: boolean } | undefined)?.coerce === true;

function wrongKind(node: LeafNode, value: unknown): Found | undefined {
  switch (node.type) {
    case "any":
      return undefined;
    case "string":
    case "template_literal":
      return typeof value === "string" ? undefined : { type: "string_type" };
    case "boolean":
      if (typeof value === "boolean") return undefined;
      return { type: typeof value === "string" || typeof value === "number" ? "bool_parsing" : "bool_type" };
    case "number":
      if (typeof value === "number") return Number.isFinite(value) ? undefined : { type: "finite_number" };
      return { type: typeof value === "string" ? "float_parsing" : "float_type" };
    case "integer":
      if (typeof value === "number") {
        if (!Number.isFinite(value)) return { type: "finite_number" };
        if (!Number.isInteger(value)) return { type: "int_from_float" };
        return Number.isSafeInteger(value) ? undefined : { type: "int_parsing_size" };
      }
      return { type: typeof value === "string" ? "int_parsing" : "int_type" };
    case "null":
      return value === null ? undefined : { type: "none_required" };
    case "nan":
      return Number.isNaN(value) ? undefined : { type: "float_type" };
    case "never":
      return { type: "value_error", message: "No value is allowed here" };
    case "literal":
    case "enum":
      if (node.values!.includes(value as string)) return undefined;
      return { type: node.type === "enum" ? "enum" : "literal_error", ctx: { expected: orList(node.values!) } };
  }
}

/** `'a', 'b' or 'c'` */
export function orList(values: readonly unknown[]): string {
  const words = values.map((value) => typeof value === "string" ? `'${value}'` : String(value));
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A key `__proto__` somewhere under a value that may be anything. */
function hiddenKey(node: LeafNode, value: unknown): Found | undefined {
  if (node.type !== "any" || typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (Object.hasOwn(value, "__proto__")) return { type: "extra_forbidden", ctx: { key: "__proto__" } };
  for (const key in value) {
    const found = hiddenKey(node, (value as Record<string, unknown>)[key]);
    if (found) return found;
  }
  return undefined;
}
