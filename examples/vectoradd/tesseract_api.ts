import { array, defineTesseract, differentiable, type NdArray, ndarray, scalar, z } from "@tesseract/runtime";

const vector = () => differentiable(array([null], "float32"));

/** Multiplies a vector by a scalar, and adds another vector: result = s·a + b. */
export default defineTesseract({
  description: "Multiplies a vector a by s, and adds a vector b.",

  InputSchema: z.object({
    a: vector().describe("An arbitrary vector."),
    b: vector().describe("An arbitrary vector, as long as a."),
    s: differentiable(scalar("float32")).describe("The factor of a.").default(1),
  }).refine(({ a, b }) => a.shape[0] === b.shape[0], { message: "a and b must have the same length" }),

  OutputSchema: z.object({
    result: vector().describe("The vector s·a + b."),
  }),

  apply({ a, b, s }) {
    return { result: a.data.map((x, i) => s * x + b.data[i]!) };
  },

  /** The derivatives: s·I with respect to a, I with respect to b, and a with respect to s. */
  jacobian({ a, s }, jacInputs) {
    const [n] = a.shape;
    const diagonal = (value: number) => {
      const matrix = ndarray("float32", [n, n]);
      for (let i = 0; i < n; i++) matrix.data[i * n + i] = value;
      return matrix;
    };
    const result: Record<string, NdArray<"float32">> = {};
    if (jacInputs.has("a")) result["a"] = diagonal(s);
    if (jacInputs.has("b")) result["b"] = diagonal(1);
    if (jacInputs.has("s")) result["s"] = a;
    return { result };
  },

  jacobianVectorProduct({ a, s }, _jvpInputs, _jvpOutputs, tangents) {
    const { a: da, b: db, s: ds } = tangents;
    return {
      result: a.data.map((x, i) => s * (da?.data[i] ?? 0) + (db?.data[i] ?? 0) + (ds?.data[0] ?? 0) * x),
    };
  },

  vectorJacobianProduct({ a, s }, vjpInputs, _vjpOutputs, { result: cotangent }) {
    const c = cotangent!.data;
    const result: Record<string, Float32Array | number> = {};
    if (vjpInputs.has("a")) result["a"] = c.map((x) => s * x);
    if (vjpInputs.has("b")) result["b"] = c;
    if (vjpInputs.has("s")) result["s"] = c.reduce((sum, x, i) => sum + x * a.data[i]!, 0);
    return result;
  },

  abstractEval({ a }) {
    return { result: a };
  },
});
