import { parsedJson, sendable } from "./any_value.ts";
import type { Fault, Faults, Loc } from "./faults.ts";
import { addIssue } from "./issues.ts";
import { orList } from "./messages.ts";
import type { LeafNode } from "./node.ts";

type Mismatch = Omit<Fault, "loc" | "input">;

/**
 * Checks a single value (a string, number, enum, …); returns it, or adds a fault. Strings are not converted to numbers,
 * nor numbers to booleans. `output`: the value is part of a result.
 */
export function validateLeaf(node: LeafNode, value: unknown, loc: Loc, faults: Faults, output: boolean): unknown {
  if (node.type === "any") value = validateAny(value, loc, faults, output);
  else if (typeof value === "bigint" && !output) value = Number(value);
  // -0 becomes 0: integers have no negative zero.
  if (node.type === "integer" && value === 0) value = 0;
  const mismatch = isCoerced(node) ? undefined : wrongKind(node, value);
  if (mismatch) return faults.add(mismatch.type, loc, { ...mismatch, input: value });
  if (!node.needsZod || !node.zod) return value;
  const payload = node.zod._zod.run({ value, issues: [] }, { async: false });
  if (payload instanceof Promise) throw new TypeError("asynchronous refinements are not supported");
  for (const issue of payload.issues) addIssue(faults, issue, loc);
  return payload.value;
}

function validateAny(value: unknown, loc: Loc, faults: Faults, output: boolean): unknown {
  if (output) {
    return sendable(value, (at, what) => {
      faults.add("value_error", [...loc, ...at], { message: `JSON cannot hold ${what}` });
    });
  }
  return parsedJson(value, (at, input) => faults.add("extra_forbidden", [...loc, ...at], { input }));
}

const isCoerced = (node: LeafNode): boolean =>
  node.needsZod && (node.zod?._zod.def as { coerce?: boolean } | undefined)?.coerce === true;

function wrongKind(node: LeafNode, value: unknown): Mismatch | undefined {
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
