import { escapeControls } from "../escape_controls.ts";
import { importLater } from "../import_later.ts";
import { aliasesOf, type Command, optionsOf, PROGRAM, runCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { exitCodeOf, formatError, UsageError } from "./errors.ts";
import type { Surroundings } from "./io/io.ts";
import { hasOption, normalize, splitArguments } from "./options/arguments.ts";
import { fromEnvironment } from "./options/environment.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, type GlobalValues, RESULT_ALIASES } from "./options/global.ts";
import { didYouMean, parse } from "./options/parse.ts";
import { given, readSettings } from "./options/settings.ts";

const FRONT_OPTIONS = { ...GLOBAL_OPTIONS, ...COMPLETION_OPTIONS };
const SWITCHES = new Set(["-h", "--help", "--version"]);
for (const [name, { kind }] of Object.entries(GLOBAL_OPTIONS)) if (kind === "boolean") SWITCHES.add(`--${name}`);

/** Runs the program. Returns its exit code; every error has been reported on stderr by then. */
export async function runProgram(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { io } = surroundings;
  try {
    const split = splitArguments(args, SWITCHES);
    const front = normalize(split.front, RESULT_ALIASES);
    if (front.includes("--help")) {
      io.print(await help(undefined, {}, surroundings));
      return 0;
    }
    if (front.includes("--version")) {
      io.print(`${PROGRAM} ${(await importLater<typeof import("./version.ts")>("cli/version.ts")).VERSION}\n`);
      return 0;
    }
    const { options: global } = await parse(front, FRONT_OPTIONS, RESULT_ALIASES, []);
    const { installCompletion, showCompletion, uninstallCompletion } = global;
    if ((installCompletion ?? showCompletion ?? uninstallCompletion) !== undefined) {
      const { manage } = await importLater<typeof import("./completion/manage.ts")>("cli/completion/manage.ts");
      await manage(global, surroundings);
      return 0;
    }
    if (split.command === undefined) {
      io.writeError(await help(undefined, {}, surroundings));
      return 2;
    }
    return await run(await findCommand(split.command), split.rest, global, surroundings);
  } catch (error) {
    return report(error, surroundings);
  }
}

type NamedCommand = readonly [name: string, command: Command];

async function findCommand(name: string): Promise<NamedCommand> {
  if (Object.hasOwn(COMMANDS, name)) return [name, COMMANDS[name]!];
  const { suggest } = await importLater<typeof import("../suggest.ts")>("suggest.ts");
  const names = Object.keys(COMMANDS).filter((name) => !COMMANDS[name]!.hidden);
  const nearest = suggest(name, [...names, "--help", "--version"]);
  const advice = nearest === undefined ? "; --help lists the commands" : didYouMean([nearest]);
  throw new UsageError(`No such command '${escapeControls(name)}'${advice}`);
}

async function run(
  [name, command]: NamedCommand,
  rest: readonly string[],
  global: GlobalValues,
  surroundings: Surroundings,
): Promise<number> {
  const aliases = aliasesOf(command);
  const normal = normalize(rest, aliases, command.options);
  if (hasOption(normal, "--help")) {
    surroundings.io.print(await help([name, command], global, surroundings));
    return 0;
  }
  let debug = false;
  try {
    const { options: flags, args } = await parse(normal, optionsOf(command), aliases, command.arguments);
    const settings = readSettings(surroundings, name, global, command.hasResult ? flags : {});
    debug = settings.debug;
    const options = { ...fromEnvironment(surroundings.env, name, command.options, false), ...given(flags) };
    return await runCommand(command, { ...surroundings, command: name, settings, options }, args) ?? 0;
  } catch (error) {
    return report(error, surroundings, debug);
  }
}

function report(error: unknown, { io }: Surroundings, debug = false): number {
  io.writeError(`${formatError(error, debug)}\n`);
  return exitCodeOf(error);
}

async function help(named: NamedCommand | undefined, global: GlobalValues, surroundings: Surroundings) {
  const { commandHelp, programHelp } = await importLater<typeof import("./help.ts")>("cli/help.ts");
  if (named === undefined) return programHelp(COMMANDS);
  const { moduleHelp } = await importLater<typeof import("./module_help.ts")>("cli/module_help.ts");
  return commandHelp(...named) + await moduleHelp(surroundings, global, named[0]);
}
