import { deepStrictEqual, equal, rejects, throws } from "node:assert/strict";
import { UsageError } from "../../lib/cli/errors.ts";
import type { CommandContext } from "../../lib/cli/command.ts";
import { checkOutput, resultFile, writeResult } from "../../lib/cli/io/output.ts";
import type { Settings } from "../../lib/cli/options/settings.ts";
import { bytes, fakeIo, withFolder } from "./run.ts";

const settings = (outputFile?: string, outputPath?: string): Settings => ({
  apiPath: undefined,
  name: "",
  version: "",
  description: "",
  debug: false,
  profiling: false,
  tracing: false,
  compression: "none",
  format: "json",
  inputPath: undefined,
  outputPath,
  outputFile,
});

function context(settings: Settings, io = fakeIo(), cwd = "/w"): CommandContext {
  return { command: "apply", io, env: () => undefined, cwd, settings, options: {} };
}

const JSON_TEXT = { format: { extension: "json" }, chunks: [bytes('{"a":'), bytes("1}")] } as const;

Deno.test("resultFile() is in the output path, and nowhere else", () => {
  equal(resultFile(settings(), "/w"), undefined);
  equal(resultFile(settings("r.json"), "/w"), "/w/r.json");
  equal(resultFile(settings("a/r.json", "/out"), "/w"), "/out/a/r.json");
  equal(resultFile(settings("a/r.json", "s3://b/out"), "/w"), "s3://b/out/a/r.json");
  equal(resultFile(settings("a/../r.json", "s3://b"), "/w"), "s3://b/r.json");
  for (const name of ["../r.json", "../folder/r.json", "/elsewhere/r.json", ".", "a/", "a/../.."]) {
    for (const folder of ["/out", "s3://b/out", "s3://b/out/"]) {
      throws(() => resultFile(settings(name, folder), "/w"), UsageError, `${name} in ${folder}`);
    }
  }
});

Deno.test("stdout gets the bytes, and a newline only if a person reads it", async () => {
  for (const terminal of [false, true]) {
    const io = fakeIo({ terminal });
    await writeResult(context(settings(), io), JSON_TEXT);
    equal(io.stdout(), terminal ? '{"a":1}\n' : '{"a":1}');
  }
});

Deno.test("a file is written where the settings say, its folder made", () =>
  withFolder({}, async (cwd) => {
    await writeResult(context(settings("b/r.json", `${cwd}/a`), fakeIo(), cwd), JSON_TEXT);
    equal(await Deno.readTextFile(`${cwd}/a/b/r.json`), '{"a":1}');
  }));

Deno.test("a file is written whole or not at all", () =>
  withFolder({ "r.json": "old" }, async (cwd) => {
    const chunks = async function* () {
      yield bytes("half");
      throw new Error("cannot go on");
    };
    await rejects(
      writeResult(context(settings("r.json"), fakeIo(), cwd), { ...JSON_TEXT, chunks: chunks() }),
      /cannot go on/,
    );
    equal(await Deno.readTextFile(`${cwd}/r.json`), "old");
    deepStrictEqual([...Deno.readDirSync(cwd)].map(({ name }) => name), ["r.json"]);
  }));

Deno.test("an output file that is a folder or a device is refused before anything is computed, and stays", () =>
  withFolder({ "taken/x": "", "r.json": "" }, async (cwd) => {
    await Deno.symlink("r.json", `${cwd}/link.json`);
    for (const name of ["r.json", "link.json", "new.json"]) await checkOutput(settings(name, cwd), cwd);
    await rejects(checkOutput(settings("taken", cwd), cwd), /taken: it is a directory$/);
    await rejects(checkOutput(settings("null", "/dev"), cwd), /\/dev\/null: it is not a regular file$/);
  }));

Deno.test("an output path that is a file is refused", () =>
  withFolder({ out: "" }, async (cwd) => {
    await rejects(writeResult(context(settings("r", `${cwd}/out`), fakeIo(), cwd), JSON_TEXT), UsageError);
  }));
