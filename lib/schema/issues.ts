/**
 * Zod's issues as faults: the name that clients match on, and the facts of each.
 * @module
 */
import type { z } from "zod";
import type { Faults, Loc } from "./faults.ts";

/** An issue before Zod makes words of it; which members there are depends on the code. */
interface Issue {
  readonly code?: string;
  readonly path?: readonly PropertyKey[];
  readonly input?: unknown;
  readonly message?: unknown;
  readonly inst?: { readonly _zod: { readonly def: { readonly error?: (issue: unknown) => unknown } } };
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  readonly divisor?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly expected?: string;
}

const textOf = (message: unknown): string | undefined =>
  typeof message === "string" ? message : (message as { message?: string } | undefined)?.message;

/** Adds the fault that an issue found at `loc` stands for. */
export function addIssue(faults: Faults, raw: z.core.$ZodRawIssue, loc: Loc, fallback?: unknown): void {
  const issue = raw as unknown as Issue;
  const message = textOf(issue.message) ?? textOf(issue.inst?._zod.def.error?.(issue));
  const path = (issue.path ?? []).map((key) => typeof key === "symbol" ? String(key) : key);
  const { type, ctx } = kindOf(issue);
  faults.add(type, [...loc, ...path], { ctx, input: issue.input ?? fallback, message });
}

function kindOf(issue: Issue): { type: string; ctx?: Record<string, unknown> | undefined } {
  switch (issue.code) {
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
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

/** What an array or string issue counts. */
const lengthOf = (input: unknown): number | undefined => (input as { length?: number } | undefined)?.length;

function tooSmall({ origin, minimum, inclusive, input }: Issue) {
  if (origin === "string") return { type: "string_too_short", ctx: { min_length: minimum } };
  if (origin !== "number" && origin !== "int") {
    return { type: "too_short", ctx: { field_type: "List", min_length: minimum, actual_length: lengthOf(input) } };
  }
  if (minimum === Number.MIN_SAFE_INTEGER) return { type: "int_parsing_size" };
  return inclusive
    ? { type: "greater_than_equal", ctx: { ge: minimum } }
    : { type: "greater_than", ctx: { gt: minimum } };
}

function tooBig({ origin, maximum, inclusive, input }: Issue) {
  if (origin === "string") return { type: "string_too_long", ctx: { max_length: maximum } };
  if (origin !== "number" && origin !== "int") {
    return { type: "too_long", ctx: { field_type: "List", max_length: maximum, actual_length: lengthOf(input) } };
  }
  if (maximum === Number.MAX_SAFE_INTEGER) return { type: "int_parsing_size" };
  return inclusive ? { type: "less_than_equal", ctx: { le: maximum } } : { type: "less_than", ctx: { lt: maximum } };
}
