import { cut } from "../../message_text.ts";
import { importLater } from "../../import_later.ts";
import { messageOf, quote, UsageError } from "../errors.ts";
import { GLOBAL_OPTIONS, RESULT_ALIASES } from "./global.ts";
import {
  type Aliases,
  type Argument,
  isOptionName,
  kebab,
  type NamedOption,
  namesOf,
  type Options,
  takesWord,
  type Values,
} from "./option.ts";

export interface Parsed<O extends Options> {
  readonly options: Values<O>;
  readonly args: readonly string[];
  /** Is the help asked for? Then nothing else is there, and mistakes are not reported. */
  readonly isHelp: boolean;
}

/**
 * Parses the words of a command line. Options may stand before, between and behind the arguments; what follows `--` are
 * arguments. Without `positional` the options end at the first argument, and all that follows is returned in `args`.
 * Throws a `UsageError` that names every mistake.
 */
export async function parse<O extends Options>(
  words: readonly string[],
  options: O,
  aliases: Aliases,
  positional?: readonly Argument[],
): Promise<Parsed<O>> {
  const names = namesOf(options, aliases);
  const values = new Map<string, unknown>();
  const args: string[] = [];
  const mistakes: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--" || positional === undefined && !isOptionName(word)) {
      args.push(...words.slice(word === "--" ? i + 1 : i));
      break;
    }
    if (!isOptionName(word)) {
      args.push(word);
      continue;
    }
    // `--name`, `--name=value`, `-n`, `-n=value`, `-nvalue`
    const [, name, byEquals, attached] = /^(--[^=]+|-[^-])(?:=(.*)|(.+))?$/s.exec(word)!;
    const named = names.get(name!);
    const next = words[i + 1];
    const isNextValue = next !== undefined && (named?.option.takesDashes || next !== "--" && !isOptionName(next));
    // Python's 0.9 has `-h HOST` for serve, and `-h` for the help everywhere.
    if (name === "--help" || word === "-h" && !(named && isNextValue)) return { options: {}, args: [], isHelp: true };
    if (named === undefined) {
      mistakes.push(await unknown(name!, [...names.keys()]));
      continue;
    }
    let text = byEquals ?? attached;
    if (text === undefined && isNextValue && takesWord(named.option)) text = words[++i];
    const mistake = await store(values, named, text);
    if (mistake !== undefined) mistakes.push(mistake);
  }
  // What follows a mistyped option may be its value, and no argument.
  if (positional !== undefined && mistakes.length === 0) mistakes.push(...wrongNumber(args, positional));
  if (mistakes.length > 0) throw new UsageError(...mistakes);
  return { options: Object.fromEntries(values) as Values<O>, args, isHelp: false };
}

/** Adds the value that an option was given by `text`. Resolves with what is wrong with it, if anything is. */
async function store(
  values: Map<string, unknown>,
  { key, option, isNegated }: NamedOption,
  text: string | undefined,
): Promise<string | undefined> {
  const name = `--${isNegated ? "no-" : ""}${kebab(key)}`;
  const isSwitch = option.placeholder === undefined;
  if (text === undefined && !isSwitch && !option.mayLackValue) return `${name} needs a value`;
  if (text !== undefined && isNegated) return `${name} takes no value`;
  if (values.has(key) && !option.isList) return `${name} is given twice`;
  const given = text ?? (isSwitch ? String(!isNegated) : "");
  try {
    const value = option.parse(given);
    values.set(key, option.isList ? [...values.get(key) as unknown[] ?? [], value] : value);
  } catch (error) {
    return `${name}: ${messageOf(error)}, got ${quote(given)}${await didYouMean(given, option.values ?? [])}`;
  }
}

async function unknown(name: string, names: readonly string[]): Promise<string> {
  if (namesOf(GLOBAL_OPTIONS, RESULT_ALIASES).has(name)) return `${name} stands before the command`;
  return `there is no option ${quote(name)}${name.startsWith("--") ? await didYouMean(name, names) : ""}`;
}

function wrongNumber(args: readonly string[], positional: readonly Argument[]): string[] {
  const missing = positional.slice(args.length).filter(({ takes }) => takes !== "optional");
  if (missing.length > 0) {
    const words = missing.map(({ placeholder, brief }) => `${placeholder} (${brief})`).join(" and ");
    return [missing.length === 1 ? `the argument ${words} is missing` : `the arguments ${words} are missing`];
  }
  const further = positional.at(-1)?.takes === "repeated" ? undefined : args[positional.length];
  if (further === undefined) return [];
  return [`unexpected argument ${quote(cut(further, 80))}`];
}

/** `. Did you mean apply?`; empty if no known name is near. */
export async function didYouMean(name: string, known: readonly string[]): Promise<string> {
  const { suggest } = await importLater<typeof import("../../suggest.ts")>("suggest.ts");
  // A payload in the wrong place may be of any length.
  const nearest = name.length > 80 ? undefined : suggest(name, known);
  return nearest === undefined ? "" : `. Did you mean ${nearest}?`;
}
