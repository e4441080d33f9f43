/**
 * The derivative of a gradient along a direction, by forward over reverse mode: exact to rounding, like first ones.
 *
 * A. Griewank, A. Walther, Evaluating Derivatives (2008), 5.1. The tape is read once forwards, for the tangents of all
 * values, and once backwards, for the gradient and its tangent together.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import type { NdArray } from "../arrays/ndarray.ts";
import { gradients, recorded } from "./derivatives.ts";
import { inTurn } from "./run.ts";
import { curvature } from "./runtime/curvature.ts";
import { checkStale, STALE, sweepForwards, T } from "./runtime/tape.ts";

export { NoSecondDerivative } from "./runtime/custom_rules.ts";

type Vectors = Readonly<Record<string, NdArray>>;

/**
 * `Σ w·∂²f/∂x₁∂x₂·v` by the inputs x₁ in `inputPaths`, where `cotangents` are the w, by the paths of outputs, and
 * `tangents` the v, by the paths of the inputs x₂.
 */
export function hessianVectorProduct(
  module: TesseractModule,
  inputs: unknown,
  inputPaths: Iterable<string>,
  cotangents: Vectors,
  tangents: Vectors,
  context: unknown,
): Promise<Record<string, NdArray>> {
  const wanted = new Set(inputPaths);
  const all = new Set([...wanted, ...Object.keys(tangents)]);
  return inTurn(() =>
    recorded(module, inputs, all, new Set(Object.keys(cotangents)), context, async (places, outputs) => {
      const dots = new Float64Array(T.n + 1), bars = new Float64Array(T.n + 1), barDots = new Float64Array(T.n + 1);
      for (const { path, first } of places) {
        if (tangents[path] !== undefined) dots.set(tangents[path].data as Float64Array, first);
      }
      await sweepForwards({ width: 1, data: dots });
      for (const { path, parts } of outputs) {
        const { data } = cotangents[path]!;
        for (let k = 0; k < parts.length; k++) bars[parts[k]!]! += data[k] as number;
      }
      bars[0] = 0;
      sweepTwice(dots, bars, barDots);
      checkStale(bars[STALE]!);
      checkStale(barDots[STALE]!);
      return gradients(places.filter(({ path }) => wanted.has(path)), barDots);
    }, "twice")
  );
}

/**
 * The reverse sweep: computes the adjoints of all statements (`bars`) and the tangents of these adjoints (`barDots`);
 * `dots` are the tangents of the statements.
 */
function sweepTwice(dots: Float64Array, bars: Float64Array, barDots: Float64Array): void {
  const { p, i, s } = T;
  const { statements, seconds } = curvature;
  let next = statements.length - 1;
  for (let n = T.n; n > 0; n--) {
    const bar = bars[n]!, barDot = barDots[n]!, start = s[n]!;
    for (let e = start; e < s[n + 1]!; e++) {
      bars[i[e]!]! += times(p[e]!, bar);
      barDots[i[e]!]! += times(p[e]!, barDot);
    }
    if (next < 0 || statements[next] !== n) continue;
    const [aa, ab, bb] = [seconds[3 * next]!, seconds[3 * next + 1]!, seconds[3 * next + 2]!];
    next--;
    const a = i[start]!, isBinary = s[n + 1]! - start > 1, b = isBinary ? i[start + 1]! : 0;
    const dotA = dots[a]!, dotB = dots[b]!;
    barDots[a]! += times(bar, times(aa, dotA) + times(ab, dotB));
    if (isBinary) barDots[b]! += times(bar, times(ab, dotA) + times(bb, dotB));
  }
}

/** A product in which exactly 0 means "does not depend": 0 · ∞ is 0. */
const times = (x: number, y: number): number => x === 0 || y === 0 ? 0 : x * y;
