import type { FloatDType } from "../real_array.ts";
import type { AdjointReport, GradientEndpoint } from "./types.ts";

/** How far products may be apart, relative to the sum of their terms' absolute values. */
const TOLERANCE: Readonly<Record<FloatDType, number>> = { float16: 1e-2, float32: 1e-4, float64: 1e-10 };

/** The product by one endpoint, or the exception that it threw. */
export type Bilinear = { readonly value: number; readonly size: number } | { readonly exception: string };

/**
 * The adjoint test, which needs no step: `⟨w, J·v⟩` and `⟨Jᵀ·w, v⟩` of one output by one input must be the same for any
 * two endpoints. An endpoint made by `finiteDifferences` has the error of its own steps, so it may differ by `rtol`, as
 * in the comparison of elements. A distance up to `rounding` is always allowed: where the terms of a derivative cancel,
 * all of its digits may be rounding errors.
 */
export function compareBilinear(
  { input, output }: { readonly input: string; readonly output: string },
  dtypes: readonly FloatDType[],
  products: ReadonlyMap<GradientEndpoint, Bilinear>,
  { differences, rtol, rounding }: {
    readonly differences: ReadonlySet<GradientEndpoint>;
    readonly rtol: number;
    readonly rounding: number;
  },
): AdjointReport[] {
  const exact = Math.max(...dtypes.map((dtype) => TOLERANCE[dtype]));
  const entries = [...products];
  return entries.flatMap(([first, a], i) =>
    entries.slice(i + 1).map(([second, b]): AdjointReport => {
      const tolerance = differences.has(first) || differences.has(second) ? Math.max(exact, rtol) : exact;
      const pair = { input, output, endpoints: [first, second] as const, tolerance };
      for (const [endpoint, product] of [[first, a], [second, b]] as const) {
        if (!("exception" in product)) continue;
        const exception = `${endpoint}: ${product.exception}`;
        return { ...pair, values: [NaN, NaN], error: NaN, passed: false, exception };
      }
      const [x, y] = [a as { value: number; size: number }, b as { value: number; size: number }];
      const distance = Math.abs(x.value - y.value);
      const error = distance === 0 ? 0 : distance / Math.max(x.size, y.size);
      return { ...pair, values: [x.value, y.value], error, passed: error <= tolerance || distance <= rounding };
    })
  );
}
