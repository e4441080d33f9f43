import assert from "node:assert/strict";
import type { Context } from "../../lib/api/functions.ts";
import { type DifferenceOptions, finiteDifferences } from "../../lib/gradients/helpers.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { float64 } from "./cases.ts";

const context = {} as Context;
const SCALES = [1, 2, 3];
interface Inputs {
  x: NdArray<"float64">;
  params: { rate: number };
}

/** y = rate·x², total = Σ scale·x */
const apply = ({ x, params: { rate } }: Inputs) => ({
  y: x.data.map((v) => rate * v * v),
  total: x.data.reduce((sum, v, i) => sum + SCALES[i]! * v, 0),
});
const inputs = (): Inputs => ({ x: float64([3], [1, -2, 0.5]), params: { rate: 4 } });
const IN = new Set(["x", "params.{rate}"]);
const OUT = new Set(["y", "total"]);
const JACOBIAN = {
  y: { "params.{rate}": [1, 4, 0.25], x: [8, 0, 0, 0, -16, 0, 0, 0, 4] },
  total: { "params.{rate}": [0], x: SCALES },
};

const dataOf = (
  value: unknown,
  ...paths: string[]
): number[] => [
  ...(paths.reduce((part, path) => (part as Record<string, unknown>)[path], value) as NdArray<"float64">).data,
];
const assertClose = (found: readonly number[], wanted: readonly number[], tolerance: number) => {
  assert.equal(found.length, wanted.length);
  found.forEach((x, i) => assert(Math.abs(x - wanted[i]!) <= tolerance, `${found} is not ${wanted}`));
};

const METHODS: [DifferenceOptions, number][] = [
  [{ eps: 1e-4 }, 1e-8],
  [{ eps: { x: 1e-4, "params.{rate}": 1e-2 } }, 1e-8],
  [{ method: "forward", eps: 1e-6 }, 1e-4],
  [{ method: "stochastic", eps: 1e-4, samples: 20000, seed: 3 }, 0.6],
];

for (const [options, tolerance] of METHODS) {
  const name = `${options.method ?? "central"}, eps ${JSON.stringify(options.eps)}`;

  Deno.test(`finiteDifferences() approximates the Jacobian and the products (${name})`, async () => {
    const { jacobian, jacobianVectorProduct, vectorJacobianProduct } = finiteDifferences(apply, options);
    const blocks = await jacobian(inputs(), IN, OUT, context);
    for (const [output, byInput] of Object.entries(JACOBIAN)) {
      for (const [input, wanted] of Object.entries(byInput)) {
        assertClose(dataOf(blocks, output, input), wanted, tolerance);
      }
    }
    const tangents = { x: float64([3], [1, 10, -1]), "params.{rate}": float64([], [2]) };
    const forward = await jacobianVectorProduct(inputs(), IN, OUT, tangents, context);
    assertClose(dataOf(forward, "y"), [10, -152, -3.5], 1e-2);
    assertClose(dataOf(forward, "total"), [18], 1e-2);
    const cotangents = { y: float64([3], [1, 1, -1]), total: float64([], [3]) };
    const backward = await vectorJacobianProduct(inputs(), IN, OUT, cotangents, context);
    assertClose(dataOf(backward, "x"), [11, -10, 5], 3 * tolerance);
    assertClose(dataOf(backward, "params.{rate}"), [4.75], 3 * tolerance);
  });
}

Deno.test("finiteDifferences() calls apply as often as the method needs", async () => {
  const calls = async (options: DifferenceOptions, use: "jacobian" | "jacobianVectorProduct") => {
    let count = 0;
    const functions = finiteDifferences((given: Inputs) => (count++, apply(given)), options);
    const tangents = { x: float64([3], [1, 1, 1]), "params.{rate}": float64([], [1]) };
    await functions[use](inputs(), IN, OUT, tangents as never, context);
    return count;
  };
  assert.equal(await calls({ eps: 1e-4 }, "jacobian"), 8);
  assert.equal(await calls({ eps: 1e-4, method: "forward" }, "jacobian"), 5);
  assert.equal(await calls({ eps: 1e-4, method: "stochastic", samples: 7 }, "jacobian"), 14);
  assert.equal(await calls({ eps: 1e-4 }, "jacobianVectorProduct"), 2);
  assert.equal(await calls({ eps: { x: 1e-4, "params.{rate}": 1e-3 } }, "jacobianVectorProduct"), 4);
});

Deno.test("finiteDifferences() with a seed gives the same estimate again", async () => {
  const estimate = async (seed: number) => {
    const { jacobian } = finiteDifferences(apply, { method: "stochastic", eps: 1e-4, samples: 3, seed });
    return dataOf(await jacobian(inputs(), IN, OUT, context), "y", "x");
  };
  assert.deepEqual(await estimate(1), await estimate(1));
  assert.notDeepEqual(await estimate(1), await estimate(2));
});

Deno.test("finiteDifferences() stands an apply that changes its inputs, and one that returns them", async () => {
  const square = ({ x }: { x: NdArray<"float64"> }) => {
    for (let i = 0; i < x.data.length; i++) x.data[i]! **= 2;
    return { y: x };
  };
  const given = { x: float64([2], [3, 5]) };
  const { jacobian } = finiteDifferences(square, { eps: 1e-4 });
  const blocks = await jacobian(given, new Set(["x"]), new Set(["y"]), context);
  assertClose(dataOf(blocks, "y", "x"), [6, 0, 0, 10], 1e-8);
  assert.deepEqual(given.x, float64([2], [3, 5]));
});

Deno.test("finiteDifferences() divides by the step that float32 really makes", async () => {
  const identity = ({ x }: { x: NdArray<"float32"> }) => ({ y: x });
  const { jacobian } = finiteDifferences(identity, { eps: 1e-4 });
  const x: NdArray<"float32"> = { dtype: "float32", shape: [1], data: Float32Array.of(1000) };
  const blocks = await jacobian({ x }, new Set(["x"]), new Set(["y"]), context);
  assert.deepEqual(dataOf(blocks, "y", "x"), [1]);
  const tiny = finiteDifferences(identity, { eps: 1e-6 });
  await assert.rejects(tiny.jacobian({ x }, new Set(["x"]), new Set(["y"]), context), /'x' is too small: float32/);
});

Deno.test("finiteDifferences() knows the shapes for an input without elements", async () => {
  const { jacobian } = finiteDifferences(() => ({ y: [1, 2] }), { eps: 1 });
  const blocks = await jacobian({ x: float64([0], []) }, new Set(["x"]), new Set(["y"]), context);
  assert.deepEqual(blocks, { y: { x: float64([2, 0], []) } });
});

Deno.test("finiteDifferences() says what is wrong with options and inputs", async () => {
  for (const none of [undefined, {}, { method: "stochastic" }]) {
    assert.throws(() => finiteDifferences(apply, none as never), /needs a step: finiteDifferences\(apply, \{ eps:/);
  }
  assert.throws(() => finiteDifferences(apply, { eps: 0 }), /a finite number above 0, not 0/);
  assert.throws(() => finiteDifferences(apply, { eps: 1, samples: 0.5 }), /whole number/);
  assert.throws(() => finiteDifferences(apply, { eps: 1, method: "backward" as never }), /no method 'backward'/);
  const one = finiteDifferences(apply, { eps: { x: 1 } });
  await assert.rejects(one.jacobian(inputs(), IN, OUT, context), /no step for 'params.\{rate\}'/);
  const whole = { dtype: "int64", shape: [1], data: new BigInt64Array(1) };
  const { jacobian } = finiteDifferences((_: object) => ({ y: 1 }), { eps: 1 });
  await assert.rejects(jacobian({ x: whole }, new Set(["x"]), new Set(["y"]), context), /'x' is int64/);
});
