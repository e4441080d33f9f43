import { array, defineTesseract, z } from "@tesseract/runtime";

const vector = () => array([null], "float64");

/** The sum of two vectors; of one, the vector itself. */
export default defineTesseract({
  InputSchema: z.object({ a: vector(), b: vector().optional() }),
  OutputSchema: z.object({ result: vector() }),

  apply({ a, b }) {
    if (b === undefined) return { result: a };
    const result = new Float64Array(a.data.length);
    for (let i = 0; i < result.length; i++) result[i] = a.data[i]! + b.data[i]!;
    return { result };
  },
});
