import assert from "node:assert/strict";
import { array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import { call, encoded } from "./call.ts";
import { z } from "zod";

const vector = (dtype: "float32" | "float64" = "float64") => differentiable(array([null], dtype));
const f64 = (shape: number[], ...data: number[]) => ({ dtype: "float64", shape, data: new Float64Array(data) });

/** y = s·x, with whatever derivatives a test gives. */
const scale = (functions: Record<string, unknown>) => ({
  InputSchema: z.object({
    x: vector(),
    s: differentiable(scalar("float32")).default(2),
    layers: z.array(z.object({ w: vector() })).default([]),
    params: z.record(z.string(), differentiable(scalar("float64"))).default({}),
    offset: vector().nullable().optional(),
    fixed: array([null], "float64").optional(),
  }),
  OutputSchema: z.object({ y: vector("float32"), m: differentiable(array([2], "float64")) }),
  ...functions,
});

const inputs = { x: [1, 2, 3], layers: [{ w: [1] }], params: { rate: 1, "a{b}": 2 } };

const faultsOf = async (name: string, payload: unknown) =>
  (await call(scale({ jacobian() {}, jacobianVectorProduct() {}, vectorJacobianProduct() {} }), name, payload) as {
    faults: unknown;
  }).faults;

Deno.test("jacobian: asked paths as sets, arrays of shape [...out, ...in], dtypes kept", async () => {
  let asked: unknown;
  const module = scale({
    jacobian(_inputs: unknown, jacInputs: unknown, jacOutputs: unknown) {
      asked = [jacInputs, jacOutputs];
      return { y: { x: f64([3, 3], 2, 0, 0, 0, 2, 0, 0, 0, 2), s: [1, 2, 3] } };
    },
  });
  const payload = { inputs, jac_inputs: ["x", "s", "x"], jac_outputs: ["y"] };
  assert.deepEqual(await call(module, "jacobian", payload), {
    y: {
      x: encoded("float64", [3, 3], [[2, 0, 0], [0, 2, 0], [0, 0, 2]]),
      s: encoded("float32", [3], [1, 2, 3]),
    },
  });
  assert.deepEqual(asked, [new Set(["x", "s"]), new Set(["y"])]);
});

Deno.test("lists of paths: types and places of the faults", async () => {
  const cases: [unknown, unknown, unknown][] = [
    [["q"], ["y"], [["literal_error", "jac_inputs", 0]]],
    [["x", "fixed"], ["x"], [["literal_error", "jac_inputs", 1], ["literal_error", "jac_outputs", 0]]],
    [[], "y", [["too_short", "jac_inputs"], ["set_type", "jac_outputs"]]],
    [[1], ["y"], [["literal_error", "jac_inputs", 0]]],
    [["layers.[0].w", "params.{rate}", "params.{a\\{b\\}}"], ["q"], [["literal_error", "jac_outputs", 0]]],
    [["layers.[1].w"], ["y"], [["value_error", "jac_inputs", 0]]],
    [["layers.[00].w"], ["y"], [["value_error", "jac_inputs", 0]]],
    [["layers.[-1].w"], ["y"], [["literal_error", "jac_inputs", 0]]],
    [["layers.[].w"], ["y"], [["literal_error", "jac_inputs", 0]]],
    [["params.{nope}"], ["y"], [["value_error", "jac_inputs", 0]]],
    [["params.rate"], ["y"], [["literal_error", "jac_inputs", 0]]],
    [["offset"], ["y"], [["value_error", "jac_inputs", 0]]],
    [["layers.[1].w", "q"], ["q"], [
      ["literal_error", "jac_inputs", 1],
      ["literal_error", "jac_outputs", 0],
      ["value_error", "jac_inputs", 0],
    ]],
  ];
  for (const [jac_inputs, jac_outputs, faults] of cases) {
    assert.deepEqual(
      await faultsOf("jacobian", { inputs, jac_inputs, jac_outputs }),
      faults,
      JSON.stringify(jac_inputs),
    );
  }
});

Deno.test("there are no follow-up faults where inputs are wrong", async () => {
  const wrong = { inputs: {}, jvp_inputs: ["layers.[9].w"], jvp_outputs: ["y"], tangent_vector: { q: [1] } };
  assert.deepEqual(await faultsOf("jacobian_vector_product", wrong), [["missing", "inputs", "x"]]);
});

Deno.test("a tangent has the shape of the given input, and is cast to the dtype of its type", async () => {
  let tangents: unknown;
  const module = scale({
    jacobianVectorProduct(_inputs: unknown, _in: unknown, _out: unknown, given: unknown) {
      tangents = given;
      return { y: [1, 2, 3], m: [1, 2] };
    },
  });
  const base64 = { shape: [1], dtype: "float32", data: { buffer: "AACAPw==", encoding: "base64" } };
  const payload = { inputs, jvp_inputs: ["x", "s"], jvp_outputs: ["m", "y"], tangent_vector: { x: base64, s: 3 } };
  assert.deepEqual(await call(module, "jacobian_vector_product", payload), {
    m: encoded("float64", [2], [1, 2]),
    y: encoded("float32", [3], [1, 2, 3]),
  });
  assert.deepEqual(tangents, {
    x: { dtype: "float64", shape: [3], data: new Float64Array([1, 1, 1]) },
    s: { dtype: "float32", shape: [], data: new Float32Array([3]) },
  });
});

Deno.test("tangents: wrong keys are one fault, a wrong array has its own", async () => {
  const jvp = (tangent_vector: unknown) =>
    faultsOf("jacobian_vector_product", { inputs, jvp_inputs: ["x"], jvp_outputs: ["y"], tangent_vector });
  for (const wrong of [{}, { q: [1] }, { x: [1, 2, 3], s: 1 }]) {
    assert.deepEqual(await jvp(wrong), [["value_error", "tangent_vector"]]);
  }
  assert.deepEqual(await jvp([1]), [["dict_type", "tangent_vector"]]);
  assert.deepEqual(await jvp({ x: [1, 2] }), [["array_shape_mismatch", "tangent_vector", "x"]]);
  assert.deepEqual(await jvp({ x: 1 }), [["array_dimensionality_mismatch", "tangent_vector", "x"]]);
  assert.deepEqual(await jvp({ x: ["a"] }), [["array_non_numeric", "tangent_vector", "x"]]);
  const complex = { shape: [3], dtype: "complex64", data: { buffer: ["1+1j", "0j", "0j"], encoding: "json" } };
  assert.deepEqual(await jvp({ x: complex }), [["array_dtype_mismatch", "tangent_vector", "x"]]);
});

Deno.test("a cotangent has shape and dtype of the output's type; products are cast to the input's type", async () => {
  const module = scale({ vectorJacobianProduct: () => ({ x: [1, 2, 3], s: 0.1 }) });
  const payload = (m: unknown) => ({ inputs, vjp_inputs: ["x", "s"], vjp_outputs: ["m"], cotangent_vector: { m } });
  assert.deepEqual(await call(module, "vector_jacobian_product", payload([1, 2])), {
    x: encoded("float64", [3], [1, 2, 3]),
    s: encoded("float32", [], Math.fround(0.1)),
  });
  assert.deepEqual(await faultsOf("vector_jacobian_product", payload([1, 2, 3])), [
    ["array_shape_mismatch", "cotangent_vector", "m"],
  ]);
});

Deno.test("a wrong result is the module's fault, and names the paths, the shape found and the shape expected", async () => {
  const jacobian = async (result: unknown) => {
    const payload = { inputs, jac_inputs: ["x", "s"], jac_outputs: ["y"] };
    return (await call(scale({ jacobian: () => result }), "jacobian", payload) as { error: string }).error;
  };
  assert.match(await jacobian(null), /The result of jacobian is null; expected an object with the keys 'y'/);
  assert.match(await jacobian(undefined), /The result of jacobian is undefined; expected an object/);
  assert.match(await jacobian([1]), /The result of jacobian is a list; expected an object/);
  assert.match(await jacobian({ y: {} }), /The jacobian of 'y' has the keys nothing; expected 'x', 's'/);
  assert.match(await jacobian({ y: { x: [["a"]], s: [1] } }), /'y' with respect to 'x': Expected an array/);
  assert.match(
    await jacobian({ y: { x: f64([3, 2], 1, 2, 3, 4, 5, 6), s: [1] } }),
    /'y' with respect to 'x' has the shape \[3, 2\]; expected/,
  );
  // the free size of y must agree among its results
  assert.match(
    await jacobian({ y: { x: f64([1, 3], 1, 2, 3), s: [1, 2] } }),
    /'y' with respect to 's' has the shape \[2\]; expected \[1\]/,
  );
  const payload = { inputs, vjp_inputs: ["x"], vjp_outputs: ["m"], cotangent_vector: { m: [1, 2] } };
  const vjp = await call(scale({ vectorJacobianProduct: () => ({ x: [1] }) }), "vector_jacobian_product", payload);
  assert.match((vjp as { error: string }).error, /with respect to 'x' has the shape \[1\]; expected \[3\]/);
});
