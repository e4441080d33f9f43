import type { z } from "zod";
import type { Faults, Loc } from "./faults.ts";

/** One of Zod's issues, before Zod has made a message of it. `code` is its kind. */
type ZodIssue = z.core.$ZodRawIssue;

const textOf = (message: unknown): string | undefined =>
  typeof message === "string" ? message : (message as { message?: string } | undefined)?.message;

/** Adds the fault for one of Zod's issues, found at `loc`. */
export function addIssue(faults: Faults, issue: ZodIssue, loc: Loc, fallback?: unknown): void {
  const message = textOf(issue.message) ?? textOf(issue.inst?._zod.def.error?.(issue as never));
  const path = (issue.path ?? []).map((key) => typeof key === "symbol" ? String(key) : key);
  const { type, ctx } = kindOf(issue);
  faults.add(type, [...loc, ...path], { ctx, input: issue.input ?? fallback, message });
}

function kindOf(issue: ZodIssue): { type: string; ctx?: Record<string, unknown> | undefined } {
  switch (issue.code) {
    case "too_small":
      return outOfBounds(issue, issue.minimum, "min", ["greater_than", "gt", "ge"]);
    case "too_big":
      return outOfBounds(issue, issue.maximum, "max", ["less_than", "lt", "le"]);
    case "not_multiple_of":
      return { type: "multiple_of", ctx: { multiple_of: issue.divisor } };
    case "invalid_format":
      return issue.pattern !== undefined && (issue.format === "regex" || issue.format === "template_literal")
        ? { type: "string_pattern_mismatch", ctx: { pattern: issue.pattern.replace(/^\/(.*)\/[a-z]*$/s, "$1") } }
        : { type: "value_error", ctx: { format: issue.format } };
    case "invalid_value":
      return { type: "literal_error" };
    case "invalid_type":
      return { type: issue.expected === "number" ? "finite_number" : `${issue.expected}_type` };
    default:
      return { type: "value_error" };
  }
}

/**
 * A number, a length or a count beyond its limit. The last parameter is for numbers: the type of the fault, and the key
 * of the limit in `ctx`, first for a limit that is itself excluded, then for one that is allowed.
 */
function outOfBounds(
  { origin, inclusive, input }: Extract<ZodIssue, { code: "too_small" | "too_big" }>,
  limit: number | bigint,
  side: "min" | "max",
  [comparison, excluded, included]: readonly [string, string, string],
): { type: string; ctx?: Record<string, unknown> } {
  const word = side === "min" ? "short" : "long";
  if (origin === "string") return { type: `string_too_${word}`, ctx: { [`${side}_length`]: limit } };
  if (origin !== "number" && origin !== "int") {
    const actual_length = (input as { length?: number } | undefined)?.length;
    return { type: `too_${word}`, ctx: { field_type: "List", [`${side}_length`]: limit, actual_length } };
  }
  if (limit === Number.MIN_SAFE_INTEGER || limit === Number.MAX_SAFE_INTEGER) return { type: "int_parsing_size" };
  return inclusive
    ? { type: `${comparison}_equal`, ctx: { [included]: limit } }
    : { type: comparison, ctx: { [excluded]: limit } };
}
