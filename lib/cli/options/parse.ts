import {
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  type FlagParametersForType,
  formatMessageForArgumentScannerError,
  run,
  text_en,
} from "@stricli/core";
import { messageOf, quote, UsageError } from "../errors.ts";
import { GLOBAL_OPTIONS, RESULT_ALIASES } from "./global.ts";
import { type Aliases, type Argument, kebab, type Options, type Values } from "./option.ts";

/** Parsed options and arguments. */
export interface Parsed<O extends Options> {
  readonly options: Values<O>;
  readonly args: readonly string[];
}

/** Parses `args`. Throws a `UsageError` if they do not fit. */
export async function parse<O extends Options>(
  args: readonly string[],
  options: O,
  aliases: Aliases,
  positional: readonly Argument[],
): Promise<Parsed<O>> {
  let parsed: Parsed<O> | undefined;
  // The options have no prototype, in which stricli would find options named `constructor` and `toString`.
  const command = buildCommand<Record<string, unknown>, string[], CommandContext>({
    func: (options, ...args) => {
      parsed = { options: options as Values<O>, args };
    },
    parameters: {
      flags: { __proto__: null, ...options } as FlagParametersForType<Record<string, unknown>>,
      aliases,
      positional: numberOf(positional),
    },
    docs: { brief: "" },
  });
  let message = "";
  const ignore = { write() {} };
  const process = { stdout: ignore, stderr: { write: (text: string) => message += text } };
  // Below a route, stricli looks only for the options of the command, and for none of its own, such as `--version`.
  const root = buildRouteMap({ routes: { command }, docs: { brief: "" } });
  await run(buildApplication(root, configuration(positional), {}), ["command", ...args], { process });
  if (parsed === undefined) throw new UsageError(...message.trimEnd().split("\n"));
  return parsed;
}

/** Only the number of arguments is checked here, so all are described to stricli as one array of strings. */
function numberOf(positional: readonly Argument[]) {
  const placeholder = positional.map(({ placeholder }) => placeholder).join(" ");
  const minimum = positional.filter(({ takes }) => takes !== "optional").length;
  const maximum = positional.at(-1)?.takes === "repeated" ? Infinity : positional.length;
  return { kind: "array", minimum, maximum, parameter: { brief: "", placeholder, parse: String } } as const;
}

const configuration = (positional: readonly Argument[]) => ({
  name: "",
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
  documentation: { disableAnsiColor: true },
  localization: {
    text: {
      ...text_en,
      exceptionWhileParsingArguments: (error: unknown) =>
        error instanceof ArgumentScannerError ? scannerMessage(error, positional) : messageOf(error),
    },
  },
} as const);

function scannerMessage(error: ArgumentScannerError, positional: readonly Argument[]): string {
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) =>
      Object.hasOwn(GLOBAL_OPTIONS, camel(input))
        ? `--${input} stands before the command`
        : `there is no option ${quote(`--${input}`)}${didYouMean(corrections.map((name) => `--${kebab(name)}`))}`,
    AliasNotFoundError: ({ input }) =>
      Object.hasOwn(RESULT_ALIASES, input)
        ? `-${input} stands before the command`
        : `there is no option ${quote(`-${input}`)}`,
    EnumValidationError: (error) => {
      const suggestion = / did you mean (.*)$/.exec(error.message)?.[1]?.replaceAll('"', "") ?? "";
      const expected = `expected one of ${error.values.join(", ")}, got ${quote(error.input)}`;
      return `--${error.externalFlagName}: ${expected}${suggestion && `. Did you mean ${suggestion}`}`;
    },
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, exception, input }) =>
      `--${name}: ${messageOf(exception)}, got ${quote(input)}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} needs a value`,
    UnsatisfiedPositionalError: ({ limit }) => missing(positional.slice(limit?.[1] ?? 0)),
    UnexpectedPositionalError: ({ input }) =>
      `unexpected argument ${quote(input.length > 80 ? `${input.slice(0, 80)}…` : input)}`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
    InvalidNegatedFlagSyntaxError: ({ externalFlagName }) => `--${externalFlagName} takes no value`,
  });
}

function missing(all: readonly Argument[]): string {
  const needed = all.filter(({ takes }) => takes !== "optional");
  const words = needed.map(({ placeholder, brief }) => `${placeholder} (${brief})`).join(" and ");
  return needed.length === 1 ? `the argument ${words} is missing` : `the arguments ${words} are missing`;
}

export function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? "" : `. Did you mean ${names.join(" or ")}?`;
}

function camel(name: string): string {
  return name.replace(/-./g, (match) => match[1]!.toUpperCase());
}
