/**
 * The commands, as stricli knows them. Their code is loaded when they are called.
 * @module
 */
import { type Application, buildApplication, buildCommand, buildRouteMap, type Command } from "@stricli/core";
import { type EndpointEntry, ENDPOINTS } from "../endpoints/endpoints.ts";
import { payload } from "./completion/proposals.ts";
import { exitCodeOf } from "./errors.ts";
import { importLater } from "../import_later.ts";
import type { Invocation } from "./invocation.ts";
import { HELP_BRIEF, RESULT_ALIASES, RESULT_FLAGS, type ResultFlags } from "./options/options.ts";
import {
  CHECK_GRADIENTS_DESCRIPTION,
  CHECK_GRADIENTS_FLAGS,
  type CheckGradientsFlags,
  HEALTH_FLAGS,
  type HealthFlags,
  REPEATABLE_SERVE_FLAGS,
  SERVE_ALIASES,
  SERVE_FLAGS,
  type ServeFlags,
} from "./options/command_options.ts";
import { programText } from "./text.ts";

export const PROGRAM = "tesseract-runtime";

/** What stands for a payload in usage lines. */
const JSON_PAYLOAD = {
  kind: "tuple",
  parameters: [{
    brief: "JSON text, or @ and where to read it: a path, a URL, or - for standard input",
    placeholder: "JSON_PAYLOAD",
    parse: String,
    proposeCompletions: payload,
  }],
} as const;

/** Without a prototype, among whose keys stricli would look for options and commands as well. */
export function bare<T extends object>(entries: T): T {
  return Object.assign(Object.create(null), entries);
}

function endpointCommand(entry: EndpointEntry): Command<Invocation> {
  return buildCommand<ResultFlags, [string], Invocation>({
    loader: async () =>
      (await importLater<typeof import("./commands/call.ts")>("cli/commands/call.ts")).callCommand(entry),
    parameters: { flags: bare(RESULT_FLAGS), aliases: RESULT_ALIASES, positional: JSON_PAYLOAD },
    docs: { brief: entry.summary },
  });
}

function documentCommand(brief: string, name: "inputSchema" | "outputSchema" | "openapiSchema"): Command<Invocation> {
  return buildCommand<ResultFlags, [], Invocation>({
    loader: async () =>
      (await importLater<typeof import("./commands/documents.ts")>("cli/commands/documents.ts"))[name],
    parameters: { flags: bare(RESULT_FLAGS), aliases: RESULT_ALIASES },
    docs: { brief },
  });
}

const test = buildCommand<ResultFlags, string[], Invocation>({
  loader: async () => (await importLater<typeof import("./commands/test.ts")>("cli/commands/test.ts")).test,
  parameters: {
    flags: bare(RESULT_FLAGS),
    aliases: RESULT_ALIASES,
    positional: {
      kind: "array",
      minimum: 1,
      parameter: {
        brief: "test cases: JSON texts, @ and where to read one, or folders of them",
        placeholder: "JSON_PAYLOAD",
        parse: String,
        proposeCompletions: payload,
      },
    },
  },
  docs: { brief: "Run recorded test cases." },
});

const health = buildCommand<HealthFlags, [], Invocation>({
  loader: async () => (await importLater<typeof import("./commands/health.ts")>("cli/commands/health.ts")).health,
  parameters: { flags: bare(HEALTH_FLAGS), aliases: RESULT_ALIASES },
  docs: { brief: "Say that all is well, or ask a running server." },
});

const check = buildCommand<NonNullable<unknown>, [], Invocation>({
  loader: async () => (await importLater<typeof import("./commands/check.ts")>("cli/commands/check.ts")).check,
  parameters: { flags: bare({}) },
  docs: { brief: "Check that the user module is complete and consistent." },
});

const checkGradients = buildCommand<CheckGradientsFlags, [string], Invocation>({
  loader: async () =>
    (await importLater<typeof import("./commands/check_gradients.ts")>("cli/commands/check_gradients.ts"))
      .checkGradientsCommand,
  parameters: { flags: bare(CHECK_GRADIENTS_FLAGS), positional: JSON_PAYLOAD },
  docs: {
    brief: "Compare the derivatives of the user module with finite differences, and with each other.",
    fullDescription: CHECK_GRADIENTS_DESCRIPTION,
  },
});

const serve = buildCommand<ServeFlags, [], Invocation>({
  loader: async () => (await importLater<typeof import("./commands/serve.ts")>("cli/commands/serve.ts")).serve,
  parameters: { flags: { ...bare(SERVE_FLAGS), ...bare(REPEATABLE_SERVE_FLAGS) }, aliases: SERVE_ALIASES },
  docs: { brief: "Start the HTTP server." },
});

/** What a shell asks for the words that fit; see completion/scripts.ts. */
const complete = buildCommand<NonNullable<unknown>, string[], Invocation>({
  loader: async () => (await importLater<typeof import("./commands/complete.ts")>("cli/commands/complete.ts")).complete,
  parameters: { positional: { kind: "array", parameter: { brief: "of the line so far", parse: String } } },
  docs: { brief: "Propose how a command line goes on." },
});

/** The commands by name, in the order in which the help lists them. */
export const COMMANDS: Readonly<Record<string, Command<Invocation>>> = bare({
  ...Object.fromEntries(ENDPOINTS.map((entry) => [commandName(entry), endpointCommand(entry)])),
  test,
  health,
  "input-schema": documentCommand("Print the JSON Schema of the inputs.", "inputSchema"),
  "output-schema": documentCommand("Print the JSON Schema of the outputs.", "outputSchema"),
  "openapi-schema": documentCommand("Print the OpenAPI document of the HTTP interface.", "openapiSchema"),
  check,
  "check-gradients": checkGradients,
  serve,
  complete,
});

/** Commands that are not for people. */
export const HIDDEN: Readonly<Record<string, true>> = { complete: true };

/** `abstract-eval` for `abstract_eval`. */
export function commandName(entry: { readonly name: string }): string {
  return entry.name.replaceAll("_", "-");
}

/** The program, ready to run. `help` prints the help of the command that was found. */
export function buildProgram(debug: () => boolean, help: (command: string) => Promise<void>): Application<Invocation> {
  const root = buildRouteMap<string, Invocation>({
    routes: COMMANDS,
    docs: { brief: "Run a Tesseract.", hideRoute: HIDDEN },
  });
  return buildApplication<Invocation>(root, {
    name: PROGRAM,
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { disableAnsiColor: true },
    localization: { text: programText(debug) },
    determineExitCode: exitCodeOf,
  }, {
    help: { flag: { brief: HELP_BRIEF, global: true, run: (_app, { result }) => help(result.prefix[1]!) } },
  });
}
