import { escapeControls } from "../escape_controls.ts";
import { importLater } from "../import_later.ts";
import { aliasesOf, type Command, optionsOf, PROGRAM, runCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { exitCodeOf, formatError, UsageError } from "./errors.ts";
import type { Surroundings } from "./io/io.ts";
import { fromEnvironment } from "./options/environment.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, type GlobalValues, RESULT_ALIASES } from "./options/global.ts";
import { didYouMean, parse } from "./options/parse.ts";
import { given, readSettings } from "./options/settings.ts";

const FRONT_OPTIONS = { ...GLOBAL_OPTIONS, ...COMPLETION_OPTIONS };

/** Runs the program. Returns its exit code; every error has been reported on stderr by then. */
export async function runProgram(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { io } = surroundings;
  try {
    const { options: global, args: [name, ...rest], isHelp } = await parse(words, FRONT_OPTIONS, RESULT_ALIASES);
    if (isHelp) {
      io.print(await help(undefined, {}, surroundings));
      return 0;
    }
    if (global.version === "") {
      io.print(`${PROGRAM} ${(await importLater<typeof import("./version.ts")>("cli/version.ts")).VERSION}\n`);
      return 0;
    }
    const { installCompletion, showCompletion, uninstallCompletion } = global;
    if ((installCompletion ?? showCompletion ?? uninstallCompletion) !== undefined) {
      const { manage } = await importLater<typeof import("./completion/manage.ts")>("cli/completion/manage.ts");
      await manage(global, surroundings);
      return 0;
    }
    if (name === undefined) {
      io.writeError(await help(undefined, {}, surroundings));
      return 2;
    }
    return await run(await findCommand(name), rest, global, surroundings);
  } catch (error) {
    return report(error, surroundings);
  }
}

type NamedCommand = readonly [name: string, command: Command];

async function findCommand(name: string): Promise<NamedCommand> {
  if (Object.hasOwn(COMMANDS, name)) return [name, COMMANDS[name]!];
  const hint = await didYouMean(name, Object.keys(COMMANDS).filter((name) => !COMMANDS[name]!.hidden));
  throw new UsageError(`No such command '${escapeControls(name)}'${hint}`);
}

async function run(
  [name, command]: NamedCommand,
  rest: readonly string[],
  global: GlobalValues,
  surroundings: Surroundings,
): Promise<number> {
  let debug = false;
  try {
    const parsed = await parse(rest, optionsOf(command), aliasesOf(command), command.arguments);
    if (parsed.isHelp) {
      surroundings.io.print(await help([name, command], global, surroundings));
      return 0;
    }
    const { options: flags, args } = parsed;
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
