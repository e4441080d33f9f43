/**
 * `test`: one recorded test case, of which it prints what came of it; or several, with a line for each and a count.
 * @module
 */
import type { TesseractModule } from "../../api/tesseract.ts";
import type { Endpoint } from "../../endpoints/endpoint.ts";
import type { Answer } from "../../endpoints/pipeline.ts";
import { test as endpoint } from "../../endpoints/test.ts";
import type { Verdict } from "../../testing/test_case.ts";
import { CommandFailed, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import type { Invocation } from "../invocation.ts";
import type { ResultFlags } from "../options/options.ts";
import { checkOutput, makeFolder, writeResult } from "../io/output.ts";
import { absolutePath } from "../../storage/location.ts";
import { openPayload, type Payload } from "../io/payload.ts";
import { runCall } from "../run_call.ts";
import { readSettings, type Settings } from "../options/settings.ts";
import { openModule } from "../user_module.ts";

/** Runs the test cases that the arguments name. Fails if one does not pass. */
export async function test(this: Invocation, flags: ResultFlags, ...args: string[]): Promise<void> {
  const settings = readSettings(this, "test", flags);
  await checkOutput(settings, this.cwd);
  const found = await Promise.all(args.map((argument) => casesIn(argument, this.cwd)));
  const names = found.flatMap((cases, i) => cases ?? [args[i]!]);
  const first = await firstReadable(names, this);
  const module = await openModule(this, settings, inputPathOf(first.payload, settings, this));
  if (settings.outputPath !== undefined) await makeFolder(settings.outputPath);
  if (found.length > 1 || found[0] !== undefined) {
    return await runAll(this, names, async (i) => {
      return await runCase(module, i === first.i ? first.payload : await openPayload(names[i]!, this), settings, this);
    });
  }
  const { outcome, verdict } = await runCase(module, first.payload, settings, this);
  if (outcome.status === "invalid") throw await payloadError(outcome, names[0]!, this.cwd);
  if (outcome.status === "failed") throw outcome.error;
  await writeResult(this, settings, outcome);
  if (verdict?.status !== "passed") throw new CommandFailed("the test case did not pass");
}

async function runAll(at: Invocation, names: readonly string[], run: (i: number) => Promise<Ran>): Promise<void> {
  const counts = { passed: 0, failed: 0, error: 0 };
  for (const [i, name] of names.entries()) {
    const { status, message } = await reportedVerdict(() => run(i), name, at.cwd);
    counts[status]++;
    const lines = message === "" ? [] : message.trimEnd().split("\n").map((line) => line && `    ${line}`);
    at.process.stdout.write([`${status}  ${name.replace(/^@/, "")}`, ...lines, ""].join("\n"));
  }
  const { passed, failed, error } = counts;
  const errors = error > 0 ? `, ${error} error${error > 1 ? "s" : ""}` : "";
  at.process.stdout.write(`${passed} passed, ${failed} failed${errors}\n`);
  if (passed < names.length) throw new CommandFailed(`${names.length - passed} of ${names.length} did not pass`);
}

/** The test cases in a folder; `undefined` if the argument names none. */
async function casesIn(argument: string, cwd: string): Promise<string[] | undefined> {
  const path = argument.replace(/^@/, "");
  const folder = absolutePath(path, cwd);
  const isFolder = await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false);
  if (!isFolder) return undefined;
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.(json|msgpack)$/.test(name)) names.push(`@${path.replace(/\/+$/, "")}/${name}`);
  }
  if (names.length === 0) {
    throw new UsageError(`${argument}: there are no test cases in this folder, files named .json`);
  }
  return names.sort();
}

/** The first of the cases that can be read: its folder is the input path that the module is loaded with. */
async function firstReadable(names: readonly string[], at: Invocation): Promise<{ i: number; payload: Payload }> {
  for (let i = 0;; i++) {
    try {
      return { i, payload: await openPayload(names[i]!, at) };
    } catch (error) {
      if (i === names.length - 1) throw error;
    }
  }
}

interface Ran {
  readonly outcome: Answer;
  /** If it is a test case at all. */
  readonly verdict: Verdict | undefined;
}

async function runCase(module: TesseractModule, payload: Payload, settings: Settings, at: Invocation): Promise<Ran> {
  let verdict: Verdict | undefined;
  const noting: Endpoint = {
    ...endpoint,
    run: async (...args) => verdict = await endpoint.run(...args) as Verdict,
  };
  const call = {
    endpoint: noting,
    body: payload.chunks,
    bodyFormat: payload.format,
    format: settings.format,
  } as const;
  // What the case is about is whether files are made, and not the files.
  const outcome = await runCall(module, call, inputPathOf(payload, settings, at), settings, "scratch");
  return { outcome, verdict };
}

/** Among several, what is no test case does not keep the others from being run. */
async function reportedVerdict(
  run: () => Promise<Ran>,
  argument: string,
  cwd: string,
): Promise<Pick<Verdict, "status" | "message">> {
  try {
    const { outcome, verdict } = await run();
    if (outcome.status === "failed") throw outcome.error;
    if (verdict) return verdict;
    const found = outcome.status === "invalid" ? outcome : { faults: [], omitted: 0 };
    const { message } = await payloadError(found, argument, cwd);
    return { status: "error", message: `It is no test case:\n${message}` };
  } catch (error) {
    return { status: "error", message: error instanceof Error ? error.message : String(error) };
  }
}

function inputPathOf({ folder }: Payload, settings: Settings, { cwd }: Invocation): string {
  return settings.inputPath ?? folder ?? cwd;
}
