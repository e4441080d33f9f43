/** Every function of Math with a derivative. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

const NAMES = [
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "atanh",
  "exp",
  "expm1",
  "log",
  "log1p",
  "log2",
  "log10",
  "sqrt",
  "cbrt",
] as const;

export default defineTesseract({
  InputSchema: z.object({
    x: differentiable(array([null], "float64")),
    y: differentiable(array([null], "float64")),
  }),
  OutputSchema: z.object({
    one: differentiable(array([null, null], "float64")),
    acosh: differentiable(array([null], "float64")),
    two: differentiable(array([null, null], "float64")),
    remainder: differentiable(array([null], "float64")),
    single: differentiable(array([null], "float64")),
  }),
  derivatives: "auto",

  apply({ x, y }) {
    const [n] = x.shape;
    const one = new Float64Array(NAMES.length * n);
    NAMES.forEach((name, row) => one.set(x.data.map((value) => Math[name](value)), row * n));
    const two = [Math.atan2, Math.pow, (a: number, b: number) => Math.hypot(a, b, a * b)];
    return {
      one: { shape: [NAMES.length, n], dtype: "float64", data: one },
      acosh: x.data.map((value) => Math.acosh(1.5 + value)),
      two: two.map((f) => Array.from(x.data, (value, i) => f(value, y.data[i]!))),
      remainder: y.data.map((value, i) => value % x.data[i]!),
      single: x.data.map((value) => +Math.fround(value) * value),
    };
  },
});
