/** A run that ends when a file is there: the test says when. */
import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

export default defineTesseract({
  InputSchema: z.object({
    x: differentiable(scalar("float64")),
    gate: z.string().describe("The file that it waits for; none, if it is empty."),
  }),
  OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
  async apply({ x, gate }, { progress, signal }) {
    console.log("begun with", x);
    progress(0.25, "waiting for the gate");
    while (gate !== "" && !await exists(gate)) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (x < 0) throw new RangeError("x is negative");
    progress(0.75, "through the gate");
    console.log("done");
    return { y: 2 * x };
  },
});
