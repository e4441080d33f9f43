/**
 * Options from the environment: `TESSERACT_RUNTIME_<COMMAND>_<OPTION>`, then `TESSERACT_RUNTIME_<OPTION>`, then, for
 * the global ones, `TESSERACT_<OPTION>`. An empty variable is none, and what is not known is ignored: clients set many.
 * @module
 */
import { type FlagParametersForType, looseBooleanParser } from "@stricli/core";
import { UsageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

type Flags<T> = FlagParametersForType<T, Invocation>;

/**
 * The values that the environment gives for these flags. `plain`: may they also be set by `TESSERACT_<OPTION>`?
 * Throws a `UsageError` that names the variable with a bad value.
 */
export function fromEnvironment<T extends object>(
  invocation: Invocation,
  command: string,
  flags: Flags<T>,
  plain: boolean,
): Partial<T> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags) as [string, AnyFlag][]) {
    const found = findVariable(invocation, command, name, plain);
    if (found !== undefined) values[name] = parseVariable(flag, found, invocation);
  }
  return values as Partial<T>;
}

/** What the environment knows of the flags of stricli that this program uses. */
interface AnyFlag {
  readonly kind: "boolean" | "enum" | "parsed" | "counter";
  readonly values?: readonly string[];
  readonly parse?: (this: Invocation, text: string) => unknown;
}

interface Variable {
  readonly name: string;
  readonly text: string;
}

function findVariable(invocation: Invocation, command: string, flag: string, plain: boolean): Variable | undefined {
  const option = flag.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const names = [`RUNTIME_${command.replaceAll("-", "_").toUpperCase()}_${option}`, `RUNTIME_${option}`];
  if (plain) names.push(option);
  for (const name of names) {
    const text = invocation.env(`TESSERACT_${name}`);
    if (text !== undefined && text !== "") return { name: `TESSERACT_${name}`, text };
  }
  return undefined;
}

function parseVariable(flag: AnyFlag, { name, text }: Variable, invocation: Invocation): unknown {
  const refuse = (expected: string) => new UsageError(`${name}: ${expected}, got "${text}"`);
  if (flag.kind === "enum") {
    if (!flag.values!.includes(text)) throw refuse(`expected one of ${flag.values!.join(", ")}`);
    return text;
  }
  try {
    return flag.kind === "boolean" ? looseBooleanParser(text) : flag.parse!.call(invocation, text);
  } catch (error) {
    throw refuse(flag.kind === "boolean" ? "expected true or false" : (error as Error).message);
  }
}

/** Python's clients set it; there is nothing to choose from here. */
export function checkGpuTransport(invocation: Invocation): void {
  const text = invocation.env("TESSERACT_GPU_TRANSPORT");
  if (text !== undefined && text !== "" && text !== "none") {
    throw new UsageError(`TESSERACT_GPU_TRANSPORT: expected none, got "${text}"`);
  }
}
