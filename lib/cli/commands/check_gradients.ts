import type { TesseractModule } from "../../api/tesseract.ts";
import { apply } from "../../endpoints/apply.ts";
import type { Endpoint } from "../../endpoints/endpoint.ts";
import { gradientFunctions } from "../../endpoints/gradient_functions.ts";
import { compute, type Outcome, readPayload } from "../../endpoints/pipeline.ts";
import { checkGradients } from "../../gradients/check/check_gradients.ts";
import { reportToJson } from "../../gradients/check/report_json.ts";
import { formatReport } from "../../gradients/check/report_text.ts";
import { type CheckOptions, GradientOptionError, NoGradients, type Report } from "../../gradients/check/types.ts";
import { RunContext } from "../../runs/run_context.ts";
import {
  type CheckGradientsFlags,
  SINGLE_GRADIENT_FLAGS,
  type SingleGradientFlags,
} from "../options/command_options.ts";
import { fromEnvironment } from "../options/environment.ts";
import { CommandFailed, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import { endable, interruptible } from "../interrupt.ts";
import type { Invocation } from "../invocation.ts";
import { kebab } from "../options/options.ts";
import { checkOutputPath, makeFolder } from "../io/output.ts";
import { openPayload, type Payload } from "../io/payload.ts";
import { Progress } from "../io/progress.ts";
import { given, readSettings } from "../options/settings.ts";
import { warn } from "../run_call.ts";
import { openModule } from "../user_module.ts";
import { failure } from "./call.ts";

const INTERRUPTED = 130;

/** `check-gradients`: prints the report on stdout, and ends with 0, 1 or 130. */
export async function checkGradientsCommand(
  this: Invocation,
  flags: CheckGradientsFlags,
  argument: string,
): Promise<void> {
  const settings = readSettings(this, "check-gradients");
  const { json = false, showProgress = true, epsFor = [], ...options }: CheckGradientsFlags = {
    ...fromEnvironment<SingleGradientFlags>(this, "check-gradients", SINGLE_GRADIENT_FLAGS, false),
    ...given(flags),
  };
  await checkOutputPath(settings.outputPath);
  const payload = await openPayload(argument, this);
  const inputPath = settings.inputPath ?? payload.folder ?? this.cwd;
  const module = await openModule(this, settings, inputPath);
  if (settings.outputPath !== undefined) await makeFolder(settings.outputPath);
  const controller = new AbortController();
  const context = new RunContext(
    crypto.randomUUID(),
    {
      inputPath,
      outputBase: settings.outputPath ?? this.cwd,
      keep: settings.outputPath !== undefined,
    },
    "",
    () => controller.signal,
  );
  const outcome = await readInputs(module, payload, context);
  if (outcome.status === "invalid") throw await payloadError(outcome.faults, argument, this.cwd);
  if (outcome.status === "failed") throw await failure(outcome.error, module, settings);
  const inputs = outcome.result;

  const progress = showProgress && this.io.errorTerminal ? new Progress((text) => this.io.writeError(text)) : undefined;
  const check = () => run(module, inputs, context, { ...options, epsFor: Object.fromEntries(epsFor) }, progress);
  let report: Report;
  try {
    report = await interruptible(() => controller.abort(new Error("interrupted")), check);
  } catch (error) {
    if (controller.signal.aborted) {
      this.io.writeError("Error: interrupted before anything was checked\n");
      this.process.exitCode = INTERRUPTED;
      return;
    }
    if (error instanceof GradientOptionError) throw new UsageError(`--${kebab(error.option)}: ${error.message}`);
    if (error instanceof NoGradients) throw new CommandFailed(error.message);
    throw await failure(error, module, settings);
  }
  this.process.stdout.write(json ? `${JSON.stringify(reportToJson(report), null, 2)}\n` : formatReport(report));
  this.process.exitCode = report.interrupted ? INTERRUPTED : report.passed ? 0 : 1;
}

async function run(
  module: TesseractModule,
  inputs: unknown,
  context: RunContext,
  options: CheckOptions,
  progress: Progress | undefined,
): Promise<Report> {
  const functions = await gradientFunctions(endable(module), context);
  const all = { ...options, signal: context.signal, moduleFile: module.file };
  try {
    return await checkGradients(functions, module, inputs, all, progress?.update);
  } finally {
    progress?.draw();
    await context.end().catch(warn);
  }
}

/** Reads the inputs in a payload, which is that of `apply`. */
async function readInputs(
  module: TesseractModule,
  { chunks, format }: Payload,
  context: RunContext,
): Promise<Outcome> {
  const endpoint: Endpoint = { ...apply, run: (_module, { inputs }) => Promise.resolve(inputs) };
  const read = await readPayload({ endpoint, body: chunks, bodyFormat: format, context }, endpoint.payload(module));
  return read.status === "done" ? await compute(module, endpoint, read.result, context) : read;
}
