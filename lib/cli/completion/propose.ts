import { aliasesOf, type Command, optionsOf } from "../command.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, HELP_BRIEF, RESULT_ALIASES } from "../options/global.ts";
import { type Aliases, type Argument, type Completion, kebab, type Option, type Options } from "../options/option.ts";

type Commands = Readonly<Record<string, Command>>;

export interface Proposal {
  /** The words that fit, each with a line about it. */
  readonly words: readonly Word[];
  /**
   * What the shell adds. `text`: no space after the word, which goes on. `none`: nothing but the words above.
   */
  readonly then: "files" | "folders" | "text" | "none";
}

type Word = readonly [word: string, brief: string];

/** A name of an option, as it is typed. One option may have several. */
interface OptionName {
  readonly name: string;
  readonly brief: string;
  /** `undefined` for `--help`. */
  readonly option?: Option;
  readonly takesValue: boolean;
}

/** What has been typed before the last word. */
interface TypedLine {
  command: string | undefined;
  /** The names of options that may still be given. */
  names: OptionName[];
  /** The arguments that may still come, the next one first. */
  arguments: readonly Argument[];
  /** The option whose value comes next. */
  waiting: OptionName | undefined;
}

/**
 * What can complete a half-typed command line: proposes completions of the last of these words, which are those behind
 * the program's name. The last one may be empty. In `--option=value`, values are proposed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { COMMANDS } from "../commands.ts";
 * assert.deepEqual(propose(["--output-format", "json+base"], COMMANDS).words, [["json+base64", ""]]);
 * assert.equal(propose(["--api-path", ""], COMMANDS).then, "files");
 * ```
 */
export function propose(words: readonly string[], commands: Commands): Proposal {
  // A shell passes on the quotation mark of a word that is not closed yet.
  const typed = words.at(-1)?.replace(/^['"]/, "") ?? "";
  const { command, names, arguments: [argument], waiting } = readLine(words.slice(0, -1), commands);
  const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(typed) ?? [];
  if (name !== undefined) return valuesOf(names.find((each) => each.name === name)?.option, value!);
  const mayLackValue = waiting?.option !== undefined && "inferEmpty" in waiting.option;
  if (waiting !== undefined && !(mayLackValue && typed.startsWith("-"))) return valuesOf(waiting.option, typed);
  if (typed.startsWith("-")) {
    const shown = names.filter(({ option }) => !option?.hidden);
    return fitting(shown.map(({ name, brief }) => [name, brief]), typed);
  }
  if (command !== undefined) return valuesOf(argument, typed);
  const shown = Object.entries(commands).filter(([, { hidden }]) => !hidden);
  return fitting(shown.map(([name, { brief }]) => [name, brief]), typed);
}

function readLine(words: readonly string[], commands: Commands): TypedLine {
  const names = namesOf({ ...GLOBAL_OPTIONS, ...COMPLETION_OPTIONS }, RESULT_ALIASES);
  const line: TypedLine = { command: undefined, names, arguments: [], waiting: undefined };
  for (const word of words) {
    if (line.waiting !== undefined && !/^--?[a-z]/i.test(word)) {
      line.waiting = undefined;
    } else if (word.startsWith("-")) {
      const found = line.names.find(({ name }) => name === word.split("=")[0]);
      line.waiting = found?.takesValue && !word.includes("=") ? found : undefined;
      const option = found?.option;
      // An option that is given is not proposed again, by any of its names.
      if (option && !("variadic" in option)) line.names = line.names.filter((each) => each.option !== option);
    } else if (line.command === undefined) {
      line.command = word;
      const command = Object.hasOwn(commands, word) && !commands[word]!.hidden ? commands[word]! : undefined;
      line.names = command ? namesOf(optionsOf(command), aliasesOf(command)) : [];
      line.arguments = command?.arguments ?? [];
    } else if (line.arguments[0]?.takes !== "repeated") {
      line.arguments = line.arguments.slice(1);
    }
  }
  return line;
}

function namesOf(options: Options, aliases: Aliases): OptionName[] {
  const names = Object.entries(options).flatMap(([flag, option]) => {
    // `--version` takes its value by `=` only.
    const takesValue = option.kind !== "boolean" && flag !== "version";
    const all = [`--${kebab(flag)}`];
    if (option.kind === "boolean" && option.withNegated) all.push(`--no-${kebab(flag)}`);
    all.push(...Object.keys(aliases).filter((short) => aliases[short] === flag).map((short) => `-${short}`));
    return all.map((name): OptionName => ({ name, brief: option.brief, option, takesValue }));
  });
  return [...names, { name: "--help", brief: HELP_BRIEF, takesValue: false }];
}

function valuesOf(of: Option | Argument | undefined, typed: string): Proposal {
  const completes: Completion | undefined = of?.completes;
  if (completes === "files" || completes === "folders") return { words: [], then: completes };
  if (completes === "payload") return { ...fitting([["@", of!.brief]], typed), then: "text" };
  const values = completes?.() ?? (of !== undefined && "values" in of ? of.values : []);
  return fitting(values.map((word) => [word, ""]), typed);
}

function fitting(words: readonly Word[], typed: string): Proposal {
  return { words: words.filter(([word]) => word.startsWith(typed)), then: "none" };
}
