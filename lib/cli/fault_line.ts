import type { Fault } from "../schema/faults.ts";
import { describeFault } from "../schema/messages.ts";

/** A fault of a payload, for people: `inputs.layers.0.weight: what is wrong with it`. */
export function faultLine(fault: Fault): string {
  const words = describeFault(fault);
  // Its place is a position in the text, which the words tell.
  if (fault.type === "json_invalid") return words;
  return `${fault.loc.length === 0 ? "payload" : fault.loc.join(".")}: ${words}`;
}
