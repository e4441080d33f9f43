/** Gaussian elimination with partial pivoting, in one typed array. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    matrix: differentiable(array(["n", "n"], "float64")),
    right: differentiable(array(["n"], "float64")),
  }),
  OutputSchema: z.object({ solution: differentiable(array(["n"], "float64")) }),
  derivatives: "auto",

  apply({ matrix, right }) {
    const n = right.shape[0], a = matrix.data.slice(), x = right.data.slice();
    for (let k = 0; k < n; k++) {
      let p = k;
      for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[p * n + k]!)) p = i;
      if (p !== k) {
        for (let j = k; j < n; j++) [a[k * n + j], a[p * n + j]] = [a[p * n + j]!, a[k * n + j]!];
        [x[k], x[p]] = [x[p]!, x[k]!];
      }
      for (let i = k + 1; i < n; i++) {
        const factor = a[i * n + k]! / a[k * n + k]!;
        for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
        x[i]! -= factor * x[k]!;
      }
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let j = i + 1; j < n; j++) x[i]! -= a[i * n + j]! * x[j]!;
      x[i]! /= a[i * n + i]!;
    }
    return { solution: x };
  },
});
