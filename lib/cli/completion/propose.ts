/**
 * What may stand at the end of a half-typed command line: a walk along its words with the program's own commands and
 * options in hand.
 * @module
 */
import { COMMANDS, HIDDEN } from "../application.ts";
import { COMPLETION_FLAGS, GLOBAL_FLAGS, HELP_BRIEF, kebab, RESULT_ALIASES } from "../options.ts";
import { files, folders, payload } from "./paths.ts";

/** The answer: words, each with a line of explanation, or what the shell shall look for. */
export interface Proposal {
  readonly words: readonly (readonly [word: string, brief: string])[];
  /** `text`: it goes on right behind the word, without a space. `none`: there is nothing but the words. */
  readonly then: "files" | "folders" | "text" | "none";
}

/** What completion knows of stricli's flags and arguments. */
interface Parameter {
  readonly brief: string;
  readonly kind?: string;
  readonly hidden?: boolean;
  readonly variadic?: boolean | string;
  readonly inferEmpty?: boolean;
  readonly withNegated?: boolean;
  readonly values?: readonly string[];
  // Those of this program do not ask for their `this`.
  readonly proposeCompletions?: (this: never, typed: string) => readonly string[] | Promise<readonly string[]>;
}

/** Options by the names that they are typed by: `--output-path`, `-o`. */
type Options = ReadonlyMap<string, { readonly flag: string; readonly parameter: Parameter }>;

/**
 * Proposes how the last of these words can go on. The words are those behind the program's name, the last one may be
 * empty; in `--option=value` it is the value that is proposed.
 */
export async function propose(words: readonly string[]): Promise<Proposal> {
  // Shells pass a quotation mark on that is not closed yet.
  const last = words.at(-1)?.replace(/^['"]/, "") ?? "";
  let options = GLOBAL_OPTIONS;
  let positional: Parameter | undefined;
  let command: string | undefined;
  let waiting: Parameter | undefined; // the option whose value comes next
  const given = new Set<string>();
  for (const word of words.slice(0, -1)) {
    if (word.startsWith("-")) {
      const found = options.get(word.split("=")[0]!);
      if (found !== undefined && !found.parameter.variadic) given.add(found.flag);
      waiting = found !== undefined && !word.includes("=") && takesValue(found.flag, found.parameter)
        ? found.parameter
        : undefined;
    } else if (waiting !== undefined) {
      waiting = undefined;
    } else if (command !== undefined) {
      positional = undefined;
    } else {
      command = word;
      [options, positional] = parametersOf(command);
      given.clear();
    }
  }
  const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(last) ?? [];
  if (name !== undefined) return await values(options.get(name)?.parameter, value!);
  if (last.startsWith("-")) {
    return only([...options].filter(([, { flag, parameter }]) => !parameter.hidden && !given.has(flag)), last);
  }
  if (waiting !== undefined) return await values(waiting, last);
  if (command === undefined) {
    return only(Object.entries(COMMANDS).filter(([name]) => !HIDDEN[name]), last);
  }
  return await values(positional, last);
}

const NOTHING: Proposal = { words: [], then: "none" };

async function values(parameter: Parameter | undefined, typed: string): Promise<Proposal> {
  if (parameter === undefined) return NOTHING;
  const { values, brief, proposeCompletions: source } = parameter;
  if (source === files) return { words: [], then: "files" };
  if (source === folders) return { words: [], then: "folders" };
  const words = values ?? await source?.call(undefined as never, typed) ?? [];
  const proposal = only(words.map((word) => [word, { brief: source === payload ? brief : "" }]), typed);
  return source === payload ? { ...proposal, then: "text" } : proposal;
}

type Entry = readonly [string, { readonly brief: string } | { readonly parameter: Parameter }];

function only(entries: readonly Entry[], typed: string): Proposal {
  const fitting = entries.filter(([word]) => word.startsWith(typed));
  const brief = (entry: Entry[1]) => "parameter" in entry ? entry.parameter.brief : entry.brief;
  return { words: fitting.map(([word, entry]) => [word, brief(entry)]), then: "none" };
}
