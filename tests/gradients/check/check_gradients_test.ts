import assert from "node:assert/strict";
import { checkGradients } from "../../../lib/gradients/check/check_gradients.ts";
import { formatReport } from "../../../lib/gradients/check/report_text.ts";
import { reportToJson } from "../../../lib/gradients/check/report_json.ts";
import { type GradientFunctions, GradientOptionError, NoGradients } from "../../../lib/gradients/check/types.ts";
import { objectNode } from "../../../lib/schema/node.ts";
import { float64, functionsOf, SCHEMAS } from "../cases.ts";

const inputs = { x: float64([3], [1, 2, 4]) };
const square = (x: Float64Array) => x.map((v) => v * v);
const diagonal = (factor = 1) => (x: Float64Array) =>
  Array.from(x, (v, i) => Float64Array.from(x, (_, j) => i === j ? 2 * factor * v : 0));
const right = () => functionsOf(square, diagonal());
const wrong = () => functionsOf(square, diagonal(1.5));

Deno.test("checkGradients() passes right endpoints, in the words of the contract", async () => {
  const report = await checkGradients(right(), SCHEMAS, inputs, { seed: 1 });
  assert.equal(report.passed, true);
  assert.equal(
    formatReport(report),
    `✅ Gradient check for jacobian passed ✅ (0 failures / 3 checks)
✅ Gradient check for jacobian_vector_product passed ✅ (0 failures / 3 checks)
✅ Gradient check for vector_jacobian_product passed ✅ (0 failures / 3 checks)
✅ Adjoint test passed ✅ (0 failures / 3 comparisons)
`,
  );
});

Deno.test("checkGradients() lets endpoints be apart by the rounding of the output, where a derivative cancels to zero", async () => {
  const apart = async (by: number) => {
    const functions = functionsOf(
      (x) => Array.from(x, () => 5),
      (x) => Array.from(x, () => new Float64Array(x.length)),
    );
    const y = { x: float64([3, 3], new Array(9).fill(by)) };
    return (await checkGradients({ ...functions, jacobian: () => ({ y }) }, SCHEMAS, inputs, { seed: 1 })).passed;
  };
  assert.equal(await apart(1e-17), true);
  assert.equal(await apart(1e-14), false);
});

Deno.test("checkGradients() shows the first failures of a wrong endpoint, as recorded", async () => {
  const options = { seed: 1, endpoints: ["jacobian"], maxFailures: 1 };
  const functions = functionsOf((x) => [x[0]! ** 2, x[0]!], ([x]) => [Float64Array.of(3 * x!), Float64Array.of(1.5)]);
  const report = await checkGradients(functions, SCHEMAS, { x: float64([1], [4]) }, options);
  assert.equal(
    formatReport({ ...report, verdicts: [] }),
    `⚠️ Gradient check for jacobian failed ⚠️ (1 failures / 1 checks)
First 1 failures:
  Input path: 'x', Output path: 'y', Index: (0,)
  jacobian value: [12.   1.5]
  Finite difference value: [8. 1.]

❌ Some gradient checks failed ❌
`,
  );
  const three = await checkGradients(wrong(), SCHEMAS, inputs, options);
  assert.deepEqual(three.endpoints.map(({ failures, shown }) => [failures, shown.length]), [[3, 1]]);
});

Deno.test("checkGradients() evaluates no point of apply twice, and shares them between endpoints", async () => {
  const seen: string[] = [];
  const functions = functionsOf((x) => (seen.push(x.join()), square(x)), diagonal());
  await checkGradients(functions, SCHEMAS, inputs, { seed: 1, taylor: true });
  assert.equal(new Set(seen).size, seen.length);
  seen.length = 0;
  await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.equal(seen.length, 1 + 2 * 3);
});

Deno.test("checkGradients() sweeps the cotangents of a pair once", async () => {
  let calls = 0;
  const { apply, vector_jacobian_product: product } = right();
  const functions: GradientFunctions = {
    apply,
    vector_jacobian_product: (...args) => (calls++, product(...args)),
  };
  await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.equal(calls, 3);
});

Deno.test("checkGradients() caps the outputs of vector-Jacobian products without changing what else is drawn", async () => {
  const run = async (maxOutputSamples?: number) => {
    const report = await checkGradients(wrong(), SCHEMAS, inputs, { seed: 5, maxEvals: 2, maxOutputSamples });
    return report.endpoints.map(({ shown }) => shown);
  };
  const [jacobian] = await run();
  const [capped, , vjp] = await run(2);
  assert.deepEqual(capped!.map(({ index }) => index), jacobian!.map(({ index }) => index));
  for (const { value, outputElements } of vjp!) {
    assert.deepEqual(value!.shape, [2]);
    assert.equal(outputElements!.length, 2);
  }
});

Deno.test("checkGradients() counts an exception as a failure of its pair, and goes on", async () => {
  class SolverError extends Error {}
  const { jacobian_vector_product: product, ...others } = right();
  const functions: GradientFunctions = {
    ...others,
    jacobian_vector_product: (...args) => {
      if (args[3]["x"]!.data[1] !== 0) throw new SolverError("second element refused");
      return product(...args);
    },
  };
  const report = await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.deepEqual(report.endpoints.map(({ failures }) => failures), [0, 1, 0]);
  assert.match(formatReport(report), /Index: \(1,\)\n {2}Encountered exception: SolverError: second element refused/);
  assert.deepEqual(report.verdicts.map(({ endpoints, doubt }) => [endpoints, doubt]), [
    [["jacobian_vector_product"], "endpoint"],
  ]);
});

Deno.test("checkGradients() counts an exception of apply near the inputs for all endpoints", async () => {
  const functions = functionsOf((x) => {
    if (x[0]! > 1) throw new RangeError("too far");
    return square(x);
  }, diagonal());
  const report = await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.deepEqual(report.endpoints.map(({ failures, checks }) => [failures, checks]), [[1, 3], [1, 3], [1, 3]]);
  await assert.rejects(checkGradients(functions, SCHEMAS, { x: float64([1], [2]) }), /too far/);
});

Deno.test("the adjoint test finds the endpoint that does not fit the others, and names it", async () => {
  const functions = {
    ...right(),
    vector_jacobian_product: functionsOf(square, diagonal(1 + 1e-6)).vector_jacobian_product,
  };
  const report = await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.equal(report.passed, false);
  assert(report.endpoints.every(({ failures }) => failures === 0));
  const failed = report.adjoint.filter(({ passed }) => !passed);
  assert(failed.length === 2 && failed.every(({ endpoints }) => endpoints.includes("vector_jacobian_product")));
  // the Taylor test knows which of them is wrong
  const { verdicts } = await checkGradients(functions, SCHEMAS, inputs, { seed: 1, taylor: true });
  assert.deepEqual(verdicts.map(({ endpoints, doubt }) => [endpoints, doubt]), [
    [["vector_jacobian_product"], "endpoint"],
  ]);
});

Deno.test("a verdict doubts the endpoint that differs from one which agrees with the differences", async () => {
  const functions = { ...right(), jacobian: functionsOf(square, diagonal(-1)).jacobian };
  const { verdicts: [verdict, ...others] } = await checkGradients(functions, SCHEMAS, inputs, { seed: 1 });
  assert.deepEqual(others, []);
  assert.deepEqual([verdict!.input, verdict!.output, verdict!.endpoints, verdict!.doubt], [
    "x",
    "y",
    ["jacobian"],
    "endpoint",
  ]);
  assert.match(verdict!.text, /the opposite sign/);
});

const float32 = {
  kind: "array",
  type: { dtype: "float32", shape: [], differentiable: true },
  hasArrays: true,
} as const;
const scalars = { inputs: objectNode({ x: float32 }), outputs: objectNode({ y: float32 }) };
const cube: GradientFunctions = {
  apply: (inputs) => {
    const { x } = inputs as { x: number };
    assert.equal(x, Math.fround(x));
    return { y: { dtype: "float32", shape: [], data: Float32Array.of(x ** 3) } };
  },
  jacobian: (inputs) => {
    const { x } = inputs as { x: number };
    return { y: { x: { dtype: "float32", shape: [], data: Float32Array.of(3 * x * x) } } };
  },
};

Deno.test("a verdict doubts a difference whose step is lost in rounding", async () => {
  const { passed, verdicts, endpoints } = await checkGradients(cube, scalars, { x: 0.5 }, { eps: 1e-9, seed: 1 });
  assert.equal(passed, false);
  assert.equal(verdicts[0]!.doubt, "difference");
  assert.equal(endpoints[0]!.shown[0]!.difference!.data[0], 0);
  assert.match(
    formatReport(await checkGradients(cube, scalars, { x: 0.5 }, { eps: 1e-9 })),
    /Index: \(\)\n.*value: 0\.75\n/,
  );
});

Deno.test("--taylor overrules differences that are wrong themselves, and says which step to use", async () => {
  const report = await checkGradients(cube, scalars, { x: 0.5 }, { eps: 1e-9, seed: 1, taylor: true });
  assert.equal(report.passed, true);
  assert.deepEqual([report.endpoints[0]!.failures, report.endpoints[0]!.overruled], [0, 1]);
  assert.match(report.verdicts[0]!.text, /^doubt the difference.*use --eps-for x=0\.\d+$/);
});

Deno.test("checkGradients() takes the step of single inputs from epsFor", async () => {
  const report = await checkGradients(cube, scalars, { x: 0.5 }, { eps: 1e-9, epsFor: { x: 1e-2 }, seed: 1 });
  assert.equal(report.passed, true);
  assert.equal(report.endpoints[0]!.pairs[0]!.eps, 1e-2);
});

Deno.test("checkGradients() stops at the signal with a report of what was checked so far", async () => {
  const controller = new AbortController();
  let calls = 0;
  const functions = functionsOf((x) => {
    if (++calls === 4) controller.abort();
    return square(x);
  }, diagonal());
  const report = await checkGradients(functions, SCHEMAS, inputs, { seed: 1, signal: controller.signal });
  assert.equal(report.interrupted, true);
  // the Jacobian was there already, the product had to be computed
  assert.deepEqual(report.endpoints.map(({ checks }) => checks), [2, 1, 1]);
  assert.match(formatReport(report), /\(0 failures \/ 1 checks\)\n[^]*Interrupted/);
});

Deno.test("checkGradients() reports progress after each check", async () => {
  const seen: string[] = [];
  await checkGradients(wrong(), SCHEMAS, inputs, { seed: 1, endpoints: ["jacobian"] }, (state) => {
    seen.push(`${state.endpoint} ${state.done}/${state.total} ${state.failures}`);
  });
  assert.deepEqual(seen, ["jacobian 1/3 1", "jacobian 2/3 2", "jacobian 3/3 3"]);
});

Deno.test("checkGradients() refuses endpoints and paths that are not there", async () => {
  const check = (options: object) => checkGradients(right(), SCHEMAS, inputs, options);
  for (
    const [options, option] of [
      [{ endpoints: ["apply"] }, "endpoints"],
      [{ inputPaths: ["q"] }, "inputPaths"],
      [{ outputPaths: ["x"] }, "outputPaths"],
      [{ epsFor: { q: 1 } }, "epsFor"],
    ] as const
  ) {
    await assert.rejects(check(options), (error) => error instanceof GradientOptionError && error.option === option);
  }
  await assert.rejects(checkGradients({ apply: right().apply }, SCHEMAS, inputs), NoGradients);
});

Deno.test("checkGradients() repeats itself with the same seed", async () => {
  const run = async (seed: number) => {
    const report = await checkGradients(wrong(), SCHEMAS, inputs, { seed, maxEvals: 2, taylor: true });
    return JSON.stringify(reportToJson(report));
  };
  assert.equal(await run(3), await run(3));
  assert.notEqual(await run(3), await run(4));
});

Deno.test("reportToJson() has all numbers of the report, as JSON", async () => {
  const report = await checkGradients(functionsOf(square, diagonal(NaN)), SCHEMAS, inputs, { seed: 1, taylor: true });
  const json = JSON.parse(JSON.stringify(reportToJson(report)));
  assert.equal(json.passed, false);
  assert.deepEqual(Object.keys(json).sort(), [
    "adjoint",
    "endpoints",
    "evaluations",
    "interrupted",
    "passed",
    "seed",
    "taylor",
    "verdicts",
  ]);
  const [{ endpoint, checks, first_failures: [failure] }] = json.endpoints;
  assert.deepEqual([endpoint, checks, failure.input, failure.output], ["jacobian", 3, "x", "y"]);
  assert.equal(failure.value[failure.index[0]], "NaN");
  assert.equal(failure.difference.length, 3);
  assert.equal(json.taylor[0].status, "wrong");
});

Deno.test("reportToJson() has the values of every pair, also of one that is exact", async () => {
  const linear = functionsOf(
    (x) => x.map((v) => 2 * v),
    (x) => Array.from(x, (_, i) => Float64Array.from(x, (_, j) => i === j ? 2 : 0)),
  );
  const report = await checkGradients(linear, SCHEMAS, { x: float64([2], [1, 2]) }, { seed: 1, eps: 0.5 });
  const { endpoints } = JSON.parse(JSON.stringify(reportToJson(report)));
  for (const { pairs: [{ worst }] } of endpoints) assert.equal(worst.value, worst.difference);
});

Deno.test("the Taylor test calls nothing linear that is not a number", async () => {
  const functions = functionsOf((x) => x.map((v) => 2 * v), diagonal(NaN));
  const text = formatReport(await checkGradients(functions, SCHEMAS, inputs, { seed: 1, taylor: true }));
  assert.match(text, /'y' by 'x', .*: wrong; no slope is above the noise/);
  assert.doesNotMatch(text, /linear/);
});
