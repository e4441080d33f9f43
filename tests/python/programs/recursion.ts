/** Recursion: adaptive integration of a function, and a polynomial by Horner's rule. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const simpson = (f: (x: number) => number, a: number, b: number) => (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b));

function integrate(f: (x: number) => number, a: number, b: number, depth: number): number {
  const middle = (a + b) / 2;
  if (depth === 0) return simpson(f, a, middle) + simpson(f, middle, b);
  return integrate(f, a, middle, depth - 1) + integrate(f, middle, b, depth - 1);
}

const horner = (coefficients: readonly number[], x: number): number => {
  const [first = 0, ...rest] = coefficients;
  return rest.length === 0 ? first : first + x * horner(rest, x);
};

export default defineTesseract({
  InputSchema: z.object({
    coefficients: differentiable(array([null], "float64")),
    upper: differentiable(scalar("float64")),
  }),
  OutputSchema: z.object({
    integral: differentiable(scalar("float64")),
    value: differentiable(scalar("float64")),
  }),
  derivatives: "auto",

  apply({ coefficients, upper }) {
    const list = Array.from(coefficients.data);
    const f = (x: number) => Math.exp(-x * x) * horner(list, x);
    return { integral: integrate(f, 0, upper, 5), value: f(upper) };
  },
});
