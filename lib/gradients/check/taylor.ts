/**
 * The Taylor-remainder test: does `f(x + h·v) − f(x) − h·J·v` fall as `h²`?
 *
 * The slope of the remainder alone is not enough: noise hides it below some `h`, and one wrong element of many
 * disappears in the curvature of the others. So the linear term is measured for each element of the output, with an
 * error bar. The endpoint is wrong if it is outside of the error bar in at least two of three directions. The slope is
 * only shown.
 * @module
 */
import { indexOf } from "../../arrays/fault.ts";
import { dot } from "../real_array.ts";
import type { Curve, Measured } from "./line.ts";
import type { TaylorReport } from "./types.ts";

/** How many random directions are tried, and in how many of them an element must be off to be wrong. */
export const DIRECTIONS = 3;
const WRONG_IN = 2;

/** The result of the test for one endpoint. */
export interface TaylorResult {
  readonly report: Omit<TaylorReport, "input" | "output" | "endpoint">;
  /** For each element: the noise, and the smallest error of a derivative along a direction that the test can find. */
  readonly noises: Float64Array;
  readonly bars: Float64Array;
}

/** The test of one endpoint for one output by one input; rows are the elements of the output that it is about. */
export class TaylorTest {
  /** For each row, in how many directions the endpoint was outside of the error bar. */
  private readonly misses: Uint8Array;
  private readonly noises: Float64Array;
  private readonly bars: Float64Array;
  private readonly worst: { ratio: number; value: number; measured: number }[];
  /** For each step, the sums of the squared errors of the central difference, and of the squared remainders. */
  private readonly errors: Float64Array;
  private readonly squares: Float64Array;
  /** What noise alone adds to `squares`. */
  private floor = 0;
  /** The largest absolute derivative, and the largest absolute output. */
  private derivative = 0;
  private value = 0;

  constructor(private readonly rows: readonly number[], private readonly steps: readonly number[]) {
    this.misses = new Uint8Array(rows.length);
    this.noises = new Float64Array(rows.length);
    this.bars = new Float64Array(rows.length);
    this.worst = rows.map(() => ({ ratio: -1, value: 0, measured: 0 }));
    this.errors = new Float64Array(steps.length);
    this.squares = new Float64Array(steps.length);
  }

  /** Adds one direction: what was measured, and the derivatives by the endpoint. */
  add(curve: Curve, { slope, bar, noise, errors }: Measured, claimed: Float64Array): void {
    for (const [r, row] of this.rows.entries()) {
      const off = Math.abs(slope[row]! - claimed[r]!);
      const ratio = Number.isNaN(off) ? Infinity : bar[row] === Infinity ? 0 : off / bar[row]!;
      if (ratio > 1) this.misses[r]!++;
      if (ratio > this.worst[r]!.ratio) this.worst[r] = { ratio, value: claimed[r]!, measured: slope[row]! };
      this.noises[r] = Math.max(this.noises[r]!, noise[row]!);
      this.bars[r] = Math.max(this.bars[r]!, bar[row]!);
      this.derivative = Math.max(this.derivative, Math.abs(claimed[r]!), Math.abs(slope[row]!));
      for (const values of [curve.center, curve.ahead[0], curve.behind[0]]) {
        const value = Math.abs(values?.[row] ?? 0);
        if (Number.isFinite(value)) this.value = Math.max(this.value, value);
      }
      if (noise[row] !== Infinity) this.floor += 2 * noise[row]! ** 2;
    }
    for (const [j, h] of this.steps.entries()) {
      this.errors[j]! += errors[j]!;
      const values = curve.ahead[j];
      if (!values) this.squares[j] = NaN;
      else {
        for (const [r, row] of this.rows.entries()) {
          if (noise[row] !== Infinity) this.squares[j]! += (values[row]! - curve.center[row]! - h * claimed[r]!) ** 2;
        }
      }
    }
  }

  /**
   * `rtol`: a measurement with a larger relative error decides nothing. `unit`: that of the steps; `shape`: that of the
   * output.
   */
  result(rtol: number, unit: number, shape: readonly number[]): TaylorResult {
    const wrong = this.misses.findIndex((count) => count >= WRONG_IN);
    const vague = Math.max(rtol * this.derivative, 1e-3 * this.value);
    const undecided = this.bars.some((bar) => !(bar <= vague));
    const status = wrong >= 0 ? "wrong" : undecided ? "undecided" : "right";
    const best = this.errors.reduce((best, error, j) => error < (this.errors[best] ?? Infinity) ? j : best, -1);
    let worst = -1;
    for (let r = 0; r < this.rows.length; r++) {
      const counts = status !== "wrong" || this.misses[r]! >= WRONG_IN;
      if (counts && (worst < 0 || this.worst[r]!.ratio > this.worst[worst]!.ratio)) worst = r;
    }
    const finite = this.noises.filter((x) => x !== Infinity);
    const remainders = this.squares.map(Math.sqrt);
    const { slope, range } = slopeOf(this.steps, remainders, Math.sqrt(this.floor), status !== "wrong");
    const furthest = this.worst[worst];
    const report: TaylorResult["report"] = {
      status,
      slope,
      range: range && [range[0] * unit, range[1] * unit],
      bestEps: best >= 0 ? this.steps[best]! * unit : null,
      noise: finite.length > 0 ? Math.sqrt(dot(finite, finite) / finite.length) : Infinity,
      ...(furthest && {
        worst: {
          outputIndex: indexOf(shape, this.rows[worst]!),
          value: furthest.value,
          measured: furthest.measured,
        },
      }),
    };
    return { report, noises: this.noises, bars: this.bars };
  }
}

/** A remainder counts only if it is this many times as large as its noise. */
const ABOVE_NOISE = 4;

/** How far the slope between two neighbouring steps may be from 2 for both to belong to the range. */
const SLOPE_TOLERANCE = 0.3;

/**
 * The slope of the remainder over the steps, by least squares on logarithms, weighted by how far the remainder is above
 * the noise, and the range of steps that it was taken from: the longest range with a slope of 2 if `expected` is set
 * and there is one, else the smallest steps at which the remainder is above the noise.
 */
export function slopeOf(
  steps: readonly number[],
  remainders: Float64Array,
  noise: number,
  expected: boolean,
): { slope: number | null; range: readonly [number, number] | null } {
  const usable = steps.map((_, j) => Number.isFinite(remainders[j]) && remainders[j]! > ABOVE_NOISE * noise);
  let best: [number, number] | undefined;
  let start = 0;
  for (let j = 0; j < steps.length; j++) {
    const local = j > start ? Math.log2(remainders[j - 1]! / remainders[j]!) : 2;
    if (!usable[j]) start = j + 1;
    else if (Math.abs(local - 2) > SLOPE_TOLERANCE) start = j;
    else if (expected && j - start >= 2 && (!best || j - start > best[1] - best[0])) best = [start, j];
  }
  if (!best) {
    const last = usable.lastIndexOf(true);
    let first = last;
    while (first > 0 && usable[first - 1] && last - first < 6) first--;
    if (last - first < 2) return { slope: null, range: null };
    best = [first, last];
  }
  const [first, last] = best;
  let [sw, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let j = first; j <= last; j++) {
    const weight = Math.min(remainders[j]! / (noise + Number.MIN_VALUE), 1e3) ** 2;
    const [x, y] = [Math.log2(steps[j]!), Math.log2(remainders[j]!)];
    sw += weight;
    sx += weight * x;
    sy += weight * y;
    sxx += weight * x * x;
    sxy += weight * x * y;
  }
  return { slope: (sw * sxy - sx * sy) / (sw * sxx - sx * sx), range: [steps[last]!, steps[first]!] };
}
