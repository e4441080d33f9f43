/**
 * Options and arguments. Each is described once: parsing, help, shell completion and environment variables follow from
 * that.
 * @module
 */

/** What a shell proposes for a value: files, folders, `@` followed by a file, or these words. */
export type Completion = "files" | "folders" | "payload" | (() => readonly string[]);

/** `--name VALUE`, or a switch, `--name`. */
export interface Option<T = unknown> {
  readonly brief: string;
  /** What help calls the value; `undefined`: it is a switch. */
  readonly placeholder?: string;
  /** The value that a text stands for. Throws a `SyntaxError` that says what it expected. */
  parse(text: string): T;
  /** The words of which the value is one, if it is one of a few. */
  readonly values?: readonly string[];
  readonly hidden?: boolean;
  readonly completes?: Completion;
  /** Is the next word always its value, even if it begins with a dash? */
  readonly takesDashes?: boolean;
  /** May the value be left out, which is the same as an empty one? "=": it may, and is given only by `--name=VALUE`. */
  readonly mayLackValue?: true | "=";
  /** May it be given several times? Then all values are a list, and the environment cannot set it. */
  readonly isList?: boolean;
  /** Is there also `--no-name`? */
  readonly withNegated?: boolean;
}

interface ListOption<T> extends Option<T> {
  readonly isList: true;
}

/** Options by their names in camelCase: `outputPath` is `--output-path`. */
export type Options = Readonly<Record<string, Option>>;

type OptionValue<O> = O extends ListOption<infer T> ? readonly T[] : O extends Option<infer T> ? T : never;

/** The values of options; those that are not given are missing. */
export type Values<O extends Options> = { readonly [Name in keyof O]?: OptionValue<O[Name]> };

/** Short names: `{ o: "outputPath" }`. */
export type Aliases = Readonly<Record<string, string>>;

/** A positional argument. */
export interface Argument {
  readonly placeholder: string;
  readonly brief: string;
  readonly completes?: Completion;
  /** Only the last one may be. `repeated`: one or more. */
  readonly takes?: "optional" | "repeated";
}

type Extras = Pick<Option, "hidden" | "completes" | "takesDashes" | "mayLackValue">;

export function value<T>(
  placeholder: string,
  brief: string,
  parse: (text: string) => T,
  extras: Extras = {},
): Option<T> {
  return { placeholder, brief, parse, ...extras };
}

export function text(placeholder: string, brief: string, extras?: Extras): Option<string> {
  return value(placeholder, brief, String, extras);
}

export function list<T>(
  placeholder: string,
  brief: string,
  parse: (text: string) => T,
  extras?: Extras,
): ListOption<T> {
  return { ...value(placeholder, `${brief}; may be repeated`, parse, extras), isList: true };
}

export function choice<T extends string>(placeholder: string, brief: string, values: readonly T[]): Option<T> {
  const parse = (text: string): T => {
    if ((values as readonly string[]).includes(text)) return text as T;
    throw new SyntaxError(`expected one of ${values.join(", ")}`);
  };
  return { ...value(placeholder, brief, parse, { completes: () => values }), values };
}

export function toggle(brief: string, { withNegated = false } = {}): Option<boolean> {
  return { brief, parse: parseBoolean, withNegated };
}

function parseBoolean(text: string): boolean {
  if (/^(?:1|true|t|yes|y|on)$/i.test(text)) return true;
  if (/^(?:0|false|f|no|n|off)$/i.test(text)) return false;
  throw new SyntaxError("expected true or false");
}

/** A parser of whole numbers within bounds. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
      throw new SyntaxError(`expected a whole number ${bounds}`);
    }
    return value;
  };
}

/** A parser of numbers such as `1e-4`. */
export function decimal(fits: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!(Number.isFinite(value) && fits(value))) throw new SyntaxError(`expected ${expected}`);
    return value;
  };
}

/** `output-path`, as it is typed, for the option `outputPath`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `--help`, which every command has. */
export const HELP = toggle("show this help");

/** An option behind one of the names by which it is typed. */
export interface NamedOption {
  /** Its name in camelCase. */
  readonly key: string;
  readonly option: Option;
  /** Is it `--no-name`? */
  readonly isNegated: boolean;
}

/** The names by which options are typed: `--output-path`, `-o`, `--no-show-progress`, `--help`. */
export function namesOf(options: Options, aliases: Aliases): Map<string, NamedOption> {
  const names = new Map<string, NamedOption>();
  for (const [key, option] of Object.entries({ ...options, help: HELP })) {
    names.set(`--${kebab(key)}`, { key, option, isNegated: false });
    if (option.withNegated) names.set(`--no-${kebab(key)}`, { key, option, isNegated: true });
  }
  for (const [short, key] of Object.entries(aliases)) names.set(`-${short}`, names.get(`--${kebab(key)}`)!);
  return names;
}

/** Is a value the next word, if it is not given by `=`? */
export function takesWord({ placeholder, mayLackValue }: Option): boolean {
  return placeholder !== undefined && mayLackValue !== "=";
}

/** Is this word the name of an option, there or not? (A negative number is not.) */
export function isOptionName(word: string): boolean {
  return /^--?[a-z]/i.test(word);
}
