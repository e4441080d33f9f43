import { describeFault, dotted } from "../schema/messages.ts";
import type { Validated } from "../schema/validate.ts";

/** The user's function returned something that does not fit its own schema. */
export class BadResult extends Error {
  override name = "BadResult";
}

/** The value of a result that fits its schema; throws `BadResult` for any other. */
export function validResult(functionName: string, { value, faults, omitted }: Validated): unknown {
  if (faults.length === 0) return value;
  const list = faults.map((fault) => {
    const place = dotted(fault.loc);
    return `${place === "" ? "the result" : place}: ${describeFault(fault)}`;
  });
  if (omitted > 0) list.push(`and ${omitted} faults more`);
  throw new BadResult(`${functionName} returned what does not fit the output schema: ${list.join("; ")}`);
}
