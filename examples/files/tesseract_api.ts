import { defineTesseract, inputPath, outputPath, scalar, z } from "@tesseract/runtime";

/**
 * Smooths a series with the binomial filter (1/4, 1/2, 1/4), as often as asked for. Its first and last values stay.
 *
 * R. W. Hamming, Digital Filters, 3rd edition, Dover 1998, section 3.
 */
export default defineTesseract({
  description: "Smooths a series of measurements in a file.",

  InputSchema: z.object({
    series: inputPath().describe("A file with one measurement on each line."),
    passes: z.int().min(1).describe("How often the filter is applied.").default(3),
  }),

  OutputSchema: z.object({
    smoothed: outputPath().describe("A file with one smoothed value on each line."),
    roughness: scalar("float64").describe("Mean square of the second differences, in squared units of the series."),
  }),

  async apply({ series, passes }, { outputPath, signal, logArtifact, logMetric, logParameter }) {
    let values = (await Deno.readTextFile(series)).trim().split("\n").map(Number);
    logParameter("passes", passes);
    logArtifact(series);
    for (let pass = 1; pass <= passes && !signal.aborted; pass++) {
      values = filtered(values);
      console.log(`pass ${pass}: roughness ${roughness(values)}`);
      logMetric("roughness", roughness(values));
    }
    await Deno.writeTextFile(`${outputPath}/smoothed.csv`, `${values.join("\n")}\n`);
    return { smoothed: "smoothed.csv", roughness: roughness(values) };
  },
});

function filtered(values: readonly number[]): number[] {
  return values.map((value, i) => {
    const [before = value, after = value] = [values[i - 1], values[i + 1]];
    return i === 0 || i === values.length - 1 ? value : (before + 2 * value + after) / 4;
  });
}

function roughness(values: readonly number[]): number {
  const inner = values.slice(1, -1);
  const squares = inner.map((value, i) => (values[i]! - 2 * value + values[i + 2]!) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / inner.length;
}
