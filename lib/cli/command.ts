import type { Surroundings } from "./io/io.ts";
import { FOLDER_OPTIONS, RESULT_ALIASES, RESULT_OPTIONS } from "./options/global.ts";
import type { Aliases, Argument, Options, Values } from "./options/option.ts";
import type { Settings } from "./options/settings.ts";

export const PROGRAM = "tesseract-runtime";

/** What a command is given when it runs. */
export interface CommandContext<O extends object = object> extends Surroundings {
  readonly settings: Settings;
  /** Its own options, from the command line or the environment. */
  readonly options: O;
}

export interface Command<O extends object = object> {
  /** One line for the help. */
  readonly brief: string;
  /** More lines for the command's own help. */
  readonly description?: string;
  readonly options: Options;
  readonly aliases?: Aliases;
  /**
   * Does it also take the options that say how and where a result is written? `folder`: there are many results, and the
   * output path is the folder for them.
   */
  readonly hasResult?: boolean | "folder";
  readonly arguments: readonly Argument[];
  /** It is for shells and other programs: not in the help. */
  readonly hidden?: boolean;
  /** Runs it. Its result is the exit code, 0 if there is none. */
  run(context: CommandContext<O>, args: readonly string[]): void | Promise<number | void>;
}

/** A command, whose `run` is given the values of its `options`. */
export function defineCommand<O extends Options>(
  command: Omit<Command<Values<O>>, "options"> & { readonly options: O },
): Command {
  return command;
}

/** `abstract-eval` for `abstract_eval`. */
export function commandName(entry: { readonly name: string }): string {
  return entry.name.replaceAll("_", "-");
}

/** The options of a command, with those for results. */
export function optionsOf({ options, hasResult }: Command): Options {
  if (!hasResult) return options;
  return { ...options, ...hasResult === "folder" ? FOLDER_OPTIONS : RESULT_OPTIONS };
}

export function aliasesOf({ aliases, hasResult }: Command): Aliases {
  return hasResult ? { ...aliases, ...RESULT_ALIASES } : aliases ?? {};
}
