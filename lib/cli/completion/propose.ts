/**
 * What may stand at the end of a half-typed command line. The commands and options are those that the program itself is
 * made of.
 * @module
 */
import { COMMANDS, HIDDEN } from "../application.ts";
import { COMPLETION_FLAGS, GLOBAL_FLAGS, HELP_BRIEF, kebab, RESULT_ALIASES } from "../options/options.ts";
import { files, folders, payload } from "./proposals.ts";

/** What may stand there: words, each with a line about it, or what the shell shall look for itself. */
export interface Proposal {
  readonly words: readonly Word[];
  /** `text`: it goes on right behind the word, without a space. `none`: there is nothing but the words. */
  readonly then: "files" | "folders" | "text" | "none";
}

type Word = readonly [word: string, brief: string];

/** What completion knows of stricli's flags and arguments. */
interface Parameter {
  readonly brief: string;
  readonly kind?: string;
  readonly hidden?: boolean;
  readonly variadic?: boolean | string;
  readonly inferEmpty?: boolean;
  readonly withNegated?: boolean;
  readonly values?: readonly string[];
  readonly proposeCompletions?: unknown;
}

interface Option extends Parameter {
  /** One option may have several names. */
  readonly flag: string;
  readonly takesValue: boolean;
}

/** Where the line stands before its last word. */
interface Place {
  /** `undefined`: it comes next. */
  command: string | undefined;
  /** Those that may stand here, by the names that they are typed by, without what is given already. */
  options: Map<string, Option>;
  /** The argument that comes next. */
  argument: Parameter | undefined;
  /** The option whose value comes next. */
  waiting: Option | undefined;
}

/**
 * Proposes how the last of these words can go on. The words are those behind the program's name; the last one may be
 * empty. In `--option=value` it is the value that is proposed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(propose(["--output-format", "json+base"]).words, [["json+base64", ""]]);
 * assert.equal(propose(["--api-path", ""]).then, "files");
 * ```
 */
export function propose(words: readonly string[]): Proposal {
  // A shell passes on the quotation mark of a word that is not closed yet.
  const typed = words.at(-1)?.replace(/^['"]/, "") ?? "";
  const { command, options, argument, waiting } = walk(words.slice(0, -1));
  const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(typed) ?? [];
  if (name !== undefined) return valuesOf(options.get(name), value!);
  if (waiting !== undefined && !(waiting.inferEmpty && typed.startsWith("-"))) return valuesOf(waiting, typed);
  if (typed.startsWith("-")) {
    const shown = [...options].filter(([, { hidden }]) => !hidden);
    return fitting(shown.map(([name, { brief }]) => [name, brief]), typed);
  }
  if (command !== undefined) return valuesOf(argument, typed);
  const shown = Object.entries(COMMANDS).filter(([name]) => !HIDDEN[name]);
  return fitting(shown.map(([name, { brief }]) => [name, brief]), typed);
}

function walk(words: readonly string[]): Place {
  const globals = optionsOf({ ...GLOBAL_FLAGS, ...COMPLETION_FLAGS }, RESULT_ALIASES);
  const place: Place = { command: undefined, options: globals, argument: undefined, waiting: undefined };
  for (const word of words) {
    if (place.waiting !== undefined && !/^--?[a-z]/i.test(word)) {
      place.waiting = undefined;
    } else if (word.startsWith("-")) {
      const option = place.options.get(word.split("=")[0]!);
      place.waiting = option?.takesValue && !word.includes("=") ? option : undefined;
      if (option !== undefined && !option.variadic) remove(place.options, option.flag);
    } else if (place.command === undefined) {
      place.command = word;
      [place.options, place.argument] = parametersOf(word);
    } else {
      place.argument = undefined;
    }
  }
  return place;
}

function remove(options: Map<string, Option>, flag: string): void {
  for (const [name, option] of options) {
    if (option.flag === flag) options.delete(name);
  }
}

function parametersOf(command: string): [options: Map<string, Option>, argument: Parameter | undefined] {
  const found = COMMANDS[command];
  if (found === undefined || HIDDEN[command]) return [new Map(), undefined];
  const { flags = {}, aliases = {}, positional } = found.parameters;
  return [optionsOf(flags, aliases), positional?.kind === "tuple" ? positional.parameters[0] : positional?.parameter];
}

function optionsOf(
  flags: Readonly<Record<string, Parameter>>,
  aliases: Readonly<Record<string, string | undefined>>,
): Map<string, Option> {
  const options = new Map<string, Option>();
  for (const [flag, parameter] of Object.entries(flags)) {
    // `--version` takes its value by `=` only.
    const takesValue = parameter.kind !== "boolean" && flag !== "version";
    const option = { ...parameter, flag, takesValue };
    options.set(`--${kebab(flag)}`, option);
    if (parameter.kind === "boolean" && parameter.withNegated !== false) options.set(`--no-${kebab(flag)}`, option);
    for (const [short, name] of Object.entries(aliases)) {
      if (name === flag) options.set(`-${short}`, option);
    }
  }
  return options.set("--help", { brief: HELP_BRIEF, flag: "help", takesValue: false });
}

function valuesOf(parameter: Parameter | undefined, typed: string): Proposal {
  const { brief = "", values = [], proposeCompletions: source } = parameter ?? {};
  if (source === files) return { words: [], then: "files" };
  if (source === folders) return { words: [], then: "folders" };
  if (source === payload) return { ...fitting(payload().map((word) => [word, brief]), typed), then: "text" };
  const proposed: readonly string[] = typeof source === "function" ? source(typed) : values;
  return fitting(proposed.map((word) => [word, ""]), typed);
}

function fitting(words: readonly Word[], typed: string): Proposal {
  return { words: words.filter(([word]) => word.startsWith(typed)), then: "none" };
}
