/**
 * The table of commands, from which the command line, the help and completion follow. A new command is an entry here
 * and a file of its name in commands/, which is loaded when it is called; a new option is an entry in the `options` of
 * its command, and its use.
 * @module
 */
import { ENDPOINTS } from "../endpoints/endpoints.ts";
import { type Command, commandName, PROGRAM } from "./command.ts";
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

const documentCommand = (brief: string): Command => ({
  brief,
  options: {},
  hasResult: true,
  arguments: [],
  file: "documents",
});

/** The commands by name, in the order in which the help lists them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(ENDPOINTS.map((entry): [string, Command] => [
    commandName(entry),
    { brief: entry.summary, options: {}, hasResult: true, arguments: [PAYLOAD], file: "call" },
  ])),

  test: {
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
  },

  health: {
    brief: "Check that the user module loads, or that a running server is well.",
    options: {
      url: value("URL", "ask the server at this address; exit code 1 unless it answers that it is well", parseUrl),
    },
    hasResult: true,
    arguments: [],
  },

  "input-schema": documentCommand("Print the JSON Schema of the inputs."),
  "output-schema": documentCommand("Print the JSON Schema of the outputs."),
  "openapi-schema": documentCommand("Print the OpenAPI document of the HTTP interface."),

  check: {
    brief: "Check that the user module is complete and consistent.",
    options: {},
    arguments: [],
  },

  "check-gradients": {
    brief: "Compare the derivatives of the user module with finite differences, and with each other.",
    description: CHECK_GRADIENTS_DESCRIPTION,
    options: CHECK_GRADIENTS_OPTIONS,
    arguments: [PAYLOAD],
  },

  init: {
    brief: "Write a new component that works at once.",
    options: { recipe: choice("NAME", "what kind of component [default: auto]", RECIPES) },
    arguments: [{ placeholder: "FOLDER", brief: "where [default: the current folder]", takes: "optional" }],
  },

  serve: {
    brief: "Start the HTTP server.",
    description: `Options of all commands stand before it: ${PROGRAM} --output-path runs serve`,
    options: SERVE_OPTIONS,
    aliases: SERVE_ALIASES,
    arguments: [],
  },

  map: {
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
  },

  client: {
    brief: "Print the TypeScript types of a running Tesseract, for @tesseract/runtime/client.",
    options: { apiKey: value("KEY", "the key of the server [default: the variable TESSERACT_API_KEY]", String) },
    arguments: [{ placeholder: "URL", brief: "the address of the server" }],
  },

  /** Called by the scripts of completion/ with the words of a half-typed line. */
  complete: {
    brief: "Propose how a command line goes on.",
    options: {},
    arguments: [{ placeholder: "WORD", brief: "the words of the line so far", takes: "repeated" }],
    hidden: true,
  },
};

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new SyntaxError("expected a URL with http or https");
  return text;
}
