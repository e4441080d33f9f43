import { BadResult } from "./bad_result.ts";

/** What Python's test cases call a payload that does not fit: pydantic's class and those that it derives from. */
export const VALIDATION_ERROR: readonly string[] = ["ValidationError", "ValueError", "Exception", "Error"];

/**
 * The names that a test case may call something thrown by: that of its class and of those it derives from. A result
 * that does not fit is a validation error, too.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * class NoConvergence extends RangeError {}
 * assert.deepEqual(namesOf(new NoConvergence()), ["NoConvergence", "RangeError", "Error", "Exception"]);
 * ```
 */
export function namesOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return ["Exception"];
  if (thrown instanceof BadResult) return [thrown.name, ...VALIDATION_ERROR];
  const names = new Set<string>();
  for (let type = thrown.constructor; type.name !== ""; type = Object.getPrototypeOf(type)) {
    names.add(type.name);
  }
  // a name that was assigned, without a class of its own
  names.add(thrown.name);
  return [...names, "Exception"];
}

/** The message that a test case compares. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : Deno.inspect(thrown, { colors: false });
}
