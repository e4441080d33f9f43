/** Iterations to a tolerance: their number depends on the values. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    p: differentiable(array([null], "float64")),
    q: differentiable(scalar("float64")),
  }),
  OutputSchema: z.object({ root: differentiable(array([null], "float64")) }),
  derivatives: "auto",

  apply({ p, q }) {
    const root = p.data.slice();
    search: for (let i = 0; i < root.length; i++) {
      let y = 1 + q;
      let change = Infinity;
      do {
        change = (y ** 3 + p.data[i]! * y - q) / (3 * y ** 2 + p.data[i]!);
        y -= change;
        if (Number.isNaN(y)) continue search;
      } while (Math.abs(change) > 1e-14 * Math.abs(y));
      // One more step: the derivative of the last iterate lags a step behind its value.
      root[i] = y - (y ** 3 + p.data[i]! * y - q) / (3 * y ** 2 + p.data[i]!);
    }
    return { root };
  },
});
