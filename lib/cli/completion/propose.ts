import { aliasesOf, type Command, optionsOf } from "../command.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, RESULT_ALIASES } from "../options/global.ts";
import { type Argument, isOptionName, type NamedOption, namesOf, type Option, takesWord } from "../options/option.ts";

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

/** What has been typed before the last word. */
interface TypedLine {
  command: string | undefined;
  /** The options that may still be given. */
  options: Map<string, NamedOption>;
  /** The arguments that may still come, the next one first. */
  arguments: readonly Argument[];
  /** The option whose value comes next. */
  waiting: Option | undefined;
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
  const { command, options, arguments: [argument], waiting } = readLine(words.slice(0, -1), commands);
  const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(typed) ?? [];
  if (name !== undefined) return valuesOf(options.get(name)?.option, value!);
  if (waiting !== undefined && !(waiting.mayLackValue && typed.startsWith("-"))) return valuesOf(waiting, typed);
  if (typed.startsWith("-")) {
    const shown = [...options].filter(([, { option }]) => !option.hidden);
    return fitting(shown.map(([name, { option }]) => [name, option.brief]), typed);
  }
  if (command !== undefined) return valuesOf(argument, typed);
  const shown = Object.entries(commands).filter(([, { hidden }]) => !hidden);
  return fitting(shown.map(([name, { brief }]) => [name, brief]), typed);
}

function readLine(words: readonly string[], commands: Commands): TypedLine {
  const options = namesOf({ ...GLOBAL_OPTIONS, ...COMPLETION_OPTIONS }, RESULT_ALIASES);
  const line: TypedLine = { command: undefined, options, arguments: [], waiting: undefined };
  for (const word of words) {
    if (line.waiting !== undefined && !isOptionName(word)) {
      line.waiting = undefined;
    } else if (word.startsWith("-")) {
      const option = line.options.get(word.split("=")[0]!)?.option;
      line.waiting = option && takesWord(option) && !word.includes("=") ? option : undefined;
      // An option that is given is not proposed again, by any of its names.
      if (option && !option.isList) {
        line.options = new Map([...line.options].filter(([, other]) => other.option !== option));
      }
    } else if (line.command === undefined) {
      line.command = word;
      const command = Object.hasOwn(commands, word) && !commands[word]!.hidden ? commands[word]! : undefined;
      line.options = command ? namesOf(optionsOf(command), aliasesOf(command)) : new Map();
      line.arguments = command?.arguments ?? [];
    } else if (line.arguments[0]?.takes !== "repeated") {
      line.arguments = line.arguments.slice(1);
    }
  }
  return line;
}

function valuesOf(of: Option | Argument | undefined, typed: string): Proposal {
  const completes = of?.completes;
  if (completes === "files" || completes === "folders") return { words: [], then: completes };
  if (completes === "payload") return { ...fitting([["@", of!.brief]], typed), then: "text" };
  return fitting((completes?.() ?? []).map((word) => [word, ""]), typed);
}

function fitting(words: readonly Word[], typed: string): Proposal {
  return { words: words.filter(([word]) => word.startsWith(typed)), then: "none" };
}
