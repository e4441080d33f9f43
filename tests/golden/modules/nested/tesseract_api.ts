import { defineTesseract } from "@tesseract/runtime";
import { at, block, type ByPath, evaluate, forward, inputArrays } from "./model.ts";
import { InputSchema, OutputSchema } from "./schemas.ts";

/** Alphabetical order, by which the recorded results go. */
function sorted(paths: Iterable<string>): string[] {
  return [...paths].sort();
}

/** The numbers of a tangent. */
function numbers(value: unknown): ArrayLike<number> {
  return (value as { data: ArrayLike<number> }).data;
}

/** An array of float64 from what the model computes. */
function float64(arrays: ByPath, path: string) {
  const { shape, data } = at(arrays, path);
  return { dtype: "float64" as const, shape, data: Float64Array.from(data) };
}

/** What both `apply` and `abstractEval` copy. */
function copied<T extends Record<string, unknown>>({ label, speed, level, count, ratio, flag, note, pair }: T) {
  return { label, speed, level, count, ratio, flag, note, pair } as Pick<
    T,
    "label" | "speed" | "level" | "count" | "ratio" | "flag" | "note" | "pair"
  >;
}

export default defineTesseract({
  description: "Run the layers and report.",
  InputSchema,
  OutputSchema,

  apply(inputs) {
    const { h, value, norm } = evaluate(inputs);
    const { span: [low, high], ids, spectrum, mask, half } = inputs;
    const sums = Object.entries(inputs.tables).map(([name, table]) => {
      let sum = 0;
      for (const x of table.data) sum += x;
      return [name, sum] as const;
    });
    return {
      activations: h.slice(1).map((data) => Float64Array.from(data)),
      final: { value: Float64Array.from(value), norm },
      doubled: Object.fromEntries(Object.entries(inputs.params).map(([name, x]) => [name, 2 * x])),
      middle: low.data.map((x, i) => (x + high.data[i]!) / 2),
      ids: ids.data.map((id) => id + 1n),
      spectrum: { ...spectrum, data: spectrum.data.map((x, i) => (i % 2 === 0 ? x : -x)) },
      mask: { ...mask, data: mask.data.map((x) => 1 - x) },
      half: { ...half, data: half.data.map((x) => x * 2) },
      summary: {
        names: inputs.layers.map(({ name }) => name),
        ...copied(inputs),
        sums: Object.fromEntries(sums),
      },
    };
  },

  jacobian(inputs, jacInputs, jacOutputs) {
    const rounded = (output: string, input: string) => {
      const { shape, data } = block(inputs, output, input);
      // middle is float32, and so are the rows of its Jacobian
      return output === "middle"
        ? { dtype: "float32", shape, data: Float32Array.from(data) }
        : { dtype: "float64", shape, data };
    };
    return Object.fromEntries(
      sorted(jacOutputs).map((output) => [
        output,
        Object.fromEntries(sorted(jacInputs).map((input) => [input, rounded(output, input)])),
      ]),
    ) as never;
  },

  jacobianVectorProduct(inputs, jvpInputs, jvpOutputs, tangentVector) {
    const given = inputArrays(inputs);
    const tangents = new Map<string, ArrayLike<number>>();
    for (const path of sorted(jvpInputs)) {
      at(given, path);
      tangents.set(path, numbers((tangentVector as Record<string, unknown>)[path]));
    }
    const moved = forward(inputs, tangents);
    return Object.fromEntries(sorted(jvpOutputs).map((path) => [path, float64(moved, path)])) as never;
  },

  vectorJacobianProduct(inputs, vjpInputs, vjpOutputs, cotangentVector) {
    const product = (input: string) => {
      const { shape, data: { length: size } } = at(inputArrays(inputs), input);
      const sum = new Float64Array(size);
      for (const output of sorted(vjpOutputs)) {
        const c = numbers((cotangentVector as Record<string, unknown>)[output]);
        const { data } = block(inputs, output, input);
        for (let k = 0; k < size; k++) {
          for (let r = 0; r * size < data.length; r++) sum[k]! += c[r]! * data[r * size + k]!;
        }
      }
      return input.startsWith("span")
        ? { dtype: "float32", shape, data: Float32Array.from(sum) }
        : { dtype: "float64", shape, data: sum };
    };
    return Object.fromEntries(sorted(vjpInputs).map((path) => [path, product(path)])) as never;
  },

  abstractEval(inputs) {
    const activations = inputs.layers.map(({ weight }) => ({ shape: [weight.shape[0]], dtype: "float64" as const }));
    const names = Object.keys(inputs.params);
    return {
      activations,
      final: { value: activations.at(-1)!, norm: { shape: [], dtype: "float64" } },
      doubled: Object.fromEntries(names.map((name) => [name, { shape: [], dtype: "float64" }])),
      middle: { shape: [2], dtype: "float32" },
      ids: inputs.ids,
      spectrum: inputs.spectrum,
      mask: inputs.mask,
      half: inputs.half,
      summary: {
        names: inputs.layers.map(({ name }) => name),
        ...copied(inputs),
        sums: Object.fromEntries(Object.keys(inputs.tables).map((name) => [name, 0])),
      },
    } as never;
  },
});
