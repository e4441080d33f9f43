/** Sorting of numbers, of objects, and in place; ranks; reductions from both ends. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    x: differentiable(array([null], "float64")),
    weights: differentiable(array([null], "float64")),
  }),
  OutputSchema: z.object({
    sorted: differentiable(array([null], "float64")),
    average: differentiable(array([], "float64")),
    paired: differentiable(array([null], "float64")),
    median: differentiable(array([], "float64")),
    best: differentiable(array([], "float64")),
  }),
  derivatives: "auto",

  apply({ x, weights }) {
    const sorted = x.data.slice().sort();
    const pairs = Array.from(x.data, (value, i) => ({ value, weight: weights.data[i]! }));
    pairs.sort((a, b) => b.value - a.value);
    const order = [...x.data.keys()].sort((i, j) => weights.data[i]! - weights.data[j]!);
    return {
      sorted,
      average: sorted.reduce((sum, value, i) => sum + value * weights.data[i]!, 0),
      paired: pairs.map(({ value, weight }, i) => value * weight ** (i + 1)),
      median: order.map((i) => x.data[i]!)[x.data.length >> 1]!,
      best: pairs.reduceRight((least, { value }) => Math.min(least, value * value), Infinity),
    };
  },
});
