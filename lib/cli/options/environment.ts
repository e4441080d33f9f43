/**
 * Options from the environment: `TESSERACT_RUNTIME_<COMMAND>_<OPTION>`, then `TESSERACT_RUNTIME_<OPTION>`, then, for
 * the global ones, `TESSERACT_<OPTION>`. An empty variable counts as not set, and unknown ones are ignored, because
 * clients set many.
 * @module
 */
import { GPU_TRANSPORTS } from "../../formats/registry.ts";
import { messageOf, quote, UsageError } from "../errors.ts";
import type { Surroundings } from "../io/io.ts";
import { choice, kebab, type Option, type Options, type Values } from "./option.ts";

type Env = Surroundings["env"];

/**
 * The values that the environment gives to these options. `plain`: may they also be set by `TESSERACT_<OPTION>`?
 * Throws a `UsageError` that names the variable with a bad value.
 */
export function fromEnvironment<O extends Options>(env: Env, command: string, options: O, plain: boolean): Values<O> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    if (option.isList) continue;
    const suffix = constantCase(kebab(name));
    const variables = [`RUNTIME_${constantCase(command)}_${suffix}`, `RUNTIME_${suffix}`, ...plain ? [suffix] : []];
    const variable = variables.map((variable) => `TESSERACT_${variable}`).find(env);
    if (variable !== undefined) values[name] = parseVariable(option, variable, env(variable)!);
  }
  return values as Values<O>;
}

function constantCase(kebabCase: string): string {
  return kebabCase.replaceAll("-", "_").toUpperCase();
}

function parseVariable(option: Option, name: string, text: string): unknown {
  try {
    return option.parse(text);
  } catch (error) {
    throw new UsageError(`${name}: ${messageOf(error)}, got ${quote(text)}`);
  }
}

/** Throws a `UsageError` if TESSERACT_GPU_TRANSPORT, which Python's clients set, is not "none". It has no option. */
export function checkGpuTransport(env: Env): void {
  parseVariable(choice("", "", GPU_TRANSPORTS), "TESSERACT_GPU_TRANSPORT", env("TESSERACT_GPU_TRANSPORT") || "none");
}
