/**
 * The table of commands, from which the command line, the help and completion follow. The code of a command is loaded
 * when it is called. A new command is an entry here and a file in commands/; a new option an entry in the `options` of
 * its command, and its use.
 * @module
 */
import { type EndpointEntry, ENDPOINTS } from "../endpoints/endpoints.ts";
import { importLater } from "../import_later.ts";
import { type Command, commandName, defineCommand } from "./command.ts";
import { CHECK_GRADIENTS_DESCRIPTION, CHECK_GRADIENTS_OPTIONS } from "./options/check_gradients.ts";
import { MAP_ALIASES, MAP_DESCRIPTION, MAP_OPTIONS } from "./options/map.ts";
import { type Argument, choice, text, value } from "./options/option.ts";
import { SERVE_ALIASES, SERVE_OPTIONS } from "./options/serve.ts";

/** The kinds of components that `init` knows, each a folder of examples/. The first is the default. */
export const RECIPES = ["auto", "program", "wasm", "library", "handwritten"] as const;

const PAYLOAD: Argument = {
  placeholder: "JSON_PAYLOAD",
  brief: "JSON text, or @ and where to read it: a path, a URL, or - for standard input",
  completes: "payload",
};

function endpointCommand(entry: EndpointEntry): Command {
  return defineCommand({
    brief: entry.summary,
    options: {},
    hasResult: true,
    arguments: [PAYLOAD],
    async run(context, [payload]) {
      const { callEndpoint } = await importLater<typeof import("./commands/call.ts")>("cli/commands/call.ts");
      await callEndpoint(context, entry, payload!);
    },
  });
}

function documentCommand(name: "inputSchema" | "outputSchema" | "openapiSchema", brief: string): Command {
  return defineCommand({
    brief,
    options: {},
    hasResult: true,
    arguments: [],
    async run(context) {
      const documents = await importLater<typeof import("./commands/documents.ts")>("cli/commands/documents.ts");
      await documents[name](context);
    },
  });
}

/** The commands by name, in the order in which the help lists them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(ENDPOINTS.map((entry) => [commandName(entry), endpointCommand(entry)])),

  test: defineCommand({
    brief: "Run recorded test cases, or record one.",
    options: {
      record: text(
        "NAME",
        "write test_cases/NAME.json from an endpoint and its payload: --record NAME apply @payload.json",
      ),
    },
    hasResult: true,
    arguments: [{
      ...PAYLOAD,
      brief: "test cases: JSON texts, @ and where to read one, or folders of them",
      takes: "repeated",
    }],
    async run(context, args) {
      const { record } = context.options;
      if (record === undefined) {
        const { test } = await importLater<typeof import("./commands/test.ts")>("cli/commands/test.ts");
        return await test(context, args);
      }
      const { recordTest } = await importLater<typeof import("./commands/record_test.ts")>(
        "cli/commands/record_test.ts",
      );
      await recordTest(context, record, args);
    },
  }),

  health: defineCommand({
    brief: "Check that the user module loads, or that a running server is well.",
    options: {
      url: value("URL", "ask the server at this address; exit code 1 unless it answers that it is well", parseUrl),
    },
    hasResult: true,
    arguments: [],
    async run(context) {
      await (await importLater<typeof import("./commands/health.ts")>("cli/commands/health.ts")).health(context);
    },
  }),

  "input-schema": documentCommand("inputSchema", "Print the JSON Schema of the inputs."),
  "output-schema": documentCommand("outputSchema", "Print the JSON Schema of the outputs."),
  "openapi-schema": documentCommand("openapiSchema", "Print the OpenAPI document of the HTTP interface."),

  check: defineCommand({
    brief: "Check that the user module is complete and consistent.",
    options: {},
    arguments: [],
    async run(context) {
      await (await importLater<typeof import("./commands/check.ts")>("cli/commands/check.ts")).check(context);
    },
  }),

  "check-gradients": defineCommand({
    brief: "Compare the derivatives of the user module with finite differences, and with each other.",
    description: CHECK_GRADIENTS_DESCRIPTION,
    options: CHECK_GRADIENTS_OPTIONS,
    arguments: [PAYLOAD],
    async run(context, [payload]) {
      const { checkGradientsCommand } = await importLater<typeof import("./commands/check_gradients.ts")>(
        "cli/commands/check_gradients.ts",
      );
      return await checkGradientsCommand(context, payload!);
    },
  }),

  init: defineCommand({
    brief: "Write a new component that works at once.",
    options: { recipe: choice("NAME", "what kind of component [default: auto]", RECIPES) },
    arguments: [{ placeholder: "FOLDER", brief: "where [default: the current folder]", takes: "optional" }],
    async run(context, [folder]) {
      await (await importLater<typeof import("./commands/init.ts")>("cli/commands/init.ts")).init(context, folder);
    },
  }),

  serve: defineCommand({
    brief: "Start the HTTP server.",
    options: SERVE_OPTIONS,
    aliases: SERVE_ALIASES,
    arguments: [],
    async run(context) {
      return await (await importLater<typeof import("./commands/serve.ts")>("cli/commands/serve.ts")).serve(context);
    },
  }),

  map: defineCommand({
    brief: "Call one endpoint on many payloads, here or in a Slurm array; can be stopped and started again.",
    description: MAP_DESCRIPTION,
    options: MAP_OPTIONS,
    aliases: MAP_ALIASES,
    hasResult: "folder",
    arguments: [
      {
        placeholder: "ENDPOINT",
        brief: "what to call: apply, jacobian, …",
        completes: () => ENDPOINTS.map(commandName),
      },
      {
        placeholder: "PAYLOAD",
        brief: "files, a .jsonl file with a payload a line, or @- for such lines on standard input",
        completes: "files",
        takes: "repeated",
      },
    ],
    async run(context, args) {
      return await (await importLater<typeof import("./commands/map.ts")>("cli/commands/map.ts")).map(context, args);
    },
  }),

  client: defineCommand({
    brief: "Print the TypeScript types of a running Tesseract, for @tesseract/runtime/client.",
    options: { apiKey: value("KEY", "the key of the server [default: the variable TESSERACT_API_KEY]", String) },
    arguments: [{ placeholder: "URL", brief: "the address of the server" }],
    async run(context, [url]) {
      await (await importLater<typeof import("./commands/client.ts")>("cli/commands/client.ts")).client(context, url!);
    },
  }),

  /** Called by the scripts of completion/ with the words of a half-typed line. */
  complete: defineCommand({
    brief: "Propose how a command line goes on.",
    options: {},
    arguments: [{ placeholder: "WORD", brief: "the words of the line so far", takes: "repeated" }],
    hidden: true,
    async run({ io }, words) {
      const { complete } = await importLater<typeof import("./commands/complete.ts")>("cli/commands/complete.ts");
      complete(io, COMMANDS, words);
    },
  }),
};

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new SyntaxError("expected a URL with http or https");
  return text;
}
