import type { Surroundings } from "./io/io.ts";
import { FOLDER_OPTIONS, RESULT_ALIASES, RESULT_OPTIONS } from "./options/global.ts";
import type { Aliases, Argument, Options, Values } from "./options/option.ts";
import type { Settings } from "./options/settings.ts";

export const PROGRAM = "tesseract-runtime";

/** What a command is given when it runs. */
export interface CommandContext<O extends object = object> extends Surroundings {
  /** Its own name, as it is typed. */
  readonly command: string;
  readonly settings: Settings;
  /** Its own options, from the command line or the environment. */
  readonly options: O;
}

/** What is known of a command without loading its code. */
export interface Command {
  /** One line for the help. */
  readonly brief: string;
  /** More lines for the command's own help. */
  readonly description?: string;
  readonly options: Options;
  readonly aliases?: Aliases;
  /**
   * Does it also take the options for writing results? `folder`: it writes many results, and the output path is their
   * folder.
   */
  readonly hasResult?: boolean | "folder";
  readonly arguments: readonly Argument[];
  /** Left out of the help: it is called by shells and other programs. */
  readonly hidden?: boolean;
  /** The file in commands/ that has its code. Default: the one of its name, with `_` for `-`. */
  readonly file?: string;
}

/** What a file in commands/ exports as `run`. It returns the exit code, 0 if there is none. */
export type Run<O extends Options = Options> = (
  context: CommandContext<Values<O>>,
  args: readonly string[],
) => void | Promise<number | void>;

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
