/**
 * The name of a run.
 * @module
 */
import { RUN_ID_PATTERN } from "../runs/run_id.ts";
import { type FaultJson, faultJson } from "../schema/messages.ts";

const ALLOWED = new RegExp(RUN_ID_PATTERN);

export const isRunId = (text: string): boolean => ALLOWED.test(text);

/**
 * The name that a request gives its run by `?run_id=`, a new one if it gives none, or what is wrong with it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(readRunId("http://localhost/apply?run_id=a&run_id=b"), { runId: "b", isGiven: true });
 * assert.deepEqual(Object.keys(readRunId("http://localhost/apply?run_id=..")), ["faults"]);
 * ```
 */
export function readRunId(url: string): { runId: string; isGiven: boolean } | { faults: FaultJson[] } {
  const given = url.includes("?") ? new URL(url).searchParams.getAll("run_id").at(-1) : undefined;
  if (given === undefined) return { runId: crypto.randomUUID(), isGiven: false };
  if (isRunId(given)) return { runId: given, isGiven: true };
  const fault = { type: "string_pattern_mismatch", loc: ["run_id"], input: given, ctx: { pattern: RUN_ID_PATTERN } };
  return { faults: [faultJson(fault, ["query"])] };
}
