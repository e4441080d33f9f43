import { COMPRESSIONS, FORMAT_NAMES } from "../../formats/registry.ts";
import { parseShell, type Shell, SHELLS } from "../completion/shells.ts";
import { choice, type Option, text, toggle, value, type Values } from "./option.ts";

/** The options of all commands that print a result. They may also be given before the command. */
export const RESULT_OPTIONS = {
  outputPath: text("PATH", "where files of the run go; after the command, also the result", { completes: "folders" }),
  outputFormat: choice("FORMAT", "how the result is written", FORMAT_NAMES),
  outputFile: text("NAME", "write the result to this file in the output path"),
  inputPath: text("PATH", "where relative references in the payload start from", { completes: "folders" }),
  compression: choice("NAME", "how the arrays of the result are compressed", COMPRESSIONS),
};
/** The same for a command that writes many results: it takes no name of a result file. */
export const FOLDER_OPTIONS = {
  outputPath: text("FOLDER", "where the results and their records go", { completes: "folders" }),
  outputFormat: RESULT_OPTIONS.outputFormat,
  inputPath: RESULT_OPTIONS.inputPath,
  compression: RESULT_OPTIONS.compression,
};
export const RESULT_ALIASES = { o: "outputPath", f: "outputFormat", i: "inputPath" };
export type ResultValues = Values<typeof RESULT_OPTIONS>;

/** The options before the command. */
export const GLOBAL_OPTIONS = {
  apiPath: text("PATH", "the user module; default: tesseract_api.ts, .js or .mjs here", { completes: "files" }),
  ...RESULT_OPTIONS,
  name: text("TEXT", "title in the OpenAPI document"),
  version: text("TEXT", "version in the OpenAPI document; without TEXT, print the program's own", {
    mayLackValue: "=",
  }),
  description: text("TEXT", "description in the OpenAPI document"),
  debug: toggle("stack traces in errors"),
  profiling: toggle("print where the time of a call went"),
  tracing: toggle("print what a call is asked for"),
};
export type GlobalValues = Values<typeof GLOBAL_OPTIONS>;

/** Options that are used instead of a command. An empty value means the current shell. */
export const COMPLETION_OPTIONS = {
  installCompletion: shell(`complete the program's words in a shell: ${SHELLS.join(", ")}; default: this one`),
  showCompletion: shell("print what would be installed"),
  uninstallCompletion: shell("remove it again"),
};
export type CompletionValues = Values<typeof COMPLETION_OPTIONS>;

function shell(brief: string): Option<Shell | ""> {
  const parse = (name: string) => name === "" ? "" : parseShell(name);
  return value("SHELL", brief, parse, { completes: () => SHELLS, mayLackValue: true });
}
