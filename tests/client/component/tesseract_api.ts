/** What the tests of the client call. tesseract_api.py is its twin. */
import { array, defineTesseract, differentiable, type Inputs, type NdArray, scalar, z } from "@tesseract/runtime";

const Vector = differentiable(array([null], "float64"));
const Layer = z.object({ weight: differentiable(array([null, null], "float64")) });

export const InputSchema = z.object({
  a: Vector,
  scale: differentiable(scalar("float64")).default(1),
  layers: z.array(Layer).default([]),
  params: z.record(z.string(), differentiable(scalar("float64"))).default({}),
  ids: array([null], "int64").prefault([]),
  waves: array([null], "complex128").prefault([]),
  mask: array([null], "bool").prefault([]),
  name: z.string().max(5).default(""),
});

export const OutputSchema = z.object({
  result: Vector,
  total: differentiable(scalar("float64")),
  ids: array([null], "int64"),
  waves: array([null], "complex128"),
  mask: array([null], "bool"),
  name: z.string(),
});

type In = Inputs<typeof InputSchema>;

const sum = (data: Float64Array) => data.reduce((total, x) => total + x, 0);

function factor({ scale, layers, params }: In): number {
  let value = scale;
  for (const { weight } of layers) value *= sum(weight.data);
  for (const param of Object.values(params)) value *= param;
  return value;
}

/** The derivatives of result by the input at a path: by each element of the input a vector like a. */
function derivative(inputs: In, path: string): { shape: readonly number[]; columns: Float64Array[] } {
  const { a, scale, layers, params } = inputs;
  const times = (x: number) => a.data.map((value) => x * value);
  if (path === "a") {
    const columns = Array.from(a.data, (_, i) => a.data.map((_, k) => k === i ? factor(inputs) : 0));
    return { shape: a.shape, columns };
  }
  if (path === "scale") return { shape: [], columns: [times(factor(inputs) / scale)] };
  if (path.startsWith("params.")) {
    return { shape: [], columns: [times(factor(inputs) / params[path.slice(8, -1)]!)] };
  }
  const { weight } = layers[Number(/\d+/.exec(path)![0])]!;
  return { shape: weight.shape, columns: Array.from(weight.data, () => times(factor(inputs) / sum(weight.data))) };
}

/** One row for each element of the output. */
const rows = (output: string, columns: readonly Float64Array[], length: number): number[][] =>
  output === "total" ? [columns.map(sum)] : Array.from({ length }, (_, i) => columns.map((column) => column[i]!));

export default defineTesseract({
  InputSchema,
  OutputSchema,

  async apply(inputs, { signal }) {
    if (inputs.name === "fail") throw new RangeError("asked to fail");
    // until nobody waits any more, or for two seconds
    if (inputs.name === "wait") await new Promise((resolve) => onAbort(signal, 2_000, resolve));
    const data = inputs.a.data.map((x) => factor(inputs) * x);
    return {
      result: data,
      total: sum(data),
      ids: inputs.ids.data.map((id) => id + 1n),
      waves: { ...inputs.waves, data: inputs.waves.data.map((part, i) => i % 2 === 0 ? part : -part) },
      mask: { ...inputs.mask, data: inputs.mask.data.map((flag) => 1 - flag) },
      name: inputs.name,
    };
  },

  jacobian(inputs, jacInputs, jacOutputs) {
    const block = (output: string, path: string) => {
      const { shape, columns } = derivative(inputs, path);
      const data = new Float64Array(rows(output, columns, inputs.a.shape[0]).flat());
      return { dtype: "float64", shape: [...output === "total" ? [] : inputs.a.shape, ...shape], data };
    };
    return Object.fromEntries([...jacOutputs].map((output) => [
      output,
      Object.fromEntries([...jacInputs].map((path) => [path, block(output, path)])),
    ])) as Record<string, never>;
  },

  jacobianVectorProduct(inputs, jvpInputs, jvpOutputs, tangents) {
    const result = new Float64Array(inputs.a.shape[0]);
    for (const path of jvpInputs) {
      const { columns } = derivative(inputs, path);
      const tangent = (tangents as Record<string, NdArray<"float64">>)[path]!.data;
      columns.forEach((column, k) => column.forEach((x, i) => result[i]! += x * tangent[k]!));
    }
    return Object.fromEntries(
      [...jvpOutputs].map((output) => [output, output === "total" ? sum(result) : result]),
    ) as Record<string, never>;
  },

  vectorJacobianProduct(inputs, vjpInputs, _vjpOutputs, { result, total }) {
    const bar = new Float64Array(inputs.a.shape[0]);
    bar.forEach((_, i) => {
      bar[i] = (result?.data[i] ?? 0) + (total?.data[0] ?? 0);
    });
    return Object.fromEntries([...vjpInputs].map((path) => {
      const { shape, columns } = derivative(inputs, path);
      const data = Float64Array.from(columns, (column) => column.reduce((value, x, i) => value + x * bar[i]!, 0));
      return [path, { dtype: "float64", shape, data }];
    })) as Record<string, never>;
  },

  abstractEval({ a, ids, waves, mask, name }) {
    return { result: a, total: { shape: [], dtype: "float64" }, ids, waves, mask, name };
  },
});

function onAbort(signal: AbortSignal, limit: number, done: (value: unknown) => void): void {
  const timer = setTimeout(done, limit, undefined);
  signal.addEventListener("abort", () => (clearTimeout(timer), done(undefined)));
}
