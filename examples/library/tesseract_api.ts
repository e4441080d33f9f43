import { array, defineTesseract, type Inputs, z } from "@tesseract/runtime";

const LIBRARY = new URL("./libtridiagonal.so", import.meta.url).pathname;

/** int solve(int n, const double *lower, …): a pointer to numbers is a typed array. */
const { symbols: { solve } } = Deno.dlopen(LIBRARY, {
  solve: { parameters: ["i32", "buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], result: "i32" },
});

const vector = () => array([null], "float64");

const InputSchema = z.object({
  lower: vector().describe("The n - 1 elements below the diagonal."),
  diagonal: vector().describe("The n elements of the diagonal."),
  upper: vector().describe("The n - 1 elements above the diagonal."),
  right: vector().describe("The n elements of the right-hand side."),
}).refine(({ lower, diagonal, upper, right }) => {
  const n = diagonal.shape[0];
  return n > 0 && right.shape[0] === n && lower.shape[0] === n - 1 && upper.shape[0] === n - 1;
}, { message: "diagonal and right must have n > 0 elements, lower and upper n - 1" });

export default defineTesseract({
  description: "Solves a tridiagonal system of linear equations by a library written in C.",
  InputSchema,
  OutputSchema: z.object({ x: vector().describe("The n elements of the solution.") }),

  apply({ lower, diagonal, upper, right }: Inputs<typeof InputSchema>) {
    const n = diagonal.data.length;
    const x = new Float64Array(n);
    const [l, d, u, r] = [lower, diagonal, upper, right].map(({ data }) => data as Float64Array<ArrayBuffer>);
    const row = solve(n, l!, d!, u!, r!, new Float64Array(n), x);
    if (row !== 0) throw new RangeError(`the pivot of row ${row - 1} is zero`);
    return { x };
  },

  abstractEval({ right }) {
    return { x: right };
  },
});
