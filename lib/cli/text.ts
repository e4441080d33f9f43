/**
 * The words that stricli says, where this program says them differently: `Error: …`, what is wrong, what was expected.
 * @module
 */
import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from "@stricli/core";
import { formatError } from "./errors.ts";
import { GLOBAL_FLAGS, kebab } from "./options/options.ts";

/** The texts of the program; `debug` says, once something was thrown, whether to show its stack. */
export function programText(debug: () => boolean): ApplicationText {
  const thrown = (error: unknown) => formatError(error, debug());
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input, corrections }) => {
      const names = corrections.map((correction) => correction.replaceAll("`", ""));
      return `Error: No such command '${input}'${suggest(names)}`;
    },
    exceptionWhileParsingArguments: (error) =>
      error instanceof ArgumentScannerError ? `Error: ${scannerMessage(error)}` : thrown(error),
    exceptionWhileLoadingCommandFunction: thrown,
    exceptionWhileRunningCommand: thrown,
    commandErrorResult: thrown,
    exceptionWhileRunningIntegrationFlag: ({ exception }) => thrown(exception),
  };
}

function scannerMessage(error: ArgumentScannerError): string {
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) =>
      Object.hasOwn(GLOBAL_FLAGS, camel(input))
        ? `--${input} stands before the command`
        : `there is no option --${input}${suggest(corrections.map((name) => `--${kebab(name)}`))}`,
    AliasNotFoundError: ({ input }) => `there is no option -${input}`,
    EnumValidationError: (error) => {
      const suggestion = / did you mean (.*)$/.exec(error.message)?.[1]?.replaceAll('"', "") ?? "";
      const expected = `expected one of ${error.values.join(", ")}, got "${error.input}"`;
      return `--${error.externalFlagName}: ${expected}${suggestion && `. Did you mean ${suggestion}`}`;
    },
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, exception, input }) =>
      `--${name}: ${exception instanceof Error ? exception.message : exception}, got "${input}"`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} needs a value`,
    UnsatisfiedPositionalError: ({ placeholder }) => `the argument ${placeholder} is missing`,
    UnexpectedPositionalError: ({ input }) => `unexpected argument ${shorten(input)}`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
    InvalidNegatedFlagSyntaxError: ({ externalFlagName }) => `--${externalFlagName} takes no value`,
  });
}

function suggest(names: readonly string[]): string {
  return names.length === 0 ? "" : `. Did you mean ${names.join(" or ")}?`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function camel(name: string): string {
  return name.replace(/-./g, (match) => match[1]!.toUpperCase());
}
