import { deepStrictEqual, equal, match, throws } from "node:assert/strict";
import { fromEnvironment } from "../../lib/cli/options/environment.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import type { GlobalValues, ResultValues } from "../../lib/cli/options/global.ts";
import { SERVE_OPTIONS } from "../../lib/cli/options/serve.ts";
import { readSettings } from "../../lib/cli/options/settings.ts";

function read(command: string, env: Record<string, string> = {}, global: GlobalValues = {}, flags: ResultValues = {}) {
  return readSettings({ env: (name) => env[name], cwd: "/w" }, command, global, flags);
}

Deno.test("the defaults", () => {
  deepStrictEqual(read("apply"), {
    apiPath: undefined,
    name: undefined,
    version: undefined,
    description: undefined,
    debug: false,
    profiling: false,
    tracing: false,
    format: "json",
    compression: "none",
    inputPath: undefined,
    outputPath: undefined,
    outputFile: undefined,
  });
});

Deno.test("the command line wins, then the command's variable, then the general one, then the plain one", () => {
  const plain = { TESSERACT_NAME: "plain" };
  const general = { ...plain, TESSERACT_RUNTIME_NAME: "general" };
  const specific = { ...general, TESSERACT_RUNTIME_ABSTRACT_EVAL_NAME: "specific" };
  const name = (env: Record<string, string>, global: GlobalValues = {}) => read("abstract-eval", env, global).name;
  equal(name(plain), "plain");
  equal(name(general), "general");
  equal(name(specific), "specific");
  equal(name(specific, { name: "option" }), "option");
});

Deno.test("the variable of another command does not count", () => {
  equal(read("apply", { TESSERACT_RUNTIME_SERVE_NAME: "x" }).name, undefined);
});

Deno.test("an empty value is none, in the environment and on the command line", () => {
  const env = { TESSERACT_RUNTIME_APPLY_NAME: "", TESSERACT_RUNTIME_NAME: "", TESSERACT_NAME: "plain" };
  equal(read("apply", env, { name: "" }).name, "plain");
});

Deno.test("an option after the command wins over the same before it", () => {
  const { outputPath } = read("apply", {}, { outputPath: "before" }, { outputPath: "after" });
  equal(outputPath, "/w/after");
});

Deno.test("only an output path after the command implies an output file", () => {
  equal(read("apply", {}, { outputPath: "out" }).outputFile, undefined);
  equal(read("apply", { TESSERACT_OUTPUT_PATH: "out" }).outputFile, undefined);
  equal(read("apply", {}, {}, { outputPath: "out" }).outputFile, "results.json");
  equal(read("apply", {}, {}, { outputPath: "" }).outputFile, undefined);
  equal(read("apply", { TESSERACT_OUTPUT_FILE: "x" }, {}, { outputPath: "out" }).outputFile, "x");
});

Deno.test("a backslash and an n in the description are a line break", () => {
  equal(read("apply", { TESSERACT_DESCRIPTION: "a\\nb" }).description, "a\nb");
});

for (const [text, debug] of [["1", true], ["YES", true], ["on", true], ["False", false], ["off", false]] as const) {
  Deno.test(`TESSERACT_DEBUG=${text} is ${debug}`, () => {
    equal(read("health", { TESSERACT_DEBUG: text }).debug, debug);
  });
}

Deno.test("a bad value names its variable", () => {
  const refused = (env: Record<string, string>, words: RegExp) =>
    throws(() => read("apply", env), (error: unknown) => {
      match((error as Error).message, words);
      return error instanceof UsageError;
    });
  refused({ TESSERACT_DEBUG: "maybe" }, /^TESSERACT_DEBUG: .*"maybe"/);
  refused({ TESSERACT_RUNTIME_APPLY_OUTPUT_FORMAT: "yaml" }, /^TESSERACT_RUNTIME_APPLY_OUTPUT_FORMAT: .*json/);
  refused({ TESSERACT_GPU_TRANSPORT: "cuda_ipc" }, /^TESSERACT_GPU_TRANSPORT: /);
  refused({ TESSERACT_COMPRESSION: "zip" }, /^TESSERACT_COMPRESSION: .*lz4/);
});

Deno.test("the options of a command have no plain variable", () => {
  const env = {
    TESSERACT_PORT: "tcp://10.0.0.1",
    TESSERACT_RUNTIME_PORT: "1",
    TESSERACT_RUNTIME_SERVE_NUM_WORKERS: "2",
  };
  deepStrictEqual(fromEnvironment((name) => (env as Record<string, string>)[name], "serve", SERVE_OPTIONS, false), {
    port: 1,
    numWorkers: 2,
  });
});
