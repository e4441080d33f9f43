import assert from "node:assert/strict";
import { array, scalar } from "../../lib/schema/array_types.ts";
import { call, encoded } from "./call.ts";
import { z } from "zod";

const double = {
  InputSchema: z.object({ a: array([null], "float32"), s: scalar("float64").default(2) }),
  OutputSchema: z.object({ b: array([null], "float32"), s: scalar("float64").optional() }),
  apply: ({ a, s }: { a: { data: Float32Array }; s: number }) => ({ b: a.data.map((x) => s * x) }),
};

Deno.test("apply: bytes in, bytes out", async () => {
  assert.deepEqual(await call(double, "apply", { inputs: { a: [1, 2] } }), { b: encoded("float32", [2], [2, 4]) });
});

Deno.test("a result is cast to the output schema; what was left out stays out, scalars are arrays of shape []", async () => {
  const ints = { ...double, apply: () => ({ b: { dtype: "int8", shape: [1], data: new Int8Array([7]) }, s: 3 }) };
  assert.deepEqual(await call(ints, "apply", { inputs: { a: [] } }), {
    b: encoded("float32", [1], [7]),
    s: encoded("float64", [], 3),
  });
});

Deno.test("a payload that is none: json_invalid with its position, missing where it is empty or null", async () => {
  assert.deepEqual(await call(double, "apply", '{"inputs": '), { faults: [["json_invalid", 11]] });
  assert.deepEqual(await call(double, "apply", ""), { faults: [["missing"]] });
  assert.deepEqual(await call(double, "apply", "null"), { faults: [["missing"]] });
  assert.deepEqual(await call(double, "apply", "[]"), { faults: [["model_attributes_type"]] });
  assert.deepEqual(await call(double, "apply", {}), { faults: [["missing", "inputs"]] });
});

Deno.test("a result that does not fit is the module's fault, and says where and why", async () => {
  const wrong = { ...double, apply: () => ({ b: [[1]], c: 1 }) };
  const { error } = await call(wrong, "apply", { inputs: { a: [] } }) as { error: string };
  assert.match(error, /apply returned what does not fit the output schema: b: .*2D, expected 1D; c: /);
  const nothing = { ...double, apply: () => null };
  assert.match(
    (await call(nothing, "apply", { inputs: { a: [] } }) as { error: string }).error,
    /the result: Expected an object/,
  );
});

Deno.test("what the user's function throws is passed on", async () => {
  const throwing = {
    ...double,
    apply: () => {
      throw new RangeError("diverged");
    },
  };
  assert.deepEqual(await call(throwing, "apply", { inputs: { a: [] } }), { error: "RangeError: diverged" });
});

Deno.test("abstract_eval: shapes and dtypes in and out, the declared dtype wins", async () => {
  const module = { ...double, abstractEval: ({ a }: { a: unknown }) => ({ b: a }) };
  const payload = { inputs: { a: { shape: [5], dtype: "float64" } } };
  assert.deepEqual(await call(module, "abstract_eval", payload, "json+base64"), {
    b: { shape: [5], dtype: "float32" },
  });
  const wrong = { ...double, abstractEval: () => ({ b: { shape: [1, 2], dtype: "float32" } }) };
  assert.match(
    (await call(wrong, "abstract_eval", payload) as { error: string }).error,
    /abstractEval returned .* b: /,
  );
});

Deno.test("an array or a typed array under z.any() is sent as an encoded array; what JSON cannot hold names its place", async () => {
  const module = (found: () => unknown) => ({
    InputSchema: z.object({}),
    OutputSchema: z.object({ found: z.any(), more: z.looseObject({}).optional() }),
    apply: () => ({ found: found(), more: { bytes: Uint8Array.of(1, 2) } }),
  });
  const f64 = encoded("float64", [2], [1, 2.5]);
  assert.deepEqual(await call(module(() => ({ a: Float64Array.of(1, 2.5), b: [{ c: 1 }] })), "apply", { inputs: {} }), {
    found: { a: f64, b: [{ c: 1 }] },
    more: { bytes: encoded("uint8", [2], [1, 2]) },
  });
  assert.deepEqual(await call(module(() => [{ table: new Map() }]), "apply", { inputs: {} }), {
    error: "BadResult: apply returned what does not fit the output schema: found.0.table: JSON cannot hold a Map",
  });
});
