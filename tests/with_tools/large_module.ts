/** What large arrays are sent to: adds two of them, or sums up one. */
import { array, defineTesseract, z } from "@tesseract/runtime";

const vector = () => array([null], "float64");

export default defineTesseract({
  InputSchema: z.object({ a: vector(), b: vector().optional() }),
  OutputSchema: z.object({
    result: vector().optional(),
    length: z.int().optional(),
    sum: z.number().optional(),
    last: z.number().optional(),
  }),
  apply({ a, b }) {
    const { data } = a;
    if (b !== undefined) return { result: data.map((x, i) => x + b.data[i]!) };
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i]!;
    return { length: data.length, sum, last: data.at(-1)! };
  },
});
