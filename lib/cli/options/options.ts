/**
 * The options that more than one command knows. They are stricli's flags, from which the command line, the help and
 * the environment (environment.ts) follow.
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import { type Compression, COMPRESSIONS, FORMAT_NAMES, type FormatName } from "../../formats/registry.ts";
import { files, folders } from "../completion/proposals.ts";
import { parseShell, type Shell, SHELLS } from "../completion/shells.ts";
import type { Invocation } from "../invocation.ts";

/** Of every command that prints a result; they may also stand before the command. */
export type ResultFlags = {
  readonly outputPath?: string | undefined;
  readonly outputFormat?: FormatName | undefined;
  readonly outputFile?: string | undefined;
  readonly inputPath?: string | undefined;
  readonly compression?: Compression | undefined;
};

/** Stand before the command. */
export type GlobalFlags = ResultFlags & {
  readonly apiPath?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly debug?: boolean | undefined;
  readonly profiling?: boolean | undefined;
  readonly tracing?: boolean | undefined;
};

/** Stand in place of a command. Empty: the current shell. They are no part of `GlobalFlags`, which are settings. */
export type CompletionFlags = {
  readonly installCompletion?: Shell | "" | undefined;
  readonly showCompletion?: Shell | "" | undefined;
  readonly uninstallCompletion?: Shell | "" | undefined;
};

type FlagsOf<T> = FlagParametersForType<T, Invocation>;

export const RESULT_FLAGS: FlagsOf<ResultFlags> = {
  outputPath: {
    kind: "parsed",
    parse: String,
    optional: true,
    proposeCompletions: folders,
    placeholder: "PATH",
    brief: "where files of the run go; after the command, also the result",
  },
  outputFormat: {
    kind: "enum",
    values: FORMAT_NAMES,
    optional: true,
    placeholder: "FORMAT",
    brief: "how the result is written",
  },
  outputFile: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "NAME",
    brief: "write the result to this file in the output path",
  },
  inputPath: {
    kind: "parsed",
    parse: String,
    optional: true,
    proposeCompletions: folders,
    placeholder: "PATH",
    brief: "where relative references in the payload start from",
  },
  compression: {
    kind: "enum",
    values: COMPRESSIONS,
    optional: true,
    placeholder: "NAME",
    brief: "how the arrays of the result are compressed",
  },
};

export const RESULT_ALIASES = { o: "outputPath", f: "outputFormat", i: "inputPath" } as const;

export const GLOBAL_FLAGS: FlagsOf<GlobalFlags> = {
  apiPath: {
    kind: "parsed",
    parse: String,
    optional: true,
    proposeCompletions: files,
    placeholder: "PATH",
    brief: "the user module; default: tesseract_api.ts, .js or .mjs here",
  },
  ...RESULT_FLAGS,
  name: { kind: "parsed", parse: String, optional: true, placeholder: "TEXT", brief: "title in the OpenAPI document" },
  version: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "TEXT",
    brief: "version in the OpenAPI document; without TEXT, print the program's own",
  },
  description: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "TEXT",
    brief: "description in the OpenAPI document",
  },
  debug: { kind: "boolean", optional: true, withNegated: false, brief: "stack traces in errors" },
  profiling: { kind: "boolean", optional: true, withNegated: false, brief: "print where the time of a call went" },
  tracing: { kind: "boolean", optional: true, withNegated: false, brief: "print what a call is asked for" },
};

const completion = (brief: string) => ({
  kind: "parsed",
  parse: (text: string) => text === "" ? "" : parseShell(text),
  inferEmpty: true,
  optional: true,
  proposeCompletions: () => SHELLS,
  placeholder: "SHELL",
  brief,
} as const);

export const COMPLETION_FLAGS: FlagsOf<CompletionFlags> = {
  installCompletion: completion(`complete the program's words in a shell: ${SHELLS.join(", ")}; default: this one`),
  showCompletion: completion("print what would be installed"),
  uninstallCompletion: completion("take it out again"),
};

/** What the help, and completion, say of `--help`, which is nobody's flag. */
export const HELP_BRIEF = "show this help";

/** A parser of whole numbers within bounds. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
      throw new SyntaxError(`expected a whole number ${bounds}`);
    }
    return value;
  };
}

/** A parser of numbers, `1e-4`, that fit. */
export function decimal(fits: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!(Number.isFinite(value) && fits(value))) throw new SyntaxError(`expected ${expected}`);
    return value;
  };
}

/** `output-path`, as it is typed, for the flag `outputPath`. */
export function kebab(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
