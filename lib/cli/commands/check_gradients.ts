import type { TesseractModule } from "../../api/tesseract.ts";
import { apply } from "../../endpoints/apply.ts";
import type { Endpoint } from "../../endpoints/endpoint.ts";
import { gradientFunctions } from "../../endpoints/gradient_functions.ts";
import { compute, type Outcome, readPayload } from "../../endpoints/pipeline.ts";
import { checkGradients } from "../../gradients/check/check_gradients.ts";
import { reportToJson } from "../../gradients/check/report_json.ts";
import { formatReport } from "../../gradients/check/report_text.ts";
import { GradientOptionError, NoGradients, type Report } from "../../gradients/check/types.ts";
import { RunContext } from "../../runs/run_context.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import { endable, interruptible } from "../interrupt.ts";
import { checkOutputPath, makeFolder } from "../io/output.ts";
import { inputPathOf, openPayload, type Payload } from "../io/payload.ts";
import { ProgressBars } from "../io/progress_bars.ts";
import type { CHECK_GRADIENTS_OPTIONS } from "../options/check_gradients.ts";
import { kebab, type Values } from "../options/option.ts";
import { openModule } from "../user_module.ts";
import { failure } from "./call.ts";

const INTERRUPTED = 130;

/** `check-gradients`: prints the report on stdout, and returns 0, 1 or 130. */
export async function run(
  commandContext: CommandContext<Values<typeof CHECK_GRADIENTS_OPTIONS>>,
  [argument]: readonly [string],
): Promise<number> {
  const { io, settings, cwd } = commandContext;
  const { json = false, showProgress = true, epsFor = [], ...options } = commandContext.options;
  await checkOutputPath(settings.outputPath);
  const payload = await openPayload(argument, commandContext);
  const inputPath = inputPathOf(payload, commandContext);
  const module = await openModule(commandContext, inputPath);
  if (settings.outputPath !== undefined) await makeFolder(settings.outputPath);
  const controller = new AbortController();
  const outputBase = settings.outputPath ?? cwd;
  const places = { inputPath, outputBase, keep: settings.outputPath !== undefined };
  const context = new RunContext(crypto.randomUUID(), places, "", () => controller.signal);
  const outcome = await readInputs(module, payload, context);
  if (outcome.status === "invalid") throw await payloadError(outcome, argument, cwd);
  if (outcome.status === "failed") throw await failure(outcome.error, module, settings);
  const inputs = outcome.result;

  const bars = showProgress && io.errorTerminal ? new ProgressBars((text) => io.writeError(text)) : undefined;
  const check = async () => {
    const functions = await gradientFunctions(endable(module), context);
    const { signal } = context;
    const all = { ...options, epsFor: Object.fromEntries(epsFor), signal, moduleFile: module.file };
    try {
      return await checkGradients(functions, module, inputs, all, bars?.update);
    } finally {
      bars?.draw();
      await context.end();
    }
  };
  let report: Report;
  try {
    report = await interruptible(() => controller.abort(new Error("interrupted")), check);
  } catch (error) {
    if (controller.signal.aborted) {
      io.writeError("Error: interrupted before anything was checked\n");
      return INTERRUPTED;
    }
    if (error instanceof GradientOptionError) throw new UsageError(`--${kebab(error.option)}: ${error.message}`);
    if (error instanceof NoGradients) throw new CommandFailed(error.message);
    throw await failure(error, module, settings);
  }
  io.print(json ? `${JSON.stringify(reportToJson(report), null, 2)}\n` : formatReport(report));
  return report.interrupted ? INTERRUPTED : report.passed ? 0 : 1;
}

/** Decodes and validates the payload, which is one of `apply`. The outcome has the inputs as user code gets them. */
async function readInputs(
  module: TesseractModule,
  { chunks, format }: Payload,
  context: RunContext,
): Promise<Outcome> {
  const endpoint: Endpoint = { ...apply, run: (_module, { inputs }) => Promise.resolve(inputs) };
  const read = await readPayload({ endpoint, body: chunks, bodyFormat: format, context }, endpoint.payload(module));
  return read.status === "done" ? await compute(module, endpoint, read.result, context) : read;
}
