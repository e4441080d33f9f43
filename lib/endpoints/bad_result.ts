import { inWords } from "../arrays/fault.ts";
import type { Fault } from "../schema/faults.ts";
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
    return `${place === "" ? "the result" : place}: ${describeFault(fault)}${advice(fault)}`;
  });
  if (omitted > 0) list.push(`and ${omitted} faults more`);
  throw new BadResult(`${functionName} returned what does not fit the output schema: ${list.join("; ")}`);
}

/** What the author of a module may have done instead of what was expected. */
function advice({ type, loc, input, ctx }: Fault): string {
  if (loc.length === 0 && input === undefined) return ", got nothing; is a return missing?";
  if (type.endsWith("_type")) return `, got ${inWords(input)}`;
  // `a * 2` is NaN where `a` is an array.
  const isNaNForArray = type === "array_dimensionality_mismatch" && Number.isNaN(input);
  if (isNaNForArray) {
    return ": it is NaN; arithmetic is done with the elements of an array, as in a.data.map((x) => 2 * x)";
  }
  const isObject = type === "array_non_numeric" && ctx?.["got"] === "an object";
  return isObject ? "; an array is returned as a typed array, nested lists or ndarray(dtype, shape, data)" : "";
}
