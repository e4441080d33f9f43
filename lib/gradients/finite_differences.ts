import type { Context } from "../api/functions.ts";
import type { Arrays, Jacobian, Product, Vectors } from "./function_types.ts";
import { type Place, placeAt } from "./places.ts";
import { type Change, Probe, type Values } from "./probe.ts";
import { Random } from "./random.ts";
import { dot, toReal, type Zeros, zeros } from "./real.ts";

/** How derivatives are approximated. */
export interface DifferenceOptions {
  /**
   * - `central` (default): `(f(x + eps·e) − f(x − eps·e)) / 2eps`; the error falls with `eps²`.
   * - `forward`: `(f(x + eps·e) − f(x)) / eps`; half the calls of `apply`, the error falls with `eps`.
   * - `stochastic`: central differences with all elements moved at once, by ±eps at random, averaged over `samples`:
   *   2·`samples` calls of `apply`, however many elements there are, for a noisy estimate without bias (J. C. Spall,
   *   Multivariate stochastic approximation using a simultaneous perturbation gradient approximation, IEEE
   *   Transactions on Automatic Control 37 (1992), 332–341).
   */
  readonly method?: "central" | "forward" | "stochastic";
  /** The step, in the unit of the input: one for all inputs, or one for each path that is differentiated. */
  readonly eps: number | Readonly<Record<string, number>>;
  /** How many random directions `stochastic` averages over; 100 by default. */
  readonly samples?: number;
  /** Of `stochastic`, 0 by default: the same seed gives the same directions. */
  readonly seed?: number;
}

/** The three derivatives of a module. */
export interface Differences<In> {
  readonly jacobian: Jacobian<In, string, string, Promise<Record<string, Arrays>>>;
  readonly jacobianVectorProduct: Product<In, string, string, Vectors, Promise<Arrays>>;
  readonly vectorJacobianProduct: Product<In, string, string, Vectors, Promise<Arrays>>;
}

/**
 * All three derivatives of a module from its `apply` alone, by finite differences.
 *
 * `jacobianVectorProduct` moves the inputs along the tangent, so that the largest move of an element is `eps`: one
 * difference for all inputs with the same step, with every method (`stochastic` takes a central one: no random
 * direction is as good as the one that is asked for). The elements of the differences are computed in float64 from the
 * steps that the dtype of the input really made. For real floating-point inputs only: others throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, defineTesseract, differentiable, finiteDifferences, scalar, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({ x: differentiable(scalar("float64")) });
 * const OutputSchema = z.object({ y: differentiable(scalar("float64")) });
 * const apply = ({ x }: z.output<typeof InputSchema>) => ({ y: x ** 3 });
 * const tesseract = defineTesseract({ InputSchema, OutputSchema, apply, ...finiteDifferences(apply, { eps: 1e-5 }) });
 *
 * const { y } = await tesseract.jacobian!({ x: 2 }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert(Math.abs((y!.x as { data: Float64Array }).data[0]! - 12) < 1e-8);
 * ```
 */
export function finiteDifferences<In>(
  apply: (inputs: In, context: Context) => unknown,
  options: DifferenceOptions,
): Differences<In> {
  const { method = "central", samples = 100, seed = 0 } = options;
  checkOptions(options);
  const stepOf = stepsBy(options.eps);
  const at = (inputs: In, paths: ReadonlySet<string>, context: Context) =>
    new Probe((moved) => apply(moved as In, context), inputs, paths);

  /** Calls `found` for each element of the inputs with the derivatives of the outputs by it, or with their estimates. */
  async function derive(
    probe: Probe,
    places: readonly Place[],
    found: (place: Place, j: number, changes: Values, weight: number) => void,
  ): Promise<void> {
    const difference = (moves: Parameters<Probe["across"]>[0]): Promise<Change> =>
      method === "forward" ? probe.forth(moves) : probe.across(moves);
    if (method === "stochastic") {
      const random = new Random(seed);
      for (let n = 0; n < samples; n++) {
        const moves = places.map((place) => {
          const step = stepOf(place.path);
          return { place, by: Float64Array.from(place.values, () => random.sign() * step) };
        });
        const { outputs, steps } = await difference(moves);
        places.forEach((place, k) =>
          steps[k]!.forEach((step, j) => found(place, j, outputs, 1 / (samples * checkedStep(step, place))))
        );
      }
      return;
    }
    for (const place of places) {
      for (let j = 0; j < place.values.length; j++) {
        const by = new Float64Array(place.values.length);
        by[j] = stepOf(place.path);
        const { outputs, steps } = await difference([{ place, by }]);
        found(place, j, outputs, 1 / checkedStep(steps[0]![j]!, place));
      }
    }
  }

  return {
    async jacobian(inputs, jacInputs, jacOutputs, context) {
      const probe = at(inputs, jacOutputs, context);
      const places = placesAt(inputs, jacInputs);
      const blocks: Record<string, Record<string, Zeros>> = {};
      const blockOf = (output: string, place: Place, shape: readonly number[]) =>
        (blocks[output] ??= {})[place.path] ??= zeros([...shape, ...place.shape]);
      await derive(probe, places, (place, j, changes, weight) => {
        for (const [output, { shape, data }] of changes) {
          const block = blockOf(output, place, shape).data;
          for (let i = 0; i < data.length; i++) block[i * place.values.length + j]! += weight * data[i]!;
        }
      });
      for (const place of places) {
        if (place.values.length > 0) continue; // there was nothing to move: only the shapes are missing
        for (const [output, { shape }] of await probe.center()) blockOf(output, place, shape);
      }
      return blocks as unknown as Record<string, Arrays>;
    },

    async jacobianVectorProduct(inputs, jvpInputs, jvpOutputs, tangentVector, context) {
      const probe = at(inputs, jvpOutputs, context);
      const products: Record<string, Zeros> = {};
      const add = (changes: Values, weight: number) => {
        for (const [output, { shape, data }] of changes) {
          const product = (products[output] ??= zeros(shape)).data;
          for (let i = 0; i < data.length; i++) product[i]! += weight * data[i]!;
        }
      };
      const tangents = placesAt(inputs, jvpInputs).map((place) => {
        const what = `the tangent of '${place.path}'`;
        return { place, by: toReal(tangentVector[place.path], what).data, step: stepOf(place.path) };
      });
      for (const step of new Set(tangents.map(({ step }) => step))) {
        const group = tangents.filter((tangent) => tangent.step === step);
        const longest = Math.max(...group.map(({ by }) => by.reduce((max, x) => Math.max(max, Math.abs(x)), 0)));
        if (longest === 0) {
          add(await probe.center(), 0);
          continue;
        }
        const scale = step / longest;
        const moves = group.map(({ place, by }) => ({ place, by: by.map((x) => x * scale) }));
        if (method === "forward") add((await probe.forth(moves)).outputs, 1 / scale);
        else add((await probe.across(moves)).outputs, 1 / (2 * scale));
      }
      return products as unknown as Arrays;
    },

    async vectorJacobianProduct(inputs, vjpInputs, vjpOutputs, cotangentVector, context) {
      const cotangents = [...vjpOutputs].map((path) =>
        [path, toReal(cotangentVector[path], `the cotangent of '${path}'`).data] as const
      );
      const places = placesAt(inputs, vjpInputs);
      const products = Object.fromEntries(places.map(({ path, shape }) => [path, zeros(shape)]));
      await derive(at(inputs, vjpOutputs, context), places, ({ path }, j, changes, weight) => {
        let sum = 0;
        for (const [output, cotangent] of cotangents) sum += dot(cotangent, changes.get(output)!.data);
        products[path]!.data[j]! += weight * sum;
      });
      return products as unknown as Arrays;
    },
  };
}

/** In alphabetical order: the random directions must not depend on the order of a set. */
const placesAt = (inputs: unknown, paths: ReadonlySet<string>): Place[] =>
  [...paths].sort().map((path) => placeAt(inputs, path));

function checkOptions({ method = "central", eps, samples = 1 }: DifferenceOptions): void {
  if (!["central", "forward", "stochastic"].includes(method)) {
    throw new TypeError(`there is no method '${method}': it is central, forward or stochastic`);
  }
  if (!Number.isSafeInteger(samples) || samples < 1) throw new TypeError("samples is a whole number of at least 1");
  for (const step of typeof eps === "number" ? [eps] : Object.values(eps)) {
    if (!(step > 0 && Number.isFinite(step))) throw new TypeError(`a step is a finite number above 0, not ${step}`);
  }
}

const stepsBy = (eps: DifferenceOptions["eps"]) => (path: string): number => {
  if (typeof eps === "number") return eps;
  const step = Object.hasOwn(eps, path) ? eps[path] : undefined;
  if (step === undefined) throw new TypeError(`eps has no step for '${path}'`);
  return step;
};

function checkedStep(step: number, { path, dtype }: Place): number {
  if (step === 0) throw new RangeError(`the step of '${path}' is too small: ${dtype} rounds it away`);
  return step;
}
