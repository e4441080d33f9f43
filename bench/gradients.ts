/**
 * How well check-gradients --taylor tells right derivatives from wrong ones under noise, and how fast it is beside the
 * Python runtime's check-gradients.
 *
 *     deno run -A bench/gradients.ts [seeds]
 */
import { checkGradients } from "../lib/gradients/check/check_gradients.ts";
import { gradientSpeed } from "./gradient_speed.ts";
import { EXAMPLES, MISTAKES, noisyCase, SCHEMAS } from "../tests/gradients/cases.ts";

const seeds = Number(Deno.args[0] ?? 50);
const NOISE = 1e-9;

console.log(`Failed checks of ${seeds} each, noise ${NOISE} in apply (wanted: 0 for right, ${seeds} for all others)\n`);
console.log(`| function | ${MISTAKES.join(" | ")} |`);
console.log(`| --- |${" ---: |".repeat(MISTAKES.length)}`);
let evaluations = 0;
const start = performance.now();
for (const example of EXAMPLES) {
  const cells: number[] = [];
  for (const mistake of MISTAKES) {
    let failed = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const { functions, inputs } = noisyCase(example, mistake, seed, NOISE);
      const report = await checkGradients(functions, SCHEMAS, inputs, { seed, taylor: true });
      if (!report.passed) failed++;
      evaluations += report.evaluations;
    }
    cells.push(failed);
  }
  console.log(`| ${example.name} | ${cells.join(" | ")} |`);
}
const seconds = (performance.now() - start) / 1000;
console.log(`\n${evaluations} evaluations in ${seconds.toFixed(1)} s: ${Math.round(evaluations / seconds)} a second`);

console.log("\ncheck-gradients of vectoradd, calls of the module's functions (medians of 5 runs in turn)\n");
console.log(await gradientSpeed([100, 1000], 5));
