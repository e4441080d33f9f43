/**
 * A small gradient check at the example of the component.
 * @module
 */
import type { ModuleFault } from "../api/module_fault.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { apply } from "../endpoints/apply.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { gradientFunctions } from "../endpoints/gradient_functions.ts";
import { compute } from "../endpoints/pipeline.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { checkGradients } from "../gradients/check/check_gradients.ts";
import { GRADIENT_ENDPOINTS, type Report, type Verdict } from "../gradients/check/types.ts";
import { RunContext } from "../runs/run_context.ts";
import { scratchPath } from "../runs/run_folder.ts";
import { describeFault, dotted } from "../schema/messages.ts";
import { type Example, exampleOf } from "../testing/example.ts";
import type { Findings } from "./check_module.ts";

/** It takes no longer than this, in milliseconds, unless a single call of user code does. */
const TIME_LIMIT = 10_000;

/** Few elements of each array: `check` is for slips; `check-gradients` looks at more. */
const OPTIONS = { maxEvals: 10, maxOutputSamples: 10, seed: 1, taylor: true } as const;

/**
 * Compares the derivatives of a module with differences of its `apply`, at the example that its author wrote. An example
 * that was made up may be one at which the module has no derivatives, or no outputs.
 */
export async function checkAtExample(
  module: TesseractModule,
  inputPath: string,
  timeLimit = TIME_LIMIT,
): Promise<Findings> {
  const functions = await derivativesOf(module, inputPath, timeLimit);
  if (functions === undefined) return { faults: [], warnings: [] };
  const { example, context } = functions;
  const warning = (message: string): Findings => ({ faults: [], warnings: [{ file: module.file, message }] });
  try {
    const inputs = await readInputs(module, example, context);
    if ("wrong" in inputs) return warning(`${example.from} cannot be used as an example: ${inputs.wrong}`);
    const options = { ...OPTIONS, signal: context.signal, moduleFile: module.file };
    const report = await checkGradients(functions.functions, module, inputs.value, options);
    if (report.interrupted) return skipped(timeLimit, warning);
    return findingsOf(report, example, module);
  } catch (error) {
    if (context.signal.aborted) return skipped(timeLimit, warning);
    return warning(`apply fails at ${example.from}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await context.end();
  }
}

function skipped(timeLimit: number, warning: (message: string) => Findings): Findings {
  return warning(`the gradient check was skipped, because it takes longer than ${timeLimit / 1000} s`);
}

/** What is called, and where; `undefined` where there is nothing to compare. */
async function derivativesOf(module: TesseractModule, inputPath: string, timeLimit: number) {
  const example = await exampleOf(module);
  if (example.isMadeUp) return undefined;
  const signal = AbortSignal.timeout(timeLimit);
  const places = { inputPath, outputBase: scratchPath(), keep: false, scratch: true };
  const context = new RunContext(crypto.randomUUID(), places, "", () => signal);
  const functions = await gradientFunctions(module, context);
  const hasAny = GRADIENT_ENDPOINTS.some((name) => functions[name] !== undefined);
  return hasAny ? { example, context, functions } : undefined;
}

/** The inputs as user code gets them, or why they are none. */
async function readInputs(
  module: TesseractModule,
  { payload }: Example,
  context: RunContext,
): Promise<{ value: unknown } | { wrong: string }> {
  const endpoint: Endpoint = { ...apply, run: (_module, { inputs }) => Promise.resolve(inputs) };
  const schema = endpoint.payload(module);
  const tree = await decodeArrays(structuredClone(payload), { schema, inputFiles: context.inputFiles });
  const outcome = await compute(module, endpoint, tree, context, schema);
  if (outcome.status === "done") return { value: outcome.result };
  if (outcome.status === "failed") throw outcome.error;
  const [fault] = outcome.faults;
  return { wrong: `${dotted(fault!.loc)}: ${describeFault(fault!)}` };
}

/** Differences can be wrong, too: only what is an endpoint's doing is a fault. */
function findingsOf(report: Report, { from }: Example, { file }: TesseractModule): Findings {
  const about = (doubt: string): ModuleFault[] =>
    report.verdicts.filter((verdict) => verdict.doubt === doubt).map((verdict) => ({
      file,
      export: verdict.endpoints.join(", "),
      message: `at ${from}, '${verdict.output}' by '${verdict.input}': ${verdict.text}${exceptionOf(verdict, report)}`,
    }));
  return { faults: about("endpoint"), warnings: about("either") };
}

/** The exception of the checks that a verdict is on, if they ended with one. */
function exceptionOf({ input, output, endpoints }: Verdict, report: Report): string {
  const shown = report.endpoints.filter(({ endpoint }) => endpoints.includes(endpoint)).flatMap(({ shown }) => shown);
  const error = shown.find((failure) => failure.input === input && failure.output === output && failure.error)?.error;
  return error === undefined ? "" : `: ${error}`;
}
