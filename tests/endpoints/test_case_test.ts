import assert from "node:assert/strict";
import { z } from "zod";
import { test as testEndpoint } from "../../lib/endpoints/test.ts";
import { compute } from "../../lib/endpoints/pipeline.ts";
import { RunContext } from "../../lib/runs/run_context.ts";
import type { TestResult } from "../../lib/testing/test_case.ts";
import { array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import { encoded, moduleOf } from "./call.ts";

class NoConvergence extends RangeError {}

const vector = () => differentiable(array([null], "float64"));
const MODULE = moduleOf({
  InputSchema: z.object({
    a: vector(),
    how: z.string().default(""),
  }).refine(({ a }) => a.data[0] !== 13, { message: "13 brings bad luck" }),
  OutputSchema: z.object({
    double: vector(),
    sum: scalar("float32"),
    note: z.string().optional(),
  }),
  apply: ({ a, how }: { a: { data: Float64Array }; how: string }) => {
    if (how === "throw") throw new NoConvergence("after 100 steps");
    if (how === "throw text") throw "a text";
    if (how === "throw object") throw { __proto__: null, code: 3 };
    if (how === "wrong") return { double: [[1]] };
    return { double: a.data.map((x) => 2 * x), sum: a.data.reduce((x, y) => x + y, 0), note: how };
  },
  jacobian: () => ({ double: { a: [[2]] } }),
  abstractEval: ({ a }: { a: unknown }) => ({ double: a, sum: { shape: [], dtype: "float32" } }),
});

const inputs = (how = "", a: unknown = [1, 2]) => ({ inputs: { a, how } });
const outputs = { double: [2, 4], sum: 3, note: "" };

async function run(testCase: Record<string, unknown>) {
  const context = new RunContext("t", { inputPath: "/", outputBase: "/", keep: false }, "");
  return await compute(MODULE, testEndpoint, { endpoint: "apply", payload: inputs(), ...testCase }, context);
}

async function verdict(testCase: Record<string, unknown>): Promise<TestResult> {
  const outcome = await run(testCase);
  assert.equal(outcome.status, "done", JSON.stringify(outcome));
  return (outcome as { result: TestResult }).result;
}

const statusOf = async (testCase: Record<string, unknown>) => (await verdict(testCase)).status;

Deno.test("a case passes if its outputs are the expected ones, within the tolerances", async () => {
  assert.deepEqual(await verdict({ expected_outputs: outputs }), { status: "passed", message: "", endpoint: "apply" });
  const near = { ...outputs, double: encoded("float64", [2], [2.00001, 4]) };
  assert.equal(await statusOf({ expected_outputs: near }), "passed");
  assert.equal(await statusOf({ expected_outputs: near, rtol: 0 }), "failed");
  assert.equal(await statusOf({ expected_outputs: near, rtol: 0, atol: 1e-4 }), "passed");
});

Deno.test("the message of a case that fails says what differs", async () => {
  const { message } = await verdict({ expected_outputs: { ...outputs, double: [2, 5] } });
  assert.match(message, /^Values are not sufficiently close\.\n\ndouble\n {2}Shape: \[2\]\n/);
  const wrong = { double: encoded("float32", [2], [2, 4]), sum: encoded("float32", [1], [3]) };
  assert.equal(
    (await verdict({ expected_outputs: wrong })).message,
    "Structure mismatch.\n\nthe result: unexpected: note\n" +
      "double: the dtype differs: expected float32, obtained float64\n" +
      "sum: the shape differs: expected [1], obtained []",
  );
});

Deno.test("an exception is expected by a name of its class, as Python's test cases do, and its message", async () => {
  const thrown = { payload: inputs("throw") };
  for (const name of ["NoConvergence", "RangeError", "Error", "Exception", "solvers.NoConvergence"]) {
    assert.equal(await statusOf({ ...thrown, expected_exception: name }), "passed", name);
  }
  assert.deepEqual(await verdict({ ...thrown, expected_exception: "TypeError" }), {
    status: "failed",
    message: "Expected TypeError, but got NoConvergence: after 100 steps",
    endpoint: "apply",
  });
  const regex = (pattern: string) =>
    verdict({ ...thrown, expected_exception: "NoConvergence", expected_exception_regex: pattern });
  assert.equal((await regex("after \\d+ steps")).status, "passed");
  assert.match((await regex("^steps")).message, /Expected pattern: \^steps\n {2}Message: after 100 steps/);
  for (const [how, pattern] of [["throw text", "^a text$"], ["throw object", "code: 3"]] as const) {
    const expected = { expected_exception: "Exception", expected_exception_regex: pattern };
    assert.equal(await statusOf({ payload: inputs(how), ...expected }), "passed", how);
  }
  assert.match((await verdict({ expected_exception: "RangeError" })).message, /but no exception was raised/);
});

Deno.test("a payload or a result that does not fit is a ValidationError", async () => {
  const unlucky = { payload: inputs("", [13]) };
  for (const name of ["ValidationError", "pydantic.ValidationError", "ValueError"]) {
    assert.equal(await statusOf({ ...unlucky, expected_exception: name }), "passed", name);
  }
  const regex = { expected_exception: "ValidationError", expected_exception_regex: "inputs: 13 brings bad luck" };
  assert.equal(await statusOf({ ...unlucky, ...regex }), "passed");
  assert.match((await verdict({ ...unlucky, expected_exception: "RangeError" })).message, /^Expected RangeError, but/);
  assert.equal(await statusOf({ payload: inputs("wrong"), expected_exception: "ValidationError" }), "passed");
  assert.deepEqual(await verdict({ ...unlucky, expected_outputs: outputs }), {
    status: "failed",
    message: "The payload does not fit the schema:\n  inputs: 13 brings bad luck",
    endpoint: "apply",
  });
});

Deno.test("what is thrown where nothing was expected to be is an error", async () => {
  assert.deepEqual(await verdict({ payload: inputs("throw"), expected_outputs: outputs }), {
    status: "error",
    message: "NoConvergence: after 100 steps",
    endpoint: "apply",
  });
});

Deno.test("every endpoint can be tested, and no other", async () => {
  const jacobian = {
    endpoint: "jacobian",
    payload: { ...inputs("", [1]), jac_inputs: ["a"], jac_outputs: ["double"] },
    expected_outputs: { double: { a: [[2]] } },
  };
  assert.equal(await statusOf(jacobian), "passed");
  assert.equal(await statusOf({ ...jacobian, expected_outputs: { double: { a: [[3]] } } }), "failed");
  const abstract = {
    endpoint: "abstract_eval",
    payload: { inputs: { a: { shape: [5], dtype: "float64" } } },
    expected_outputs: { double: { shape: [5], dtype: "float64" }, sum: { shape: [], dtype: "float32" } },
  };
  assert.equal(await statusOf(abstract), "passed");
  for (const endpoint of ["test", "health", "vector_jacobian_product"]) {
    const { status, message } = await verdict({ endpoint, expected_outputs: {} });
    assert.equal(status, "failed");
    assert.match(message, /the endpoints are apply, jacobian, abstract_eval$/);
  }
});

Deno.test("what is no test case is refused", async () => {
  const faultsOf = async (testCase: Record<string, unknown>) => {
    const outcome = await run(testCase);
    return outcome.status === "invalid" ? outcome.faults.map(({ type, loc }) => [type, ...loc]) : outcome.status;
  };
  const expected = { expected_outputs: outputs };
  assert.deepEqual(await faultsOf({}), [["value_error"]]);
  assert.deepEqual(await faultsOf({ ...expected, expected_exception: "Error" }), [["value_error"]]);
  assert.deepEqual(await faultsOf({ ...expected, expected_exception: null, cli_config: {} }), "done");
  assert.deepEqual(await faultsOf({ ...expected, payload: 5, rtoll: 1 }), [
    ["dict_type", "payload"],
    ["extra_forbidden", "rtoll"],
  ]);
  assert.deepEqual(await faultsOf({ ...expected, atol: -1 }), [["value_error", "atol"]]);
  assert.deepEqual(await faultsOf({ expected_exception: "Error", expected_exception_regex: "(" }), [
    ["value_error", "expected_exception_regex"],
  ]);
});
