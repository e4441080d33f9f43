/** The logarithm of a determinant, and a solve, by Cholesky's factorisation in place. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    factor: differentiable(array([null, null], "float64")),
    right: differentiable(array([null], "float64")),
  }),
  OutputSchema: z.object({
    logarithm: differentiable(array([], "float64")),
    distance: differentiable(array([], "float64")),
  }),
  derivatives: "auto",

  async apply({ factor, right }) {
    const n = right.shape[0];
    const a = new Float64Array(n * n);
    // a = factor · factorᵀ + 1, so that it is positive definite whatever the factor is.
    const at = (i: number, j: number) => i * n + j;
    await Promise.all(Array.from({ length: n }, async (_, i) => {
      await null;
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n; k++) a[at(i, j)]! += factor.data[at(i, k)]! * factor.data[at(j, k)]!;
        if (i === j) a[at(i, j)]!++;
      }
    }));
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < j; k++) a[at(j, j)]! -= a[at(j, k)]! ** 2;
      a[at(j, j)] = Math.sqrt(a[at(j, j)]!);
      for (let i = j + 1; i < n; i++) {
        for (let k = 0; k < j; k++) a[at(i, j)] = a[at(i, j)]! - a[at(i, k)]! * a[at(j, k)]!;
        a[at(i, j)]! /= a[at(j, j)]!;
      }
    }
    const y = right.data.slice();
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) y[i]! -= a[at(i, k)]! * y[k]!;
      y[i]! /= a[at(i, i)]!;
    }
    let logarithm = 0;
    for (let i = 0; i < n; i++) logarithm += 2 * Math.log(a[at(i, i)]!);
    return { logarithm, distance: y.reduce((sum, value) => sum + value * value, 0) };
  },
});
