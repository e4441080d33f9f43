import { indexOf } from "../../arrays/fault.ts";
import { SIGMAS } from "./line.ts";
import type { PlannedInput, PlannedOutput } from "./plan.ts";
import type { TaylorResult } from "./taylor.ts";
import type { EndpointReport, Failure, GradientEndpoint, OnProgress, PairReport } from "./types.ts";

/** A difference that is always allowed. */
const DIFFERENCE_ATOL = 1e-8;

/** Do they differ? `|difference − value| > 1e-8 + rtol·|value|`, or one of them is NaN. */
function differs(value: number, difference: number, rtol: number): boolean {
  return value !== difference && !(Math.abs(difference - value) <= DIFFERENCE_ATOL + rtol * Math.abs(value));
}

/** How far apart they are; infinitely if one of them is NaN. */
function distanceOf(value: number, difference: number): number {
  const distance = value === difference ? 0 : Math.abs(value - difference);
  return Number.isNaN(distance) ? Infinity : distance;
}

/**
 * The derivative of an output, or of some rows of it, by one element of an input: by an endpoint and by differences.
 */
export interface Comparison {
  readonly input: PlannedInput;
  readonly output: PlannedOutput;
  /** The position of the element. */
  readonly position: number;
  readonly rows: readonly number[];
  readonly rtol: number;
  /** The exception, in place of all that follows. */
  readonly error?: string;
  readonly value?: Float64Array;
  readonly difference?: Float64Array;
  /** The distance of the points of the difference. */
  readonly step?: number;
  readonly taylorResult?: TaylorResult | undefined;
  /** The smallest element of a tangent of the Taylor test. */
  readonly smallestTangent?: number;
}

/** Compares derivatives with differences, and counts the failures of each endpoint. */
export class Tally {
  readonly reports: readonly EndpointReport[];

  constructor(
    endpoints: readonly GradientEndpoint[],
    private readonly options: {
      readonly total: number;
      readonly maxFailures: number;
      readonly onProgress: OnProgress | undefined;
    },
  ) {
    this.reports = endpoints.map((endpoint) => ({
      endpoint,
      checks: 0,
      failures: 0,
      overruled: 0,
      shown: [],
      pairs: [],
    }));
  }

  add(endpoint: GradientEndpoint, comparison: Comparison): void {
    const report = this.reports.find((report) => report.endpoint === endpoint)!;
    const pair = this.pairOf(report, comparison);
    report.checks++;
    pair.checks++;
    if (comparison.step === 0) pair.roundedAway = true;
    const agrees = comparison.error === undefined && this.compare(pair, comparison);
    if (!agrees && overrules(comparison)) {
      report.overruled++;
      pair.overruled++;
    } else if (!agrees) {
      report.failures++;
      pair.failures++;
      if (comparison.error !== undefined) pair.errors++;
      if (report.shown.length < this.options.maxFailures) report.shown.push(failureOf(comparison));
    }
    const { total, onProgress } = this.options;
    onProgress?.({ endpoint, done: report.checks, total, failures: report.failures });
  }

  private pairOf(report: EndpointReport, comparison: Comparison): PairReport {
    const { array: { path: input }, eps } = comparison.input;
    const { path: output } = comparison.output;
    let pair = report.pairs.find((pair) => pair.input === input && pair.output === output);
    if (!pair) {
      pair = { input, output, checks: 0, failures: 0, errors: 0, overruled: 0, eps, roundedAway: false };
      report.pairs.push(pair);
    }
    return pair;
  }

  /** Are value and difference equal everywhere? Records where they are furthest apart. */
  private compare(pair: PairReport, comparison: Comparison): boolean {
    const { value, difference, rtol, rows, input: { array }, output, position } = comparison;
    let agrees = true;
    let worst = pair.worst ? distanceOf(pair.worst.value, pair.worst.difference) : -1;
    for (let r = 0; r < rows.length; r++) {
      const [v, d] = [value![r]!, difference![r]!];
      if (differs(v, d, rtol)) agrees = false;
      const distance = distanceOf(v, d);
      if (distance > worst) {
        worst = distance;
        const index = indexOf(array.shape, position);
        pair.worst = { index, outputIndex: indexOf(output.center.shape, rows[r]!), value: v, difference: d };
      }
    }
    return agrees;
  }
}

/**
 * Does the Taylor test show that the finite difference is wrong, and not the endpoint? It does if it finds the endpoint
 * right, and each deviation is either within the noise of the difference, or an error that the test would have found.
 */
function overrules({ value, difference, rows, rtol, step, taylorResult, smallestTangent }: Comparison): boolean {
  if (taylorResult?.report.status !== "right" || !value || !difference) return false;
  for (let r = 0; r < rows.length; r++) {
    if (!differs(value[r]!, difference[r]!, rtol)) continue;
    if (Number.isNaN(difference[r])) continue; // beyond the function's domain: claims nothing
    const claimed = Math.abs(value[r]! - difference[r]!);
    const byNoise = SIGMAS * Math.SQRT2 * taylorResult.noises[r]! / step! + DIFFERENCE_ATOL;
    if (!(claimed <= byNoise || claimed * smallestTangent! > 2 * taylorResult.bars[r]!)) return false;
  }
  return true;
}

function failureOf({ input: { array }, output, position, rows, error, value, difference }: Comparison): Failure {
  const { path, dtype, center: { shape } } = output;
  const base = { input: array.path, output: path, index: indexOf(array.shape, position), dtype };
  if (error !== undefined) return { ...base, error };
  const whole = rows.length === shape.reduce((size, n) => size * n, 1);
  const sizes = whole ? shape : [rows.length];
  return {
    ...base,
    value: { shape: sizes, data: value! },
    difference: { shape: sizes, data: difference! },
    ...(!whole && { outputElements: rows.map((row) => indexOf(shape, row)) }),
  };
}
