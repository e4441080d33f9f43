import type { Fault } from "../schema/faults.ts";
import { describeFault, dotted } from "../schema/messages.ts";

/** The user's function returned something that does not fit its own schema. */
export class BadResult extends Error {
  override name = "BadResult";
}

/** The error for a result that does not fit its schema. */
export function badResult(functionName: string, faults: readonly Fault[]): BadResult {
  const list = faults.map((fault) => {
    const place = dotted(fault.loc);
    return `${place === "" ? "the result" : place}: ${describeFault(fault)}`;
  });
  return new BadResult(`${functionName} returned what does not fit the output schema: ${list.join("; ")}`);
}
