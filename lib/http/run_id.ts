/**
 * The name of a run.
 * @module
 */
import { type FaultJson, faultJson } from "../schema/messages.ts";

const PATTERN = "^[A-Za-z0-9._-]{1,128}$";
const ALLOWED = new RegExp(PATTERN);

/**
 * The name that a request gives its run by `?run_id=`, a new one if it gives none, or what is wrong with it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(readRunId("http://localhost/apply?run_id=a&run_id=b"), { runId: "b" });
 * assert.deepEqual(Object.keys(readRunId("http://localhost/apply?run_id=..")), ["faults"]);
 * ```
 */
export function readRunId(url: string): { runId: string } | { faults: FaultJson[] } {
  const given = url.includes("?") ? new URL(url).searchParams.getAll("run_id").at(-1) : undefined;
  if (given === undefined) return { runId: crypto.randomUUID() };
  // these two would be folders of their own meaning
  if (ALLOWED.test(given) && given !== "." && given !== "..") return { runId: given };
  const fault = { type: "string_pattern_mismatch", loc: ["run_id"], input: given, ctx: { pattern: PATTERN } };
  return { faults: [faultJson(fault, ["query"])] };
}
