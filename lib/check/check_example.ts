import type { ModuleFault } from "../api/module_fault.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { apply } from "../endpoints/apply.ts";
import { DERIVATIVE_NAMES } from "../endpoints/auto_derivatives.ts";
import { BadResult } from "../endpoints/bad_result.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { gradientFunctions } from "../endpoints/gradient_functions.ts";
import { messageOf } from "../endpoints/thrown_names.ts";
import { compute } from "../endpoints/pipeline.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { checkGradients } from "../gradients/check/check_gradients.ts";
import { findIndependence, type Independence } from "../gradients/check/independence.ts";
import type { Report, Verdict } from "../gradients/check/types.ts";
import { RunContext } from "../runs/run_context.ts";
import { scratchPath } from "../runs/run_folder.ts";
import { describeFault, dotted } from "../schema/messages.ts";
import { type Example, exampleOf } from "../testing/example.ts";
import type { Findings } from "./check_module.ts";
import { limitPrints } from "./limit_prints.ts";

/** Milliseconds after which the check gives up. A single call of user code is not interrupted, and may take longer. */
const TIME_LIMIT = 10_000;

/** Only a few elements of each array: `check` looks for obvious mistakes; `check-gradients` tests more. */
const OPTIONS = { maxEvals: 10, maxOutputSamples: 10, seed: 1, taylor: true } as const;

/**
 * Runs `apply` at the example that the author of a module wrote, and checks that the result fits OutputSchema. If the
 * module has derivatives, they are compared with finite differences at this point, and outputs that do not depend on an
 * input are reported. An example that is made from the schema alone may be outside the domain of `apply`, so nothing is
 * computed with it.
 */
export async function checkAtExample(
  module: TesseractModule,
  inputPath: string,
  timeLimit = TIME_LIMIT,
): Promise<Findings> {
  const example = await exampleOf(module);
  const { file } = module;
  const warning = (message: string): Findings => ({ faults: [], warnings: [{ file, message }] });
  const hasDerivatives = DERIVATIVE_NAMES.some((name) => module.functions[name]);
  if (example.isMadeUp) {
    return hasDerivatives
      ? warning(
        "the gradient check was skipped, because there is no example: payload.json beside it has to be a JSON object with inputs",
      )
      : { faults: [], warnings: [] };
  }
  const skipped = hasDerivatives ? "the gradient check" : `the check of apply at ${example.from}`;
  const tooLong = warning(`${skipped} was skipped, because it takes longer than ${timeLimit / 1000} s`);
  const signal = AbortSignal.timeout(timeLimit);
  const places = { inputPath, outputBase: scratchPath(), keep: false, scratch: true };
  const context = new RunContext(crypto.randomUUID(), places, "", () => signal);
  const endLimit = limitPrints();
  try {
    const inputs = await readInputs(module, example, context);
    if ("wrong" in inputs) return warning(`${example.from} cannot be used as an example: ${inputs.wrong}`);
    const functions = await gradientFunctions(module, context);
    await functions.apply(inputs.value);
    if (!hasDerivatives) return { faults: [], warnings: [] };
    // apply may have changed its inputs in place.
    const again = await readInputs(module, example, context) as { value: unknown };
    const report = await checkGradients(functions, module, again.value, { ...OPTIONS, signal, moduleFile: file });
    const { faults, warnings } = findingsOf(report, example, module);
    if (report.interrupted) return { faults, warnings: [...warnings, ...tooLong.warnings] };
    const independent = await findIndependence(functions, module, again.value, { seed: OPTIONS.seed, signal });
    return { faults, warnings: [...warnings, ...independent.map((one) => independenceWarning(one, example, file))] };
  } catch (error) {
    if (signal.aborted) return tooLong;
    if (error instanceof BadResult) {
      return { faults: [{ file, message: `at ${example.from}, ${error.message}` }], warnings: [] };
    }
    return warning(`apply fails at ${example.from}: ${messageOf(error)}`);
  } finally {
    endLimit();
    await context.end();
  }
}

function independenceWarning({ input, outputs }: Independence, { from }: Example, file: string): ModuleFault {
  const names = outputs.map((path) => `'${path}'`).join(", ");
  const which = outputs.length === 1 ? "the output" : "the outputs";
  return {
    file,
    message: `${which} ${names} ${outputs.length === 1 ? "does" : "do"} not depend on '${input}', which is ` +
      `marked differentiable (at ${from})`,
  };
}

/** The inputs as user code gets them, or why the example does not fit InputSchema. */
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

/**
 * Finite differences can be wrong, too. A verdict that blames the endpoint is a fault, one that may blame either is a
 * warning, and one that blames the differences is left out.
 */
function findingsOf(report: Report, { from }: Example, { file }: TesseractModule): Findings {
  const about = (doubt: string): ModuleFault[] =>
    report.verdicts.filter((verdict) => verdict.doubt === doubt).map((verdict) => ({
      file,
      export: verdict.endpoints.join(", "),
      message: `at ${from}, '${verdict.output}' by '${verdict.input}': ${verdict.text}${exceptionOf(verdict, report)}`,
    }));
  return { faults: about("endpoint"), warnings: about("either") };
}

/** The exception that ended one of the checks that the verdict is about; empty if there was none. */
function exceptionOf({ input, output, endpoints }: Verdict, report: Report): string {
  const shown = report.endpoints.filter(({ endpoint }) => endpoints.includes(endpoint)).flatMap(({ shown }) => shown);
  const error = shown.find((failure) => failure.input === input && failure.output === output && failure.error)?.error;
  return error === undefined ? "" : `: ${error}`;
}
