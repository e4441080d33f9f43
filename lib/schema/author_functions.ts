/**
 * The author's own functions in a schema: refinements, transforms, the value of a `.catch`. They run as in Zod.
 * @module
 */
import type { z } from "zod";
import type { Faults, Loc } from "./faults.ts";
import { addIssue } from "./issues.ts";
import { AskedForValues } from "./validated_values.ts";

/** Runs a transform on the value, and collects the issues that it adds. */
export function runTransform(
  transform: (value: unknown, payload: z.core.ParsePayload) => unknown,
  value: unknown,
  loc: Loc,
  faults: Faults,
): unknown {
  const payload = {
    value,
    issues: [] as z.core.$ZodRawIssue[],
    // As in Zod's classic API.
    addIssue(issue: string | z.core.$ZodRawIssue) {
      payload.issues.push(typeof issue === "string" ? { code: "custom", message: issue, input: undefined } : issue);
    },
  };
  const result = transform(value, payload);
  for (const issue of payload.issues) addIssue(faults, issue, loc);
  if (result instanceof Promise) throw new TypeError("asynchronous transforms are not supported");
  return result;
}

/** Runs the checks of a schema itself: `.min()` of a list, refinements. Returns the value; a check may replace it. */
export function runChecks(checks: readonly z.core.$ZodCheck[], value: unknown, loc: Loc, faults: Faults): unknown {
  const payload: z.core.ParsePayload = { value, issues: [] };
  for (const check of checks) {
    const { def } = check._zod;
    if (def.when && !def.when(payload)) continue;
    try {
      const answer: unknown = check._zod.check(payload as z.core.ParsePayload<never>);
      if (answer instanceof Promise) throw new TypeError("asynchronous refinements are not supported");
    } catch (error) {
      if (!(error instanceof AskedForValues)) throw error;
    }
    if (payload.issues.length > 0 && def.abort) break;
  }
  for (const issue of payload.issues) addIssue(faults, issue, loc, value);
  return payload.value;
}

/** The value that `.catch` puts in the place of an invalid one. */
export function caughtValue(zod: z.core.$ZodType, input: unknown): unknown {
  const { catchValue } = zod._zod.def as z.core.$ZodCatchDef;
  return catchValue({ value: input, issues: [], error: { issues: [] }, input } as never);
}
