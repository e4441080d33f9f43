/**
 * The one small pass over the arguments before stricli sees them. Stricli knows no options in front of the command;
 * and the meaning of `-h` depends on where it stands.
 * @module
 */

/** The arguments, taken apart. */
export interface SplitArguments {
  /** `help` and `version` need nothing else: neither a command nor a user module. */
  readonly wish: "help" | "version" | "command";
  /** The options in front of the command. */
  readonly global: readonly string[];
  /** The command and what follows it. Empty: there is none. */
  readonly command: readonly string[];
}

/** The short names of the options that take a value, whose value may be attached: `-fjson`. */
const SHORT: Readonly<Record<string, string>> = { o: "output-path", f: "output-format", i: "input-path" };
const SHORT_OF_SERVE: Readonly<Record<string, string>> = { p: "port", h: "host", w: "num-workers" };

/** Takes global options off the front. `switches` are the long names of those that take no value. */
export function splitArguments(args: readonly string[], switches: ReadonlySet<string>): SplitArguments {
  const global: string[] = [];
  let wish: SplitArguments["wish"] = "command";
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at]!;
    if (!looksLikeOption(arg)) break;
    if (arg === "--help" || arg === "-h") {
      wish = "help";
    } else if (arg === "--version") {
      if (wish !== "help") wish = "version";
    } else {
      const token = detachEmpty(spellOut(arg, SHORT));
      global.push(...token);
      const next = args[at + 1];
      const takesNext = token.length === 1 && !token[0]!.includes("=") && !switches.has(token[0]!.slice(2));
      if (takesNext && next !== undefined && isValue(next)) global.push(args[++at]!);
    }
  }
  return { wish, global, command: readCommand(args.slice(at)) };
}

function readCommand([name, ...rest]: readonly string[]): string[] {
  if (name === undefined) return [];
  const serve = name === "serve";
  const short = serve ? SHORT_OF_SERVE : SHORT;
  const command = [name];
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!;
    const next = rest[i + 1];
    if (arg === "--") return [...command, ...rest.slice(i)];
    if (arg !== "-h") command.push(...detachEmpty(spellOut(arg, short)));
    // Python's 0.9 has `-h HOST` for serve, and `-h` for the help everywhere.
    else if (serve && next !== undefined && isValue(next)) command.push("--host", rest[++i]!);
    else command.push("--help");
  }
  return command;
}

function looksLikeOption(arg: string): boolean {
  return /^-./.test(arg);
}

/** May it be the value of an option? Numbers may be negative. */
function isValue(arg: string): boolean {
  return !/^--?[a-z]/i.test(arg);
}

/** `-fjson` and `-f=json` as `--output-format=json`. */
function spellOut(arg: string, short: Readonly<Record<string, string>>): string {
  const match = /^-([a-z])=?(.+)$/is.exec(arg);
  const name = match ? short[match[1]!] : undefined;
  return name === undefined ? arg : `--${name}=${match![2]}`;
}

/** `--name=` as `--name` and an empty value, which stricli does not see otherwise. */
function detachEmpty(arg: string): string[] {
  return /^--[a-z][a-z-]*=$/.test(arg) ? [arg.slice(0, -1), ""] : [arg];
}
