/** Gaussian elimination with partial pivoting: rows swapped by destructuring, branches on values. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    matrix: differentiable(array([null, null], "float64")),
    right: differentiable(array([null], "float64")),
  }),
  OutputSchema: z.object({ solution: differentiable(array([null], "float64")) }),
  derivatives: "auto",

  apply({ matrix, right }) {
    const n = right.data.length;
    const rows = Array.from({ length: n }, (_, i) => [...matrix.data.subarray(i * n, (i + 1) * n), right.data[i]!]);
    for (let column = 0; column < n; column++) {
      let pivot = column;
      for (let i = column + 1; i < n; i++) {
        if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
      }
      [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
      for (let i = column + 1; i < n; i++) {
        const factor = rows[i]![column]! / rows[column]![column]!;
        for (let j = column; j <= n; j++) rows[i]![j]! -= factor * rows[column]![j]!;
      }
    }
    const solution = new Float64Array(n);
    for (let i = n - 1; i >= 0; i--) {
      let sum = rows[i]![n]!;
      for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * solution[j]!;
      solution[i] = sum / rows[i]![i]!;
    }
    return { solution };
  },
});
