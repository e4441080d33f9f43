/** A component for tests of long runs, which does what it is told. */
import { array, defineTesseract, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    x: z.number().default(0),
    mode: z.enum(["count", "throw", "exit", "spin", "stubborn", "large", "wordy", "late"]).default("count"),
    steps: z.number().default(1),
    /** Between two steps. */
    ms: z.number().default(0),
    /** A file to which each call adds a line when it begins, when it is aborted, and when it ends. */
    journal: z.string().default(""),
    /** The call waits until there is such a file. */
    until: z.string().default(""),
  }),
  OutputSchema: z.object({ y: array([null], "float64"), runId: z.string() }),

  async apply({ x, mode, steps, ms, journal, until }, { progress, signal, logMetric, runId }) {
    const note = (what: string) => {
      if (journal !== "") Deno.writeTextFileSync(journal, `${what} ${runId}\n`, { append: true });
    };
    const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
    note("began");
    if (mode === "throw") throw new RangeError("diverged");
    if (mode === "exit") Deno.exit(4);
    if (mode === "wordy") {
      progress(1, "😀".repeat(300_000));
      throw new Error("e".repeat(3_000_000));
    }
    for (let step = 1; step <= steps; step++) {
      console.log(`step ${step}`);
      logMetric("step", step);
      progress(step / steps, `step ${step} of ${steps}`);
      if (mode === "spin") { for (const end = performance.now() + ms; performance.now() < end;); }
      else await new Promise((resolve) => setTimeout(resolve, ms));
      if (signal.aborted && mode !== "stubborn") {
        note("aborted");
        signal.throwIfAborted();
      }
    }
    while (until !== "" && !await isThere(until)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (signal.aborted && mode !== "stubborn") {
        note("aborted");
        signal.throwIfAborted();
      }
    }
    note("ended");
    if (mode === "late") {
      setTimeout(() => {
        progress(0, "late");
        logMetric("late", 1);
        note("late");
      }, ms);
    }
    const y = mode === "large" ? Float64Array.from({ length: 1e6 }, (_, i) => x + i / 8) : Float64Array.of(2 * x);
    return { y, runId };
  },
});
