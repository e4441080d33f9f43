/** A user module that fails in every way that a call can. */
import { array, defineTesseract, z } from "@tesseract/runtime";

export const MODES = ["double", "large", "print", "flood", "spin", "wait", "throw", "exit", "die", "late"] as const;

export default defineTesseract({
  InputSchema: z.object({ x: array([null], "float64"), mode: z.enum(MODES) }),
  OutputSchema: z.object({ x: array([null], "float64") }),

  async apply({ x, mode }) {
    if (mode === "throw") throw new RangeError("diverged");
    if (mode === "exit") Deno.exit(3);
    if (mode === "die") Deno.kill(Deno.pid, "SIGKILL");
    if (mode === "print") console.log(`computing ${x.data[0]}`);
    if (mode === "flood") console.log("x".repeat(2_000_000));
    if (mode === "spin") { for (const end = performance.now() + 50; performance.now() < end;); }
    if (mode === "wait") await new Promise((resolve) => setTimeout(resolve, 20));
    if (mode === "late") setTimeout(() => Promise.reject(new Error("after the answer")), 0);
    const doubled = x.data.map((value) => 2 * value);
    if (mode !== "large") return { x: doubled };
    const large = new Float64Array(500_000).fill(doubled[0]!);
    return { x: large };
  },
});
