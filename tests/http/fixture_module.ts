/** A user module that does what it is told. */
import { array, defineTesseract, z } from "@tesseract/runtime";

console.log("loading");

export default defineTesseract({
  description: "Does what it is told.",
  InputSchema: z.object({
    x: array([null], "float64"),
    mode: z.enum(["double", "throw", "exit", "spin", "sleep", "print"]).default("double"),
    ms: z.number().default(0),
  }),
  OutputSchema: z.object({ x: array([null], "float64") }),

  async apply({ x, mode, ms }) {
    if (mode === "throw") throw new RangeError("diverged");
    if (mode === "exit") Deno.exit(4);
    if (mode === "spin") { for (const end = performance.now() + ms; performance.now() < end;); }
    if (mode === "sleep") await new Promise((resolve) => setTimeout(resolve, ms));
    if (mode === "print") console.log("computing\nstill computing");
    return { x: x.data.map((value) => 2 * value) };
  },
});
