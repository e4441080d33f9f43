import assert from "node:assert/strict";
import fc from "fast-check";
import { elementCounts } from "../../../lib/gradients/check/plan.ts";

/** `[sizes of the inputs, max evals, outputs, recorded checks]`: the runs in which the recorded program drew none twice. */
const RECORDED: [string, number[], number, number, number][] = [
  ["vectoradd-max-evals-4", [3, 3, 1], 4, 1, 3],
  ["vectoradd-max-evals-1", [3, 3, 1], 1, 1, 3],
  ["vectoradd-strict-rtol", [3, 3, 1], 3, 1, 3],
  ["univariate", [1, 1], 1000, 1, 2],
  ["faulty-wrong-values", [3], 3, 2, 6],
];

Deno.test("elementCounts() gives the recorded counts of checks", () => {
  for (const [id, sizes, maxEvals, outputs, checks] of RECORDED) {
    const drawn = elementCounts(sizes, maxEvals).reduce((sum, count) => sum + count, 0);
    assert.equal(drawn * outputs, checks, id);
  }
});

Deno.test("elementCounts() gives every input with elements one at least, and none more than it has", () => {
  const sizes = fc.array(fc.nat(2000), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 3000 }), (sizes, maxEvals) => {
    const counts = elementCounts(sizes, maxEvals);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    counts.forEach((count, i) => {
      assert(count <= sizes[i]!);
      assert.equal(count === 0, sizes[i] === 0);
      if (count > 1) assert(count <= maxEvals * sizes[i]! / total);
    });
    const all = counts.reduce((sum, count) => sum + count, 0);
    assert(all <= maxEvals + sizes.length);
    if (maxEvals >= total) assert.deepEqual(counts, sizes);
  }));
});
