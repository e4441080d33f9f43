/**
 * The kinds of options and arguments. Each option is described once: parsing (each is a flag of stricli's), help, shell
 * completion and environment variables follow from that.
 * @module
 */

/** What a shell proposes for a value: files, folders, `@` followed by a file, or these words. */
export type Completion = "files" | "folders" | "payload" | (() => readonly string[]);

interface Described {
  readonly optional: true;
  readonly brief: string;
  readonly placeholder?: string;
  readonly hidden?: boolean;
  readonly completes?: Completion;
  /** Is the next word always its value, even if it begins with a dash? */
  readonly takesDashes?: boolean;
}

/** `--name VALUE`. `parse` throws a `SyntaxError` that says what it expected. */
export interface ValueOption<T> extends Described {
  readonly kind: "parsed";
  parse(text: string): T;
  /** The value may be left out, which gives the empty string to `parse`. */
  readonly inferEmpty?: boolean;
}

/** `--name VALUE`, which may be given several times. The environment cannot set it. */
export interface ListOption<T> extends ValueOption<T> {
  readonly variadic: true;
}

/** `--name VALUE`, where VALUE is one of a few words. */
export interface ChoiceOption<T extends string> extends Described {
  readonly kind: "enum";
  readonly values: readonly T[];
}

/** `--name`, and `--no-name` if `withNegated`. */
export interface SwitchOption extends Described {
  readonly kind: "boolean";
  readonly withNegated: boolean;
}

export type Option = ValueOption<unknown> | ListOption<unknown> | ChoiceOption<string> | SwitchOption;

/** Options by their names in camelCase: `outputPath` is `--output-path`. */
export type Options = Readonly<Record<string, Option>>;

type OptionValue<O> = O extends ListOption<infer T> ? readonly T[]
  : O extends ValueOption<infer T> ? T
  : O extends ChoiceOption<infer T> ? T
  : boolean;

/** The values of options; those that are not given are missing. */
export type Values<O extends Options> = { readonly [Name in keyof O]?: OptionValue<O[Name]> | undefined };

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

type Extras = Pick<Described, "hidden" | "completes" | "takesDashes">;

export function value<T>(
  placeholder: string,
  brief: string,
  parse: (text: string) => T,
  extras: Extras = {},
): ValueOption<T> {
  return { kind: "parsed", optional: true, placeholder, brief, parse, ...extras };
}

export function text(placeholder: string, brief: string, extras?: Extras): ValueOption<string> {
  return value(placeholder, brief, String, extras);
}

export function list<T>(
  placeholder: string,
  brief: string,
  parse: (text: string) => T,
  extras?: Extras,
): ListOption<T> {
  return { ...value(placeholder, `${brief}; may be repeated`, parse, extras), variadic: true };
}

export function choice<T extends string>(placeholder: string, brief: string, values: readonly T[]): ChoiceOption<T> {
  return { kind: "enum", optional: true, placeholder, brief, values };
}

export function toggle(brief: string, { withNegated = false } = {}): SwitchOption {
  return { kind: "boolean", optional: true, brief, withNegated };
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
