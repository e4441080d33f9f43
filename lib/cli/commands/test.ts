import type { TesseractModule } from "../../api/tesseract.ts";
import type { Endpoint } from "../../endpoints/endpoint.ts";
import type { Answer } from "../../endpoints/pipeline.ts";
import { test } from "../../endpoints/test.ts";
import { absolutePath } from "../../storage/location.ts";
import type { TestResult } from "../../testing/test_case.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, messageOf, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import { checkOutput, makeFolder, writeResult } from "../io/output.ts";
import { inputPathOf, openPayload, type Payload } from "../io/payload.ts";
import { runCall } from "../run_call.ts";
import { openModule } from "../user_module.ts";
import { recordTest } from "./record_test.ts";

/**
 * `test`: runs the test cases that the arguments name, and prints the outcome of a single one, or a line for each of
 * several and a count. Fails if one does not pass. With `--record NAME` it writes a test case instead.
 */
export async function run(
  context: CommandContext<{ readonly record?: string | undefined }>,
  args: readonly string[],
): Promise<void> {
  const { settings, cwd, options: { record } } = context;
  if (record !== undefined) return await recordTest(context, record, args);
  await checkOutput(settings, cwd);
  const cases = (await Promise.all(args.map((argument) => casesIn(argument, cwd)))).flat();
  const first = await openFirst(cases, context);
  const module = await openModule(context, inputPathOf(first.payload, context));
  if (settings.outputPath !== undefined) await makeFolder(settings.outputPath);
  const runAt = async (i: number) => {
    return await runCase(module, i === first.i ? first.payload : await openPayload(cases[i]!, context), context);
  };
  // The cases of a folder are several, even if it has only one.
  if (args.length > 1 || cases[0] !== args[0]) return await runAll(context, cases, runAt);

  const { answer, verdict } = await runAt(0);
  if (answer.status === "invalid") throw await payloadError(answer, cases[0]!, cwd);
  if (answer.status === "failed") throw answer.error;
  await writeResult(context, answer);
  if (verdict?.status !== "passed") throw new CommandFailed("the test case did not pass");
}

async function runAll(
  { io, cwd }: CommandContext,
  cases: readonly string[],
  run: (i: number) => Promise<CaseResult>,
): Promise<void> {
  const counts = { passed: 0, failed: 0, error: 0 };
  for (const [i, name] of cases.entries()) {
    // One that cannot be run must not keep the others from running.
    const { status, message } = await verdictOf(run(i), name, cwd).catch((error) => ({
      status: "error" as const,
      message: messageOf(error),
    }));
    counts[status]++;
    const lines = message === "" ? [] : message.trimEnd().split("\n").map((line) => line && `    ${line}`);
    io.print([`${status}  ${name.replace(/^@/, "")}`, ...lines, ""].join("\n"));
  }
  const { passed, failed, error } = counts;
  const errors = error > 0 ? `, ${error} error${error > 1 ? "s" : ""}` : "";
  io.print(`${passed} passed, ${failed} failed${errors}\n`);
  if (passed < cases.length) throw new CommandFailed(`${cases.length - passed} of ${cases.length} did not pass`);
}

async function verdictOf(
  running: Promise<CaseResult>,
  argument: string,
  cwd: string,
): Promise<Pick<TestResult, "status" | "message">> {
  const { answer, verdict } = await running;
  if (answer.status === "done") return verdict!;
  if (answer.status === "failed") throw answer.error;
  const { message } = await payloadError(answer, argument, cwd);
  return { status: "error", message: `This is not a test case:\n${message}` };
}

/** The test cases in a folder; an argument that is no folder is itself one. */
async function casesIn(argument: string, cwd: string): Promise<string[]> {
  const path = argument.replace(/^@/, "");
  if (path === "") return [argument];
  const folder = absolutePath(path, cwd);
  const isFolder = await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false);
  if (!isFolder) return [argument];
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (/\.(json|msgpack)$/.test(name)) names.push(`@${path.replace(/\/+$/, "")}/${name}`);
    }
  } catch (error) {
    throw new UsageError(`${argument}: cannot be read: ${messageOf(error)}`);
  }
  if (names.length === 0) throw new UsageError(`${argument}: there are no test cases (.json files) in this folder`);
  return names.sort();
}

/** Opens the first case that can be read: the module is loaded with its folder as the input path. */
async function openFirst(cases: readonly string[], context: CommandContext): Promise<{ i: number; payload: Payload }> {
  for (let i = 0;; i++) {
    try {
      return { i, payload: await openPayload(cases[i]!, context) };
    } catch (error) {
      if (i === cases.length - 1) throw error;
    }
  }
}

interface CaseResult {
  readonly answer: Answer;
  /** `undefined` if the case could not be run. */
  readonly verdict: TestResult | undefined;
}

async function runCase(module: TesseractModule, payload: Payload, context: CommandContext): Promise<CaseResult> {
  const { settings } = context;
  let verdict: TestResult | undefined;
  const keepingVerdict: Endpoint = {
    ...test,
    run: async (...args) => verdict = await test.run(...args) as TestResult,
  };
  // "scratch": nobody needs the files of a case after the comparison.
  const answer = await runCall(module, keepingVerdict, payload, inputPathOf(payload, context), settings, "scratch");
  return { answer, verdict };
}
