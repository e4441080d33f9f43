/** Where a derivative jumps: at a tie in min and max, at 0 of abs; what is constant by pieces. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    a: differentiable(array([null], "float64")),
    b: differentiable(array([null], "float64")),
  }),
  OutputSchema: z.object({
    absolute: differentiable(array([null], "float64")),
    larger: differentiable(array([null], "float64")),
    smaller: differentiable(array([null], "float64")),
    clipped: differentiable(array([null], "float64")),
    stairs: differentiable(array([null], "float64")),
    pieces: differentiable(array([null], "float64")),
  }),
  derivatives: "auto",

  apply({ a, b }) {
    const x = a.data, y = b.data;
    return {
      absolute: x.map(Math.abs),
      larger: x.map((value, i) => Math.max(value, y[i]!)),
      smaller: x.map((value, i) => Math.min(value, y[i]!)),
      clipped: x.map((value) => Math.min(Math.max(value, -0.5), 0.5)),
      stairs: x.map((value, i) =>
        Math.floor(value) * y[i]! + Math.sign(value) + Math.round(value) + Math.trunc(value) + Math.ceil(value) * value
      ),
      pieces: x.map((value, i) => value > 0 ? value * y[i]! : y[i]! ** 2),
    };
  },
});
