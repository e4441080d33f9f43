import { deepStrictEqual, equal, match, throws } from "node:assert/strict";
import { SERVE_FLAGS, type ServeFlags } from "../../lib/cli/options/command_options.ts";
import { fromEnvironment } from "../../lib/cli/options/environment.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import type { Invocation } from "../../lib/cli/invocation.ts";
import type { GlobalFlags } from "../../lib/cli/options/options.ts";
import { readSettings } from "../../lib/cli/options/settings.ts";
import { fakeIo } from "./run.ts";

function invocation(env: Record<string, string> = {}, global: GlobalFlags = {}): Invocation {
  const stream = { write() {} };
  return { io: fakeIo(), env: (name) => env[name], cwd: "/w", global, process: { stdout: stream, stderr: stream } };
}

Deno.test("the defaults", () => {
  deepStrictEqual(readSettings(invocation(), "apply"), {
    apiPath: undefined,
    name: "Tesseract",
    version: "unknown",
    description: "",
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
  const name = (env: Record<string, string>, global: GlobalFlags = {}) =>
    readSettings(invocation(env, global), "abstract-eval").name;
  equal(name(plain), "plain");
  equal(name(general), "general");
  equal(name(specific), "specific");
  equal(name(specific, { name: "option" }), "option");
});

Deno.test("the variable of another command does not count", () => {
  equal(readSettings(invocation({ TESSERACT_RUNTIME_SERVE_NAME: "x" }), "apply").name, "Tesseract");
});

Deno.test("an empty value is none, in the environment and on the command line", () => {
  const env = { TESSERACT_RUNTIME_APPLY_NAME: "", TESSERACT_RUNTIME_NAME: "", TESSERACT_NAME: "plain" };
  equal(readSettings(invocation(env, { name: "" }), "apply").name, "plain");
});

Deno.test("an option after the command wins over the same before it", () => {
  const { outputPath } = readSettings(invocation({}, { outputPath: "before" }), "apply", { outputPath: "after" });
  equal(outputPath, "/w/after");
});

Deno.test("only an output path after the command implies an output file", () => {
  equal(readSettings(invocation({}, { outputPath: "out" }), "apply").outputFile, undefined);
  equal(readSettings(invocation({ TESSERACT_OUTPUT_PATH: "out" }), "apply").outputFile, undefined);
  equal(readSettings(invocation(), "apply", { outputPath: "out" }).outputFile, "results.json");
  equal(readSettings(invocation({ TESSERACT_OUTPUT_FILE: "x" }), "apply", { outputPath: "out" }).outputFile, "x");
});

Deno.test("a backslash and an n in the description are a line break", () => {
  equal(readSettings(invocation({ TESSERACT_DESCRIPTION: "a\\nb" }), "apply").description, "a\nb");
});

for (const [text, debug] of [["1", true], ["YES", true], ["on", true], ["False", false], ["off", false]] as const) {
  Deno.test(`TESSERACT_DEBUG=${text} is ${debug}`, () => {
    equal(readSettings(invocation({ TESSERACT_DEBUG: text }), "health").debug, debug);
  });
}

Deno.test("a bad value names its variable", () => {
  const refused = (env: Record<string, string>, words: RegExp) =>
    throws(() => readSettings(invocation(env), "apply"), (error: unknown) => {
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
  deepStrictEqual(fromEnvironment<ServeFlags>(invocation(env), "serve", SERVE_FLAGS, false), {
    port: 1,
    numWorkers: 2,
  });
});
