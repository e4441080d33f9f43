import type { Fault, FoundFaults } from "../schema/faults.ts";
import { describeFault, faultLine } from "../schema/messages.ts";
import { absolutePath } from "../storage/location.ts";
import { isUri } from "../uri.ts";
import { UsageError } from "./errors.ts";

/** The error for all faults of the payload that an argument gives. */
export async function payloadError(
  { faults, omitted }: FoundFaults,
  argument: string,
  cwd: string,
): Promise<UsageError> {
  const lines = faults.map(faultLine);
  if (omitted > 0) lines.push(`and ${omitted} more faults`);
  const [first] = faults;
  if (first?.type === "json_invalid") {
    const place = await placeInFile(first, argument, cwd);
    lines[0] = place === undefined ? lines[0] + await hint(argument, cwd) : `${place}: ${describeFault(first)}`;
  }
  return new UsageError(...lines);
}

/** `payload.json:3:17`, for a mistake in a local file. */
async function placeInFile({ loc: [at] }: Fault, argument: string, cwd: string): Promise<string | undefined> {
  if (typeof at !== "number" || !argument.startsWith("@") || argument === "@-" || isUri(argument.slice(1))) return;
  const path = argument.slice(1);
  const text = await Deno.readTextFile(absolutePath(path, cwd)).catch(() => "");
  if (text.length < at) return undefined;
  const lines = text.slice(0, at).split("\n");
  return `${path}:${lines.length}:${lines.at(-1)!.length + 1}`;
}

/** A hint for the case that the `@` was forgotten, or that a file is not there. */
async function hint(argument: string, cwd: string): Promise<string> {
  if (argument.startsWith("@")) return "";
  if (argument === "-") return "; to read standard input, write @-";
  const found = await Deno.stat(absolutePath(argument, cwd)).catch(() => undefined);
  if (found?.isDirectory) {
    return `; there is a folder of this name: to read a file in it, write @${argument.replace(/\/+$/, "")}/NAME`;
  }
  const isName = found !== undefined || /^[^{}[\]"]+\.(?:json|msgpack)$/.test(argument);
  if (isName) return `; to read a file, write @${argument}`;
  return /^[\w./-]{1,200}$/.test(argument) ? "; nor is there a file or folder of this name" : "";
}
