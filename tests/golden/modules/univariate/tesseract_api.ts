import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const number = () => differentiable(scalar("float32"));

/** A float32 scalar that keeps its dtype where no schema says it (in a Jacobian). */
function float32(value: number) {
  return { dtype: "float32", shape: [], data: Float32Array.of(value) } as const;
}

/** Rosenbrock's derivatives at a point, by input. */
function gradient(x: number, y: number) {
  const v = y - x * x;
  return { x: -2 * (1 - x) - 400 * x * v, y: 200 * v };
}

export default defineTesseract({
  description: "Rosenbrock's function with a = 1 and b = 100.",
  InputSchema: z.object({
    x: number().describe("Abscissa.").default(0),
    y: number().describe("Ordinate.").default(0),
  }),
  OutputSchema: z.object({
    result: number().describe("Value of the function."),
  }),

  apply({ x, y }) {
    const u = 1 - x;
    const v = y - x * x;
    return { result: Math.fround(u * u + 100 * (v * v)) };
  },

  jacobian({ x, y }, jacInputs) {
    const g = gradient(x, y);
    return {
      result: {
        ...(jacInputs.has("x") && { x: float32(g.x) }),
        ...(jacInputs.has("y") && { y: float32(g.y) }),
      },
    };
  },

  jacobianVectorProduct({ x, y }, jvpInputs, _jvpOutputs, tangentVector) {
    const g = gradient(x, y);
    let sum = 0;
    if (jvpInputs.has("x")) sum += g.x * tangentVector.x!.data[0]!;
    if (jvpInputs.has("y")) sum += g.y * tangentVector.y!.data[0]!;
    return { result: float32(sum) };
  },

  vectorJacobianProduct({ x, y }, vjpInputs, _vjpOutputs, cotangentVector) {
    const g = gradient(x, y);
    const c = cotangentVector.result!.data[0]!;
    return {
      ...(vjpInputs.has("x") && { x: float32(g.x * c) }),
      ...(vjpInputs.has("y") && { y: float32(g.y * c) }),
    };
  },

  abstractEval(_inputs) {
    return { result: { shape: [], dtype: "float32" } };
  },
});
