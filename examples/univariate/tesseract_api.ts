import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

/**
 * Rosenbrock's valley, f(x, y) = (1 − x)² + 100·(y − x²)², with its minimum 0 at (1, 1).
 *
 * H. H. Rosenbrock, An automatic method for finding the greatest or least value of a function,
 * The Computer Journal 3 (1960), 175–184.
 */
export default defineTesseract({
  description: "Rosenbrock's function of two variables, with a = 1 and b = 100.",

  InputSchema: z.object({
    x: differentiable(scalar("float64")).describe("Abscissa.").default(0),
    y: differentiable(scalar("float64")).describe("Ordinate.").default(0),
  }),

  OutputSchema: z.object({
    result: differentiable(scalar("float64")).describe("Value of the function."),
  }),

  apply({ x, y }) {
    return { result: (1 - x) ** 2 + 100 * (y - x * x) ** 2 };
  },

  jacobian(at, jacInputs) {
    const slopes = gradient(at);
    return { result: Object.fromEntries([...jacInputs].map((path) => [path, slopes[path]])) };
  },

  jacobianVectorProduct(at, jvpInputs, _jvpOutputs, tangents) {
    const slopes = gradient(at);
    return { result: [...jvpInputs].reduce((sum, path) => sum + slopes[path] * tangents[path]!.data[0]!, 0) };
  },

  vectorJacobianProduct(at, vjpInputs, _vjpOutputs, { result: cotangent }) {
    const slopes = gradient(at);
    return Object.fromEntries([...vjpInputs].map((path) => [path, slopes[path] * cotangent!.data[0]!]));
  },

  abstractEval() {
    return { result: { shape: [], dtype: "float64" } };
  },
});

/** ∂f/∂x and ∂f/∂y. */
function gradient({ x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x: -2 * (1 - x) - 400 * x * (y - x * x), y: 200 * (y - x * x) };
}
