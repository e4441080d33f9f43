import assert from "node:assert/strict";
import { checkGradients } from "../../../lib/gradients/check/check_gradients.ts";
import { slopeOf } from "../../../lib/gradients/check/taylor.ts";
import { EXAMPLES, float64, functionsOf, MISTAKES, noisyCase, SCHEMAS } from "../cases.ts";

for (const { name, ...example } of EXAMPLES) {
  Deno.test(`--taylor tells right derivatives of a noisy function from wrong ones: ${name}`, async () => {
    for (const mistake of MISTAKES) {
      for (let seed = 1; seed <= 4; seed++) {
        const { functions, inputs } = noisyCase({ name, ...example }, mistake, seed);
        const report = await checkGradients(functions, SCHEMAS, inputs, { seed, taylor: true });
        assert.equal(report.passed, mistake === "right", `${mistake}, seed ${seed}`);
        const doubts = new Set(report.verdicts.map(({ doubt }) => doubt));
        if (mistake === "right") assert(!doubts.has("endpoint"));
        else assert.deepEqual([...doubts], ["endpoint"], `${mistake}, seed ${seed}`);
      }
    }
  });
}

/** `[name, f, f′, points]`: f by element. */
const AWKWARD: [string, (x: number) => number, (x: number) => number, number[]][] = [
  ["fast oscillation", (x) => Math.sin(100 * x), (x) => 100 * Math.cos(100 * x), [2.9, 1.3, 0.1, 2.2]],
  ["at the edge of its domain", Math.sqrt, (x) => 0.5 / Math.sqrt(x), [1, 1e-5, 0.3]],
  ["close to a pole", (x) => 1 / x, (x) => -1 / x / x, [0.01, -0.4, 0.5]],
  ["close to a kink", (x) => Math.max(x, 0), (x) => x > 0 ? 1 : 0, [0.01, -0.003, 0.5]],
  ["with jumps", (x) => Math.floor(3 * x) + x, () => 1, [0.1, 0.9, 2.5]],
  ["growing fast", (x) => Math.exp(20 * x), (x) => 20 * Math.exp(20 * x), [0.9, 0.1, 0.5]],
  ["flat", (x) => x ** 3, (x) => 3 * x * x, [0, 0, 0]],
  ["constant", () => 5, () => 0, [1, 2]],
  ["of tiny inputs", Math.log, (x) => 1 / x, [1e-8, 3e-8]],
];

for (const [name, f, derivative, points] of AWKWARD) {
  Deno.test(`the Taylor test raises no false alarm for a function ${name}, and finds an element 3 % off`, async () => {
    const jacobian = (factor: number) => (x: Float64Array) =>
      Array.from(x, (xi, i) => Float64Array.from(x, (_, j) => i === j ? derivative(xi) * (i === 0 ? factor : 1) : 0));
    for (let seed = 1; seed <= 20; seed++) {
      const inputs = { x: float64([points.length], points) };
      const check = (factor: number) =>
        checkGradients(functionsOf((x) => x.map(f), jacobian(factor)), SCHEMAS, inputs, { seed, taylor: true });
      const report = await check(1);
      assert(report.passed, JSON.stringify(report.verdicts));
      assert(report.taylor!.every(({ status }) => status === "right"));
      if (derivative(points[0]!) !== 0) assert.equal((await check(1.03)).passed, false);
    }
  });
}

Deno.test("the Taylor test decides nothing where noise hides the derivative", async () => {
  const { functions, inputs } = noisyCase(EXAMPLES[3]!, "right", 1, 0.1);
  const report = await checkGradients(functions, SCHEMAS, inputs, { seed: 1, taylor: true });
  assert(report.taylor!.every(({ status }) => status === "undecided"));
});

Deno.test("the Taylor test reports slope, range, noise and the step to use", async () => {
  const { functions, inputs } = noisyCase(EXAMPLES[3]!, "right", 1);
  const { taylor } = await checkGradients(functions, SCHEMAS, inputs, { seed: 1, taylor: true });
  for (const { slope, range, noise, bestEps } of taylor!) {
    assert(Math.abs(slope! - 2) < 0.15, `slope ${slope}`);
    assert(range![0] > 1e-6 && range![0] < 1e-3 && range![1] > 1e-2, `range ${range}`);
    assert(noise > 3e-10 && noise < 4e-9, `noise ${noise}`);
    // the cube root of the noise, as for all central differences
    assert(bestEps! > 1e-4 && bestEps! < 1e-1, `eps ${bestEps}`);
  }
});

Deno.test("slopeOf() finds the slope above the noise, and none where nothing is", () => {
  const steps = Array.from({ length: 20 }, (_, j) => 2 ** -(j + 1));
  const remainders = (f: (h: number) => number) => Float64Array.from(steps, f);
  const near = (slope: number | null, wanted: number) => assert(Math.abs(slope! - wanted) < 0.05, String(slope));
  const quadratic = slopeOf(steps, remainders((h) => 3 * h * h + 1e-9), 1e-9, true);
  near(quadratic.slope, 2);
  assert(quadratic.range![0] < 1e-4 && quadratic.range![1] === 0.5);
  near(slopeOf(steps, remainders((h) => 3 * h * h + 0.03 * h + 1e-9), 1e-9, false).slope, 1);
  assert.deepEqual(slopeOf(steps, remainders(() => 1e-9), 1e-9, true), { slope: null, range: null });
});
