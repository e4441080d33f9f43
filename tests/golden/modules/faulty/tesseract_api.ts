import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
import { complex128, type Float64, float64, misbehave, type Mode, MODES, SolverError, spoilAll } from "./faults.ts";

interface Inputs {
  readonly x: { readonly data: Float64Array };
  readonly mode: Mode;
}

const sum = (numbers: Iterable<number>) => {
  let total = 0;
  for (const x of numbers) total += x;
  return total;
};

/** The Jacobians, wrong in the modes `wrong_values` and `half_wrong`. */
function jacobians({ x: { data: x }, mode }: Inputs): { y: Float64; m: Float64 } {
  const n = x.length;
  const factor = mode === "wrong_values" ? 1.5 : 1;
  const y = float64([n, n], Array.from({ length: n * n }, (_, k) => k % (n + 1) === 0 ? 2 * x[k % n]! * factor : 0));
  const m = float64([2, n], Array.from({ length: 2 * n }, (_, k) => (k < n ? 1 : 2 * x[k - n]!) * factor));
  if (mode === "half_wrong") { for (let i = 1; i < n; i++) y.data[i * n + i]! += 1; }
  return { y, m };
}

/** Alphabetical order, by which the recorded results go. */
function sorted(paths: ReadonlySet<"y" | "m">): ("y" | "m")[] {
  return [...paths].sort();
}

export default defineTesseract({
  description: "Square x.",
  InputSchema: z.object({
    x: differentiable(array([null], "float64")).describe("A vector."),
    mode: z.literal(MODES).describe("What to do wrong.").default("ok"),
  }),
  OutputSchema: z.object({
    y: differentiable(array([null], "float64")).describe("x squared."),
    m: differentiable(array([2], "float64")).describe("Sum of x, and sum of x squared."),
  }),

  apply({ x: { data: x }, mode }) {
    misbehave(mode, "apply");
    const y = float64([x.length], x.map((v) => v * v));
    const m = float64([2], [sum(x), sum(y.data)]);
    const wrong: Partial<Record<Mode, unknown>> = {
      wrong_rank: { y: { ...y, shape: [1, x.length] }, m },
      wrong_size: { y, m: float64([3], [0, 0, 0]) },
      size_one: { y, m: float64([1], [m.data[0]!]) },
      wrong_dtype: { y: complex128(y), m },
      other_dtype: {
        y: { ...y, dtype: "int32", data: Int32Array.from(y.data) },
        m: { ...m, dtype: "float32", data: Float32Array.from(m.data) },
      },
      non_numeric: { y: Array.from(x, () => "a"), m },
      missing_key: { y },
      extra_key: { y, m, z: 1 },
      none: null,
    };
    return (mode in wrong ? wrong[mode] : { y, m }) as never;
  },

  jacobian(inputs, _jacInputs, jacOutputs) {
    const { mode } = inputs;
    misbehave(mode, "jacobian");
    const right = jacobians(inputs);
    // one key too many stands among the outputs only
    const inner = mode === "extra_key" ? "ok" : mode;
    const result: [string, unknown][] = sorted(jacOutputs).map((path) => [path, spoilAll(inner, { x: right[path] })]);
    if (mode === "extra_key") result.push(["z", result[0]![1]]);
    return Object.fromEntries(result) as never;
  },

  jacobianVectorProduct(inputs, _jvpInputs, jvpOutputs, tangentVector) {
    const { mode } = inputs;
    misbehave(mode, "jacobian_vector_product");
    const t = tangentVector.x!.data;
    if (mode === "raise_second" && t[1] !== 0) throw new SolverError("second element refused");
    const right = jacobians(inputs);
    const product = ({ shape: [rows], data }: Float64) =>
      float64([rows!], Array.from({ length: rows! }, (_, i) => sum(t.map((tj, j) => data[i * t.length + j]! * tj))));
    return spoilAll(
      mode,
      Object.fromEntries(sorted(jvpOutputs).map((path) => [path, product(right[path])])),
    ) as never;
  },

  vectorJacobianProduct(inputs, _vjpInputs, vjpOutputs, cotangentVector) {
    const { x, mode } = inputs;
    misbehave(mode, "vector_jacobian_product");
    const right = jacobians(inputs);
    const n = x.data.length;
    const total = new Float64Array(n);
    for (const path of sorted(vjpOutputs)) {
      const c = cotangentVector[path]!.data;
      for (let j = 0; j < n; j++) total[j]! += sum(c.map((ci, i) => ci * right[path].data[i * n + j]!));
    }
    return spoilAll(mode, { x: float64([n], total) }) as never;
  },

  abstractEval({ x, mode }) {
    misbehave(mode as Mode, "abstract_eval");
    const n = x.shape[0];
    const y = { shape: [n], dtype: "float64" };
    const m = { shape: [2], dtype: "float64" };
    const wrong: Partial<Record<Mode, unknown>> = {
      wrong_rank: { y: { ...y, shape: [1, n] }, m },
      wrong_size: { y, m: { ...m, shape: [3] } },
      other_dtype: { y, m: { ...m, dtype: "float32" } },
      wrong_dtype: { y, m: { ...m, dtype: "complex128" } },
      missing_key: { y },
      extra_key: { y, m, z: 1 },
    };
    return (wrong[mode as Mode] ?? { y, m }) as never;
  },
});
