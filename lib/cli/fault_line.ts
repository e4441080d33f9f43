import type { Fault, FoundFaults } from "../schema/faults.ts";
import { describeFault, dotted } from "../schema/messages.ts";
import { absolutePath } from "../storage/location.ts";
import { UsageError } from "./errors.ts";

/** A fault of a payload, for people: `inputs.layers.0.weight: what is wrong with it`. */
export function faultLine(fault: Fault): string {
  const words = describeFault(fault);
  // The location of a syntax error is its position in the text.
  if (fault.type === "json_invalid") return fault.loc.length === 0 ? words : `${words} (at character ${fault.loc[0]})`;
  return `${fault.loc.length === 0 ? "payload" : dotted(fault.loc)}: ${words}`;
}

/** The error for all faults of the payload that an argument gives. */
export async function payloadError(
  { faults, omitted }: FoundFaults,
  argument: string,
  cwd: string,
): Promise<UsageError> {
  const lines = faults.map(faultLine);
  if (omitted > 0) lines.push(`and ${omitted} more faults`);
  if (faults[0]?.type === "json_invalid" && !argument.startsWith("@")) lines[0] += await hint(argument, cwd);
  return new UsageError(...lines);
}

/** A hint for the case that the `@` was forgotten. */
async function hint(argument: string, cwd: string): Promise<string> {
  const found = await Deno.stat(absolutePath(argument, cwd)).catch(() => undefined);
  if (found === undefined) return "";
  return found.isDirectory
    ? `; there is a folder of this name: to read a file in it, write @${argument.replace(/\/+$/, "")}/NAME`
    : `; to read a file, write @${argument}`;
}
