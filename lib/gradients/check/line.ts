/**
 * Outputs along a line through the inputs, and the derivative along it as measured from them.
 * @module
 */
import type { InputArray } from "../input_array.ts";
import type { Probe, Values } from "../probe.ts";
import type { Random } from "../random.ts";
import { dot, type FloatDType, ROUNDING } from "../real_array.ts";

/** The steps of the Taylor test: 2⁻¹ … 2⁻²⁰, largest first. Smaller ones than float16 can make are left out. */
export function stepsFor(dtype: FloatDType): number[] {
  return Array.from({ length: dtype === "float16" ? 9 : 20 }, (_, j) => 2 ** -(j + 1));
}

/** The magnitude of the elements of an input, as a power of two: the unit of its steps. */
export function unitOf({ values }: InputArray): number {
  const largest = largestOf(values);
  return largest > 0 ? 2 ** Math.floor(Math.log2(largest)) : 1;
}

/** Elements that are small beside the others of an input are moved less, but at least by this fraction of the unit. */
const SMALLEST = 1 / 16;

/** The smallest element that a random tangent can have, in units. */
export const SMALLEST_TANGENT = SMALLEST / 2;

/**
 * A random tangent with elements of ½, ⅝, ¾, ⅞ or 1 times the magnitude of the input's: none so small that a wrong
 * derivative by it could hide, not all alike, so that two wrong ones do not cancel, and with so few digits that
 * `x + h·v` is hardly rounded.
 */
export function randomTangent(array: InputArray, random: Random): Float64Array {
  const unit = unitOf(array);
  return Float64Array.from(array.values, (x) => {
    const magnitude = x === 0 ? SMALLEST : 2 ** Math.floor(Math.log2(Math.abs(x) / unit));
    const size = unit * Math.min(Math.max(magnitude, SMALLEST), 1); // NaN stays what it is
    return random.sign() * size * (4 + Math.floor(random.uniform() * 5)) / 8;
  });
}

/** What is at `x ± h·v`, for each step `h`; `undefined` where `apply` threw. */
interface Along<T> {
  readonly steps: readonly number[];
  readonly ahead: readonly (T | undefined)[];
  readonly behind: readonly (T | undefined)[];
}

export type Line = Along<Values>;

/** Evaluates the outputs along a line. `tick` is called before each evaluation; if it throws, no more are made. */
export async function evaluateLine(
  probe: Probe,
  array: InputArray,
  tangent: Float64Array,
  tick: () => Promise<void>,
): Promise<Line> {
  const steps = stepsFor(array.dtype);
  const at = async (h: number) => {
    await tick();
    try {
      return (await probe.evaluate([{ array, by: tangent.map((t) => h * t) }])).outputs;
    } catch {
      return undefined; // out of the function's domain: a smaller step may be in it
    }
  };
  const ahead = [], behind = [];
  for (const h of steps) {
    ahead.push(await at(h));
    behind.push(await at(-h));
  }
  return { steps, ahead, behind };
}

/** The outputs of one path along a line: for each step, all elements. */
export interface Curve extends Along<Float64Array> {
  readonly center: Float64Array;
}

/** One output along a line; `undefined` where its shape is not that at the inputs. */
export function curveOf({ steps, ahead, behind }: Line, path: string, center: Float64Array): Curve {
  const pick = (values: Values | undefined) => {
    const data = values?.get(path)?.data;
    return data?.length === center.length ? data : undefined;
  };
  return { steps, center, ahead: ahead.map(pick), behind: behind.map(pick) };
}

/** The derivatives of the elements of an output along a line, as measured from the outputs alone. */
export interface Measured {
  readonly slope: Float64Array;
  /** The error of each slope; infinite where it cannot be measured. */
  readonly bar: Float64Array;
  /** The standard deviation of the noise of each element. */
  readonly noise: Float64Array;
  /** For each step, the sum over all elements of the squared errors of a central difference with it. */
  readonly errors: Float64Array;
}

/** A deviation of more than so many standard deviations is not explained by noise. */
export const SIGMAS = 8;

/** How exact the derivatives of an endpoint can be expected to be, relative to the largest. */
const ENDPOINT_PRECISION: Readonly<Record<FloatDType, number>> = { float16: 1e-2, float32: 1e-5, float64: 1e-8 };

/** The central differences for each step with which `apply` succeeded on both sides, by the index of the step. */
type CentralDifferences = ReadonlyMap<number, Float64Array>;

/** Measures the derivatives along a line, and how exact that is. */
export function measure(curve: Curve, inputDType: FloatDType, outputDType: FloatDType): Measured {
  const { steps, ahead, behind, center } = curve;
  const usable = steps.flatMap((_, j) => ahead[j] && behind[j] ? [j] : []);
  const differences = new Map(usable.map((j) => [j, central(ahead[j]!, behind[j]!, steps[j]!)]));

  const noise = noiseOf(curve);
  // Rounding is noise that may not show in the values: coarse rounding gives the same value at all steps.
  const scale = largestOf(differences.get(usable[Math.min(5, usable.length - 1)]!) ?? new Float64Array());
  const { [inputDType]: roundedIn, [outputDType]: roundedOut } = ROUNDING;
  for (let i = 0; i < center.length; i++) {
    noise[i] = Math.max(noise[i]!, roundedOut * Math.abs(center[i]!)) + roundedIn * scale;
  }

  const estimates = Array.from(center, (_, i) => extrapolate(differences, steps, i, noise[i]!));
  const slope = Float64Array.from(estimates, ({ value }) => value);
  const error = Float64Array.from(estimates, ({ error }) => error);
  const precision = Math.max(ENDPOINT_PRECISION[inputDType], ENDPOINT_PRECISION[outputDType]);
  const floor = precision * largestOf(slope);
  const errors = steps.map((h, j) => {
    const difference = differences.get(j);
    if (!difference) return Infinity;
    let sum = 0;
    for (let i = 0; i < center.length; i++) {
      if (error[i] !== Infinity) sum += (difference[i]! - slope[i]!) ** 2 + (noise[i]! / h) ** 2 / 2;
    }
    return sum;
  });
  return { slope, bar: error.map((x) => x + floor), noise, errors: Float64Array.from(errors) };
}

/**
 * The derivative of one element: its central differences are extrapolated to step 0, once and twice, and the value with
 * the smallest error is taken. The error is what the extrapolations differ by, and what noise may add (C. J. F.
 * Ridders, Accurate computation of F′(x) and F′(x)F″(x), Advances in Engineering Software 4 (1982), 75–76; here with
 * the noise measured beforehand, as it matters less for large steps).
 */
function extrapolate(differences: CentralDifferences, steps: readonly number[], i: number, noise: number) {
  let best = { value: 0, error: Infinity };
  /** Keeps the value if it is the best; `false` if it contradicts the best one. */
  const consider = (value: number, error: number): boolean => {
    if (best.error !== Infinity && !(Math.abs(value - best.value) <= error + best.error)) return false;
    if (error < best.error) best = { value, error };
    return true;
  };
  // From the smallest step on: large steps may agree with each other by chance, but not with all smaller ones.
  for (const j of [...differences.keys()].reverse()) {
    const [d0, d1, d2] = [differences.get(j)![i]!, differences.get(j + 1)?.[i], differences.get(j + 2)?.[i]];
    if (d1 === undefined) continue;
    const perStep = SIGMAS * noise / (Math.SQRT2 * steps[j]!); // of the difference with step j
    const once = (4 * d1 - d0) / 3;
    if (!consider(once, 3 * Math.max(Math.abs(once - d0), Math.abs(once - d1)) + 2.7 * perStep)) break;
    if (d2 === undefined) continue;
    const next = (4 * d2 - d1) / 3;
    const twice = (16 * next - once) / 15;
    if (!consider(twice, 3 * Math.max(Math.abs(twice - once), Math.abs(twice - next)) + 5.8 * perStep)) break;
  }
  return best;
}

function central(ahead: Float64Array, behind: Float64Array, h: number): Float64Array {
  return ahead.map((value, i) => (value - behind[i]!) / (2 * h));
}

function largestOf(values: ArrayLike<number> & Iterable<number>): number {
  let largest = 0;
  for (const x of values) if (Math.abs(x) > largest && Number.isFinite(x)) largest = Math.abs(x);
  return largest;
}

/** How many of the smallest steps the noise is measured with. */
const NOISE_STEPS = 8;
const DEGREE = 4;

/**
 * The noise of each element: what is left when a polynomial of degree 4 is fitted to the values closest to the centre,
 * where nothing but noise bends a smooth function any further.
 */
function noiseOf({ steps, center, ahead, behind }: Curve): Float64Array {
  const noise = new Float64Array(center.length).fill(Infinity);
  const first = Math.max(0, steps.length - NOISE_STEPS);
  const unit = steps[first]!;
  const points = steps.slice(first).flatMap((h, j) => [
    { t: h / unit, values: ahead[first + j] },
    { t: -h / unit, values: behind[first + j] },
  ]).filter((point): point is { t: number; values: Float64Array } => point.values !== undefined);
  if (points.length < 2 * DEGREE) return noise;
  const basis = orthonormal(points.map(({ t }) => t));
  const deviations = new Float64Array(points.length);
  for (let i = 0; i < center.length; i++) {
    for (let k = 0; k < points.length; k++) deviations[k] = points[k]!.values[i]! - center[i]!;
    for (const vector of basis) {
      const along = dot(vector, deviations);
      for (let k = 0; k < points.length; k++) deviations[k]! -= along * vector[k]!;
    }
    const sigma = Math.sqrt(dot(deviations, deviations) / (points.length - basis.length));
    noise[i] = Number.isFinite(sigma) ? sigma : Infinity;
  }
  return noise;
}

/** An orthonormal basis of the polynomials of that degree at some points. */
function orthonormal(ts: readonly number[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (let power = 0; power <= DEGREE; power++) {
    const vector = Float64Array.from(ts, (t) => t ** power);
    for (const other of [...basis, ...basis]) { // twice: once leaves rounding errors
      const along = dot(vector, other);
      for (let k = 0; k < vector.length; k++) vector[k]! -= along * other[k]!;
    }
    const length = Math.hypot(...vector);
    basis.push(vector.map((x) => x / length));
  }
  return basis;
}
