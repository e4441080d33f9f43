import { describeThrown, framesOf } from "../../api/stack.ts";
import { copyOf } from "../../arrays/ndarray.ts";
import { Probe } from "../probe.ts";
import { Random } from "../random.ts";
import { ROUNDING } from "../real_array.ts";
import { type Bilinear, compareBilinear } from "./adjoint.ts";
import { Tally } from "./tally.ts";
import { type Derivative, derivativeBy, type RandomVectors } from "./derivatives.ts";
import { differenceAt } from "./difference.ts";
import { curveOf, evaluateLine, measure, randomTangent, SMALLEST_TANGENT, stepsFor, unitOf } from "./line.ts";
import { plannedEndpoints, type PlannedInput, plannedInputs, type PlannedOutput, plannedOutputs } from "./plan.ts";
import { DIRECTIONS, type TaylorResult, TaylorTest } from "./taylor.ts";
import { Evaluations, Interrupted } from "./evaluations.ts";
import type {
  AdjointReport,
  CheckOptions,
  GradientEndpoint,
  GradientFunctions,
  OnProgress,
  Report,
  Schemas,
  TaylorReport,
} from "./types.ts";
import { verdictsOn } from "./verdicts.ts";

/**
 * Compares the derivative endpoints of a module with finite differences of its `apply`, and with each other.
 *
 * `inputs` must be validated. Throws a `GradientOptionError` if an option does not fit the module, `NoGradients` if
 * there is nothing to check, and whatever `apply` throws at these inputs. All other faults are in the report.
 */
export async function checkGradients(
  functions: GradientFunctions,
  schemas: Schemas,
  inputs: unknown,
  options: CheckOptions = {},
  onProgress?: OnProgress,
): Promise<Report> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const endpoints = plannedEndpoints(functions, options.endpoints);
  const plannedIn = plannedInputs(schemas.inputs, inputs, options, seed);
  const evaluations = new Evaluations(options.signal);
  const counted = (moved: unknown) => {
    evaluations.count++;
    return functions.apply(moved);
  };
  const plannedOut = plannedOutputs(schemas.outputs, await counted(copyOf(inputs)), options, seed);

  const total = plannedIn.reduce((sum, { elements }) => sum + elements.length, 0) * plannedOut.length;
  const check = new GradientCheck({
    functions,
    inputs,
    endpoints,
    outputs: plannedOut,
    probe: new Probe(counted, inputs, plannedOut.map(({ path }) => path)),
    evaluations,
    random: new Random(seed, 2),
    taylor: options.taylor ?? false,
    rtol: options.rtol ?? 0.1,
    explain: (error) => describeException(error, options.moduleFile),
    tally: new Tally(endpoints, { total, maxFailures: options.maxFailures ?? 10, onProgress }),
  });
  let interrupted = false;
  try {
    for (const input of plannedIn) await check.input(input);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interrupted = true;
  }
  const { adjoint, taylor, setup: { tally } } = check;
  const found = { endpoints: tally.reports, adjoint, taylor: options.taylor ? taylor : undefined };
  return {
    passed: tally.reports.every(({ failures }) => failures === 0) && adjoint.every(({ passed }) => passed) &&
      taylor.every(({ status }) => status !== "wrong"),
    interrupted,
    seed,
    evaluations: evaluations.count,
    ...found,
    verdicts: verdictsOn(found),
  };
}

interface Setup {
  readonly functions: GradientFunctions;
  readonly inputs: unknown;
  readonly endpoints: readonly GradientEndpoint[];
  readonly outputs: readonly PlannedOutput[];
  readonly probe: Probe;
  readonly evaluations: Evaluations;
  readonly random: Random;
  readonly taylor: boolean;
  readonly rtol: number;
  readonly explain: (error: unknown) => string;
  readonly tally: Tally;
}

/** The checks of one output by the current input. */
interface CheckedPair {
  readonly output: PlannedOutput;
  readonly vectors: RandomVectors;
  readonly derivatives: ReadonlyMap<GradientEndpoint, Derivative>;
  readonly taylorResults: Map<GradientEndpoint, TaylorResult>;
}

class GradientCheck {
  readonly adjoint: AdjointReport[] = [];
  readonly taylor: TaylorReport[] = [];

  constructor(readonly setup: Setup) {}

  /** All checks of the outputs by one input. */
  async input(input: PlannedInput): Promise<void> {
    const { endpoints, functions, inputs, outputs, evaluations, random, taylor } = this.setup;
    const directions = taylor ? DIRECTIONS : endpoints.length > 1 ? 1 : 0;
    const tangents = Array.from({ length: directions }, () => randomTangent(input.array, random));
    const tick = () => {
      evaluations.count++;
      return evaluations.beforeCall();
    };
    const pairs = outputs.map((output): CheckedPair => {
      const cotangent = Float64Array.from(output.center.data, () => random.sign() * (4 + random.next() % 5) / 8);
      const vectors = { tangents, cotangent };
      const point = { functions, inputs, tick };
      const derivatives = new Map(
        endpoints.map((endpoint) => [endpoint, derivativeBy(endpoint, point, { input, output, vectors })]),
      );
      return { output, vectors, derivatives, taylorResults: new Map() };
    });
    if (taylor) await this.testTaylor(input, pairs, tangents);
    await this.compareElements(input, pairs);
    if (endpoints.length > 1) { for (const pair of pairs) await this.testAdjoint(input, pair); }
  }

  private async compareElements(input: PlannedInput, pairs: readonly CheckedPair[]): Promise<void> {
    const { probe, evaluations, rtol, tally } = this.setup;
    const smallestTangent = unitOf(input.array) * SMALLEST_TANGENT;
    for (const position of input.elements) {
      await evaluations.beforeCall();
      const difference = await this.attempt(() => differenceAt(probe, input, position));
      for (const { output, derivatives, taylorResults } of pairs) {
        for (const [endpoint, derivative] of derivatives) {
          const value = await this.attempt(() => derivative.column(position));
          const error = "exception" in value ? value.exception : "exception" in difference ? difference.exception : "";
          tally.add(endpoint, {
            input,
            output,
            position,
            rows: derivative.rows,
            rtol,
            ...("exception" in value || "exception" in difference ? { error } : {
              value: value.done,
              difference: difference.done.of(output.path, derivative.rows),
              step: difference.done.step,
              taylorResult: taylorResults.get(endpoint),
              smallestTangent,
            }),
          });
        }
      }
    }
  }

  private async testTaylor(
    input: PlannedInput,
    pairs: readonly CheckedPair[],
    tangents: Float64Array[],
  ): Promise<void> {
    const { probe, evaluations, rtol } = this.setup;
    const { array } = input;
    const tests = new Map<Derivative, TaylorTest>();
    for (const [k, tangent] of tangents.entries()) {
      const line = await evaluateLine(probe, array, tangent, () => evaluations.beforeCall());
      for (const { output, derivatives } of pairs) {
        const curve = curveOf(line, output.path, output.center.data);
        const measured = measure(curve, array.dtype, output.dtype);
        for (const derivative of derivatives.values()) {
          const claimed = await this.attempt(() => derivative.along(k));
          if ("exception" in claimed) continue; // a failure of each of its elements, too
          if (!tests.has(derivative)) tests.set(derivative, new TaylorTest(derivative.rows, stepsFor(array.dtype)));
          tests.get(derivative)!.add(curve, measured, claimed.done);
        }
      }
    }
    for (const { output, derivatives, taylorResults } of pairs) {
      for (const [endpoint, derivative] of derivatives) {
        const found = tests.get(derivative)?.result(rtol, unitOf(array), output.center.shape);
        if (!found) continue;
        taylorResults.set(endpoint, found);
        this.taylor.push({ input: array.path, output: output.path, endpoint, ...found.report });
      }
    }
  }

  private async testAdjoint({ array }: PlannedInput, { output, derivatives, vectors }: CheckedPair): Promise<void> {
    const products = new Map<GradientEndpoint, Bilinear>();
    for (const [endpoint, derivative] of derivatives) {
      const product = await this.attempt(() => derivative.bilinear());
      products.set(endpoint, "exception" in product ? product : product.done);
    }
    const paths = { input: array.path, output: output.path };
    const { functions: { differences = new Set() }, rtol } = this.setup;
    // The tangent is as large as the input: what changes the output by less than its own rounding cannot be seen.
    const size = vectors.cotangent.reduce((sum, w, i) => sum + Math.abs(w * output.center.data[i]!), 0);
    const tolerances = { differences, rtol, rounding: ROUNDING[output.dtype] * size };
    this.adjoint.push(...compareBilinear(paths, [array.dtype, output.dtype], products, tolerances));
  }

  /** The result of an action, or the text of the exception that it threw. */
  private async attempt<T>(action: () => Promise<T>): Promise<{ done: T } | { exception: string }> {
    try {
      return { done: await action() };
    } catch (error) {
      // User code may have thrown because the same signal fired.
      if (error instanceof Interrupted || this.setup.evaluations.aborted) throw new Interrupted();
      return { exception: this.setup.explain(error) };
    }
  }
}

/** An exception in words: its class, its message, and where in the user's own files it was thrown. */
function describeException(error: unknown, moduleFile: string | undefined): string {
  const frame = moduleFile === undefined ? undefined : framesOf(error, moduleFile)[0];
  return describeThrown(error) + (frame ? ` in file ${frame.file}, line ${frame.line}` : "");
}
