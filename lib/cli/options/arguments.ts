/**
 * Prepares the arguments for stricli, which does not know options before the command, and for which `-h` cannot mean
 * different things in different places.
 * @module
 */
import { type Aliases, kebab, type Options } from "./option.ts";

/**
 * Separates the options in front of the command, the command, if there is one, and the rest. `switches` are the names
 * of the options that take no value.
 */
export function splitArguments(args: readonly string[], switches: ReadonlySet<string>) {
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at]!;
    if (!/^-./.test(arg)) break;
    // A short option whose value is attached, `-fjson`, is not followed by one.
    const takesNext = /^(?:-[a-z]|--[^=]*)$/i.test(arg) && !switches.has(arg);
    if (takesNext && isValue(args[at + 1])) at++;
  }
  return { front: args.slice(0, at), command: args[at], rest: args.slice(at + 1) };
}

/**
 * The same arguments in the spelling that stricli understands: `-fjson` as `--output-format=json`, `-h` as `--help`, or
 * as `--host` where `h` is an alias and a value follows. What follows an option of `options` that takes dashes is its
 * value. What follows `--` stays as it is.
 */
export function normalize(args: readonly string[], aliases: Aliases, options: Options = {}): string[] {
  const takingDashes = Object.keys(options).filter((name) => options[name]!.takesDashes).map((name) =>
    `--${kebab(name)}`
  );
  const normal: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...normal, ...args.slice(i)];
    if (takingDashes.includes(arg) && i + 1 < args.length) {
      normal.push(`${arg}=${args[++i]}`);
      continue;
    }
    const [, short, value] = /^-([a-z])(?:=?(.+))?$/is.exec(arg) ?? [];
    const name = short === undefined ? undefined : aliases[short];
    if (name !== undefined && value !== undefined) normal.push(`--${kebab(name)}=${value}`);
    // Python's 0.9 has `-h HOST` for serve, and `-h` for the help everywhere.
    else if (arg === "-h") normal.push(name !== undefined && isValue(args[i + 1]) ? `--${kebab(name)}` : "--help");
    // Stricli does not recognise an empty value after `=`.
    else if (/^--[a-z][a-z-]*=$/.test(arg)) normal.push(arg.slice(0, -1), "");
    else normal.push(arg);
  }
  return normal;
}

/** Can the argument be the value of an option? A negative number can, an option cannot. */
function isValue(arg: string | undefined): boolean {
  return arg !== undefined && !/^--?[a-z]/i.test(arg);
}

/** Is this option among the arguments, before any `--`? */
export function hasOption(args: readonly string[], option: string): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).includes(option);
}
