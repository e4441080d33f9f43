import { escapeControls } from "../message_text.ts";
import { importLater } from "../import_later.ts";
import { aliasesOf, type Command, optionsOf, PROGRAM, type Run } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { formatError, UsageError } from "./errors.ts";
import type { Surroundings } from "./io/io.ts";
import { fromEnvironment } from "./options/environment.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, RESULT_ALIASES } from "./options/global.ts";
import { didYouMean, parse } from "./options/parse.ts";
import { given, readSettings } from "./options/settings.ts";

const FRONT_OPTIONS = { ...GLOBAL_OPTIONS, ...COMPLETION_OPTIONS };

/** Runs the program. Returns its exit code; every error has been reported on stderr by then. */
export async function runProgram(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { io } = surroundings;
  let debug = false;
  try {
    const { options: global, args: [name, ...rest], isHelp } = await parse(words, FRONT_OPTIONS, RESULT_ALIASES);
    if (isHelp) {
      io.print(await help());
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
      io.writeError(await help());
      return 2;
    }
    const command = await findCommand(name);
    const parsed = await parse(rest, optionsOf(command), aliasesOf(command), command.arguments);
    if (parsed.isHelp) {
      io.print((await loadHelp()).commandHelp(name, command));
      // After it, because the user module may end the process, or wait for ever, when it is imported.
      const { moduleHelp } = await importLater<typeof import("./module_help.ts")>("cli/module_help.ts");
      io.print(await moduleHelp(surroundings, global, name));
      return 0;
    }
    const { options: flags, args } = parsed;
    const settings = readSettings(surroundings, name, global, command.hasResult ? flags : {});
    debug = settings.debug;
    const options = { ...fromEnvironment(surroundings.env, name, command.options, false), ...given(flags) };
    const file = command.file ?? name.replaceAll("-", "_");
    const { run } = await importLater<{ readonly run: Run }>(`cli/commands/${file}.ts`);
    return await run({ ...surroundings, command: name, settings, options }, args) ?? 0;
  } catch (error) {
    io.writeError(`${formatError(error, debug)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function findCommand(name: string): Promise<Command> {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]!;
  const known = Object.keys(COMMANDS).filter((name) => !COMMANDS[name]!.hidden);
  const hint = await didYouMean(name, [...known, "--help", "--version"]) || "; --help lists the commands";
  throw new UsageError(`No such command '${escapeControls(name)}'${hint}`);
}

const loadHelp = () => importLater<typeof import("./help.ts")>("cli/help.ts");

async function help(): Promise<string> {
  return (await loadHelp()).programHelp(COMMANDS);
}
