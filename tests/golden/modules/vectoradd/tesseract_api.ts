import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const vector = () => differentiable(array([null], "float32"));

interface Point {
  readonly a: { readonly data: Float32Array };
  readonly b: { readonly data: Float32Array };
  readonly s: number;
  readonly normalize: boolean;
}

/** s·a + b in float64, and its Euclidean norm. */
function combine({ a, b, s }: Point): { r: number[]; norm: number } {
  const r = Array.from(a.data, (x, i) => s * x + b.data[i]!);
  let squares = 0;
  for (const x of r) squares += x * x;
  return { r, norm: Math.sqrt(squares) };
}

/** The vector that `apply` returns, before rounding. */
function evaluate(point: Point): number[] {
  const { r, norm } = combine(point);
  if (!point.normalize) return r;
  if (norm === 0) throw new Error("division by zero: the vector to normalize has no length");
  return r.map((x) => x / norm);
}

/** The derivative of the result with respect to one input: a row per element of the result. */
function derivative(point: Point, path: "a" | "b" | "s"): number[][] {
  const { r, norm } = combine(point);
  const plain = r.map((_, i) =>
    path === "s" ? [point.a.data[i]!] : r.map((_, j) => (i === j ? (path === "a" ? point.s : 1) : 0))
  );
  if (!point.normalize) return plain;
  const u = r.map((x) => x / norm);
  return plain.map((row, i) =>
    row.map((d, j) => {
      let along = 0;
      for (let k = 0; k < u.length; k++) along += u[k]! * plain[k]![j]!;
      return (d - u[i]! * along) / norm;
    })
  );
}

export default defineTesseract({
  description: "Multiply a by s and add b.",
  InputSchema: z.object({
    a: vector().describe("First vector."),
    b: vector().describe("Second vector, as long as a."),
    s: differentiable(scalar("float32")).describe("Factor applied to a.").default(1),
    normalize: z.boolean().describe("Whether to divide the result by its Euclidean norm.").default(false),
  }).refine(({ a, b }) => a.shape[0] === b.shape[0], { message: "a and b must have the same shape" }),
  OutputSchema: z.object({
    result: vector().describe("The vector s * a + b, of length one if normalize is set."),
  }),

  apply(inputs) {
    return { result: Float32Array.from(evaluate(inputs)) };
  },

  jacobian(inputs, jacInputs) {
    const n = inputs.a.data.length;
    const block = (path: "a" | "b" | "s") => Float32Array.from(derivative(inputs, path).flat());
    return {
      result: {
        ...(jacInputs.has("a") && { a: { dtype: "float32", shape: [n, n], data: block("a") } }),
        ...(jacInputs.has("b") && { b: { dtype: "float32", shape: [n, n], data: block("b") } }),
        ...(jacInputs.has("s") && { s: { dtype: "float32", shape: [n], data: block("s") } }),
      },
    };
  },

  jacobianVectorProduct(inputs, jvpInputs, _jvpOutputs, tangentVector) {
    const sum = new Float64Array(inputs.a.data.length);
    for (const path of ["a", "b", "s"] as const) {
      if (!jvpInputs.has(path)) continue;
      const t = tangentVector[path]!.data;
      derivative(inputs, path).forEach((row, i) => row.forEach((d, j) => sum[i]! += d * t[j]!));
    }
    return { result: Float32Array.from(sum) };
  },

  vectorJacobianProduct(inputs, vjpInputs, _vjpOutputs, cotangentVector) {
    const c = cotangentVector.result!.data;
    const n = inputs.a.data.length;
    if (c.length < n) throw new RangeError(`index ${c.length} is out of bounds for ${c.length} elements`);
    const product = (path: "a" | "b" | "s", size: number) => {
      const d = derivative(inputs, path);
      return Float32Array.from({ length: size }, (_, j) => {
        let sum = 0;
        d.forEach((row, i) => sum += c[i]! * row[j]!);
        return sum;
      });
    };
    return {
      ...(vjpInputs.has("a") && { a: product("a", n) }),
      ...(vjpInputs.has("b") && { b: product("b", n) }),
      ...(vjpInputs.has("s") && { s: product("s", 1)[0]! }),
    };
  },

  abstractEval({ a }) {
    return { result: { shape: [...a.shape], dtype: "float32" } };
  },
});
