import assert from "node:assert/strict";
import { array, differentiable } from "../../lib/schema/array_types.ts";
import { call, encoded } from "./call.ts";
import { z } from "zod";

const f64 = (...data: number[]) => ({ dtype: "float64", shape: [data.length], data: Float64Array.from(data) });
const block = (...shape: number[]) => ({
  dtype: "float64",
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
});

/** Two outputs: of the size of the input, and two of a size that only the results decide. */
const module = (functions: Record<string, unknown>) => ({
  InputSchema: z.object({ x: differentiable(array(["n"], "float64")) }),
  OutputSchema: z.object({
    y: differentiable(array(["n+1"], "float64")),
    p: differentiable(array(["m"], "float64")),
    q: differentiable(array(["m"], "float64")),
  }),
  ...functions,
});

const inputs = { x: [1, 2, 3] };
const run = (functions: Record<string, unknown>, name: string, payload: Record<string, unknown>) =>
  call(module(functions), name, { inputs, ...payload });

Deno.test("the sizes of inputs hold in results, and those of results among each other", async () => {
  const apply = (y: number[], p: number[], q: number[]) => run({ apply: () => ({ y, p, q }) }, "apply", {});
  assert.deepEqual(await apply([1, 2, 3, 4], [5], [6]), {
    y: encoded("float64", [4], [1, 2, 3, 4]),
    p: encoded("float64", [1], [5]),
    q: encoded("float64", [1], [6]),
  });
  assert.deepEqual(await apply([1, 2, 3], [5], [6, 7]), {
    error: "BadResult: apply returned what does not fit the output schema: " +
      "y: n+1 is 4 (from inputs.x), got 3; q: m is 1 (from outputs.p), got 2",
  });
});

Deno.test("the sizes hold in abstract evaluation", async () => {
  const shape = (n: number) => ({ shape: [n], dtype: "float64" });
  const evaluate = (y: number) =>
    call(module({ abstractEval: () => ({ y: shape(y), p: shape(1), q: shape(1) }) }), "abstract_eval", {
      inputs: { x: shape(3) },
    });
  assert.deepEqual(await evaluate(4), { y: shape(4), p: shape(1), q: shape(1) });
  assert.match(JSON.stringify(await evaluate(3)), /y: n\+1 is 4 \(from inputs\.x\), got 3/);
});

Deno.test("tangents and cotangents are broadcast to the sizes; others are faults", async () => {
  let given: unknown;
  const functions = {
    jacobianVectorProduct: (_i: unknown, _a: unknown, _b: unknown, v: unknown) => (given = v, { y: [0, 0, 0, 0] }),
    vectorJacobianProduct: (_i: unknown, _a: unknown, _b: unknown, v: unknown) => (given = v, { x: [0, 0, 0] }),
  };
  const jvp = (x: unknown) =>
    run(functions, "jacobian_vector_product", { jvp_inputs: ["x"], jvp_outputs: ["y"], tangent_vector: { x } });
  const vjp = (vector: Record<string, unknown>) =>
    run(functions, "vector_jacobian_product", {
      vjp_inputs: ["x"],
      vjp_outputs: Object.keys(vector),
      cotangent_vector: vector,
    });
  assert.deepEqual(await jvp([7]), { y: encoded("float64", [4], [0, 0, 0, 0]) });
  assert.deepEqual(given, { x: f64(7, 7, 7) });
  assert.deepEqual(await vjp({ y: [7] }), { x: encoded("float64", [3], [0, 0, 0]) });
  assert.deepEqual(given, { y: f64(7, 7, 7, 7) });
  assert.deepEqual(await jvp([1, 2]), { faults: [["array_shape_mismatch", "tangent_vector", "x"]] });
  assert.deepEqual(await vjp({ y: [1, 2] }), { faults: [["array_shape_mismatch", "cotangent_vector", "y"]] });
  assert.deepEqual(await vjp({ p: [1, 2], q: [1, 2, 3] }), {
    faults: [["array_shape_mismatch", "cotangent_vector", "q"]],
  });
  assert.deepEqual(await vjp({ p: [1, 2], q: [1] }), { x: encoded("float64", [3], [0, 0, 0]) });
  assert.deepEqual(given, { p: f64(1, 2), q: f64(1, 1) });
});

Deno.test("derivatives must have the sizes of the names", async () => {
  const jvp = (result: unknown) =>
    run({ jacobianVectorProduct: () => result }, "jacobian_vector_product", {
      jvp_inputs: ["x"],
      jvp_outputs: Object.keys(result as object),
      tangent_vector: { x: [1, 1, 1] },
    });
  const error = async (result: Promise<unknown>) => (await result as { error: string }).error;
  assert.equal(
    await error(jvp({ y: [1] })),
    "BadResult: The jacobianVectorProduct of 'y' has the shape [1]; expected [4]",
  );
  assert.equal(
    await error(jvp({ p: [1], q: [1, 2] })),
    "BadResult: The jacobianVectorProduct of 'q' has the shape [2]; expected [1]",
  );
  const jacobian = (result: unknown) =>
    run({ jacobian: () => result }, "jacobian", { jac_inputs: ["x"], jac_outputs: Object.keys(result as object) });
  assert.equal(
    await error(jacobian({ y: { x: block(3, 3) } })),
    "BadResult: The jacobian of 'y' with respect to 'x' has the shape [3, 3]; expected [4, 3]",
  );
  assert.equal(
    await error(jacobian({ p: { x: block(1, 3) }, q: { x: block(2, 3) } })),
    "BadResult: The jacobian of 'q' with respect to 'x' has the shape [2, 3]; expected [1, 3]",
  );
});
