/**
 * The program as a function of its arguments and surroundings: from arguments to exit code.
 * @module
 */
import { buildApplication, buildCommand, ExitCode, run } from "@stricli/core";
import { bare, buildProgram, PROGRAM } from "./application.ts";
import { splitArguments } from "./options/arguments.ts";
import { exitCodeOf, formatError } from "./errors.ts";
import { importLater } from "../import_later.ts";
import type { Invocation, Surroundings } from "./invocation.ts";
import {
  COMPLETION_FLAGS,
  type CompletionFlags,
  GLOBAL_FLAGS,
  type GlobalFlags,
  RESULT_ALIASES,
} from "./options/options.ts";
import { readSettings } from "./options/settings.ts";
import { programText } from "./text.ts";

const SWITCHES = new Set(Object.entries(GLOBAL_FLAGS).filter(([, { kind }]) => kind === "boolean").map(([key]) => key));

const COMPLETION_NAMES = Object.keys(COMPLETION_FLAGS) as (keyof CompletionFlags)[];

/** Options before the command: settings, and what stands in place of a command. */
type FrontFlags = GlobalFlags & CompletionFlags;

/** Runs the program. Returns its exit code; all that goes wrong is on stderr by then. */
export async function runProgram(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { io } = surroundings;
  const print = (text: string) => io.write(new TextEncoder().encode(text));
  try {
    const { wish, global: globalArgs, command } = splitArguments(args, SWITCHES);
    if (wish === "version") {
      print(`${PROGRAM} ${(await importLater<typeof import("./version.ts")>("cli/version.ts")).VERSION}\n`);
      return 0;
    }
    const help = async () => (await importLater<typeof import("./help.ts")>("cli/help.ts")).programHelp();
    if (wish === "help") {
      print(await help());
      return 0;
    }
    const streams = { stdout: { write: print }, stderr: { write: (text: string) => io.writeError(text) } };
    const parsed = await parseGlobal(globalArgs, streams);
    if (typeof parsed === "number") return parsed;
    const invocation: Invocation = { ...surroundings, process: streams, global: parsed };
    if (COMPLETION_NAMES.some((name) => parsed[name] !== undefined)) {
      const { manage } = await importLater<typeof import("./completion/manage.ts")>("cli/completion/manage.ts");
      await manage(parsed, invocation);
      return 0;
    }
    if (command.length === 0) {
      io.writeError(await help());
      return 2;
    }
    return await runCommand(command, invocation);
  } catch (error) {
    io.writeError(`${formatError(error, false)}\n`);
    return exitCodeOf(error);
  }
}

type Streams = Invocation["process"];

/** Reads the options before the command, as if they were the flags of a command; an exit code where they are wrong. */
async function parseGlobal(args: readonly string[], streams: Streams): Promise<FrontFlags | number> {
  if (args.length === 0) return {};
  let found: FrontFlags = {};
  const command = buildCommand<FrontFlags, [], Invocation>({
    func: (flags) => {
      found = flags;
    },
    parameters: { flags: bare({ ...GLOBAL_FLAGS, ...COMPLETION_FLAGS }), aliases: RESULT_ALIASES },
    docs: { brief: "" },
  });
  const application = buildApplication<Invocation>(command, {
    name: PROGRAM,
    scanner: { caseStyle: "allow-kebab-for-camel" },
    documentation: { disableAnsiColor: true },
    localization: { text: programText(() => false) },
  }, {});
  const process: ProcessLike = { ...streams };
  await run(application, args, { process } as unknown as Invocation);
  return exitCodeFrom(process) || found;
}

async function runCommand(args: readonly string[], invocation: Invocation): Promise<number> {
  const help = async (command: string) => {
    const { commandHelp } = await importLater<typeof import("./help.ts")>("cli/help.ts");
    const { moduleHelp } = await importLater<typeof import("./module_help.ts")>("cli/module_help.ts");
    invocation.process.stdout.write(commandHelp(command) + await moduleHelp(invocation, command));
  };
  const process: ProcessLike = { ...invocation.process };
  await run(buildProgram(() => isDebugging(invocation, args[0]!), help), args, { ...invocation, process });
  return exitCodeFrom(process);
}

function isDebugging(invocation: Invocation, command: string): boolean {
  try {
    return readSettings(invocation, command).debug;
  } catch {
    return false;
  }
}

type ProcessLike = Streams & { exitCode?: number | string | null };

/** Stricli's own codes are negative. */
function exitCodeFrom({ exitCode }: ProcessLike): number {
  const code = Number(exitCode);
  if (code >= 0) return code;
  return code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument ? 2 : 1;
}
