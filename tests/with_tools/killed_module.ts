/** What is killed while it writes: large results, of two sizes, full of one number. */
import { array, defineTesseract, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({ n: z.int() }),
  OutputSchema: z.object({ n: z.int(), a: array([null], "float64") }),
  apply({ n }) {
    // What goes into a store in one request, and what goes in parts.
    const a = new Float64Array(n % 2 === 1 ? 500_000 : 1_500_000).fill(n);
    console.log("computed");
    return { n, a };
  },
});
