import type { Context } from "../api/functions.ts";
import type { NdArray } from "../arrays/ndarray.ts";
import type { Paths, Vectors } from "./function_types.ts";
import type { DifferenceOptions } from "./helpers.ts";
import { type InputArray, inputArrayAt } from "./input_array.ts";
import { Probe, type Values } from "./probe.ts";
import { Random } from "./random.ts";
import { dot, toRealArray, zeros } from "./real_array.ts";

/** The three derivatives of a module, by differences of its `apply`. */
export class DifferenceFunctions {
  private readonly method: NonNullable<DifferenceOptions["method"]>;
  private readonly stepOf: (path: string) => number;

  constructor(
    private readonly apply: (inputs: unknown, context: Context) => unknown,
    private readonly options: DifferenceOptions,
  ) {
    this.method = options.method ?? "central";
    this.stepOf = stepsBy(options.eps);
  }

  private probeAt(inputs: unknown, paths: Paths, context: Context): Probe {
    return new Probe((moved) => this.apply(moved, context), inputs, paths);
  }

  /**
   * Calls `found` for each element `j` of the inputs: the derivatives of the outputs by it are `weight` times
   * `changes`, or, if stochastic, the sum of that over all samples.
   */
  private async derive(
    probe: Probe,
    arrays: readonly InputArray[],
    found: (array: InputArray, j: number, changes: Values, weight: number) => void,
  ): Promise<void> {
    if (this.method === "stochastic") {
      const { samples = 100, seed = 0 } = this.options;
      const random = new Random(seed);
      for (let n = 0; n < samples; n++) {
        const moves = arrays.map((array) => {
          const step = this.stepOf(array.path);
          return { array, by: Float64Array.from(array.values, () => random.sign() * step) };
        });
        const { outputs, steps } = await probe.change(moves, false);
        arrays.forEach((array, k) =>
          steps[k]!.forEach((step, j) => found(array, j, outputs, 1 / (samples * checkedStep(step, array))))
        );
      }
      return;
    }
    for (const array of arrays) {
      for (let j = 0; j < array.values.length; j++) {
        const by = new Float64Array(array.values.length);
        by[j] = this.stepOf(array.path);
        const { outputs, steps } = await probe.change([{ array, by }], this.method === "forward");
        found(array, j, outputs, 1 / checkedStep(steps[0]![j]!, array));
      }
    }
  }

  async jacobian(
    inputs: unknown,
    jacInputs: Paths,
    jacOutputs: Paths,
    context: Context,
  ): Promise<Record<string, Record<string, NdArray>>> {
    const probe = this.probeAt(inputs, jacOutputs, context);
    const arrays = inputArraysAt(inputs, jacInputs);
    const blocks: Record<string, Record<string, NdArray<"float64">>> = {};
    const blockOf = (output: string, array: InputArray, shape: readonly number[]) =>
      (blocks[output] ??= {})[array.path] ??= zeros("float64", [...shape, ...array.shape]);
    await this.derive(probe, arrays, (array, j, changes, weight) => {
      for (const [output, { shape, data }] of changes) {
        const block = blockOf(output, array, shape).data;
        for (let i = 0; i < data.length; i++) block[i * array.values.length + j]! += weight * data[i]!;
      }
    });
    for (const array of arrays) {
      if (array.values.length > 0) continue; // there was nothing to move: only the shapes are missing
      for (const [output, { shape }] of await probe.center()) blockOf(output, array, shape);
    }
    return blocks;
  }

  async jacobianVectorProduct(
    inputs: unknown,
    jvpInputs: Paths,
    jvpOutputs: Paths,
    tangentVector: Vectors,
    context: Context,
  ): Promise<Record<string, NdArray>> {
    const probe = this.probeAt(inputs, jvpOutputs, context);
    const products: Record<string, NdArray<"float64">> = {};
    const add = (changes: Values, weight: number) => {
      for (const [output, { shape, data }] of changes) {
        const product = (products[output] ??= zeros("float64", shape)).data;
        for (let i = 0; i < data.length; i++) product[i]! += weight * data[i]!;
      }
    };
    const tangents = inputArraysAt(inputs, jvpInputs).map((array) => {
      const what = `the tangent of '${array.path}'`;
      return { array, by: toRealArray(tangentVector[array.path], what).data, step: this.stepOf(array.path) };
    });
    for (const step of new Set(tangents.map(({ step }) => step))) {
      const group = tangents.filter((tangent) => tangent.step === step);
      const longest = Math.max(...group.map(({ by }) => by.reduce((max, x) => Math.max(max, Math.abs(x)), 0)));
      if (longest === 0) {
        add(await probe.center(), 0);
        continue;
      }
      const scale = step / longest;
      const moves = group.map(({ array, by }) => ({ array, by: by.map((x) => x * scale) }));
      const isForward = this.method === "forward", { outputs } = await probe.change(moves, isForward);
      add(outputs, 1 / (isForward ? scale : 2 * scale));
    }
    return products;
  }

  async vectorJacobianProduct(
    inputs: unknown,
    vjpInputs: Paths,
    vjpOutputs: Paths,
    cotangentVector: Vectors,
    context: Context,
  ): Promise<Record<string, NdArray>> {
    const cotangents = [...vjpOutputs].map((path) =>
      [path, toRealArray(cotangentVector[path], `the cotangent of '${path}'`).data] as const
    );
    const arrays = inputArraysAt(inputs, vjpInputs);
    const products = Object.fromEntries(arrays.map(({ path, shape }) => [path, zeros("float64", shape)]));
    await this.derive(this.probeAt(inputs, vjpOutputs, context), arrays, ({ path }, j, changes, weight) => {
      let sum = 0;
      for (const [output, cotangent] of cotangents) sum += dot(cotangent, changes.get(output)!.data);
      products[path]!.data[j]! += weight * sum;
    });
    return products;
  }
}

/** In alphabetical order: the random directions must not depend on the order of a set. */
const inputArraysAt = (inputs: unknown, paths: ReadonlySet<string>): InputArray[] =>
  [...paths].sort().map((path) => inputArrayAt(inputs, path));

const stepsBy = (eps: DifferenceOptions["eps"]) => (path: string): number => {
  if (typeof eps === "number") return eps;
  const step = Object.hasOwn(eps, path) ? eps[path] : undefined;
  if (step === undefined) throw new TypeError(`eps has no step for '${path}'`);
  return step;
};

function checkedStep(step: number, { path, dtype }: InputArray): number {
  if (step === 0) throw new RangeError(`the step of '${path}' is too small: ${dtype} rounds it away`);
  return step;
}
