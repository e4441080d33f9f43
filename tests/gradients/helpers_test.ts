import assert from "node:assert/strict";
import fc from "fast-check";
import type { Context } from "../../lib/api/functions.ts";
import { jacobianFromJvp, jacobianFromVjp, jvpFromJacobian, vjpFromJacobian } from "../../lib/gradients/helpers.ts";
import { dot } from "../../lib/gradients/real_array.ts";
import { float64 } from "./cases.ts";

const context = {} as Context;
const element = fc.integer({ min: -8, max: 8 });
const vector = (size: number) => fc.array(element, { minLength: size, maxLength: size });

/** Two outputs, one nested, of two inputs, one a scalar: a linear function with small whole numbers, so nothing rounds. */
const linear = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 3 })).chain(([n, m]) =>
  fc.record({
    n: fc.constant(n),
    m: fc.constant(m),
    yx: vector(m * n),
    ys: vector(m),
    zx: vector(n),
    zs: vector(1),
    x: vector(n),
    s: element,
    tx: vector(n),
    ts: vector(1),
    wy: vector(m),
    wz: vector(1),
  })
);
const IN = new Set(["mesh.[0]", "s"]);
const OUT = new Set(["y", "sums.{z}"]);

type Linear = typeof linear extends fc.Arbitrary<infer T> ? T : never;
const inputsOf = ({ n, x, s }: Linear) => ({ mesh: [float64([n], x)], s });
const jacobianOf = ({ n, m, yx, ys, zx, zs }: Linear) => () => ({
  y: { "mesh.[0]": float64([m, n], yx), s: ys },
  "sums.{z}": { "mesh.[0]": float64([n], zx), s: zs[0]! },
});
const tangentsOf = ({ n, tx, ts }: Linear) => ({ "mesh.[0]": float64([n], tx), s: float64([], ts) });
const cotangentsOf = ({ m, wy, wz }: Linear) => ({ y: float64([m], wy), "sums.{z}": float64([], wz) });

type Blocks = Record<string, Record<string, { data: Float64Array; shape: number[] }>>;
const plain = (blocks: unknown) =>
  Object.entries(blocks as Blocks).map((
    [out, byInput],
  ) => [out, Object.entries(byInput).map(([path, { data, shape }]) => [path, [...data].map((x) => x + 0), shape])]);
const expected = (c: Linear) =>
  plain({
    y: { "mesh.[0]": float64([c.m, c.n], c.yx), s: float64([c.m], c.ys) },
    "sums.{z}": { "mesh.[0]": float64([c.n], c.zx), s: float64([], c.zs) },
  });

Deno.test("jacobianFromJvp() of jvpFromJacobian() is the Jacobian", async () => {
  await fc.assert(fc.asyncProperty(linear, async (c) => {
    const jacobian = jacobianFromJvp(jvpFromJacobian(jacobianOf(c)));
    assert.deepEqual(plain(await jacobian(inputsOf(c) as never, IN, OUT, context)), expected(c));
  }));
});

Deno.test("jacobianFromVjp() of vjpFromJacobian() is the Jacobian", async () => {
  await fc.assert(fc.asyncProperty(linear, async (c) => {
    const outputs = () => ({ y: { shape: [c.m] }, sums: { z: 5 } });
    const jacobian = jacobianFromVjp(vjpFromJacobian(jacobianOf(c)), outputs);
    assert.deepEqual(plain(await jacobian(inputsOf(c) as never, IN, OUT, context)), expected(c));
  }));
});

Deno.test("jvpFromJacobian() and vjpFromJacobian() are adjoint", async () => {
  await fc.assert(fc.asyncProperty(linear, async (c) => {
    const jacobian = jacobianOf(c);
    const [tangents, cotangents] = [tangentsOf(c), cotangentsOf(c)];
    const forward = await jvpFromJacobian(jacobian)(inputsOf(c) as never, IN, OUT, tangents, context);
    const backward = await vjpFromJacobian(jacobian)(inputsOf(c) as never, IN, OUT, cotangents, context);
    const sum = (a: object, b: object) => {
      const products = Object.entries(a).map(([path, { data }]) =>
        dot(data, (b as typeof a & Record<string, { data: Float64Array }>)[path]!.data)
      );
      return products.reduce((total, x) => total + x, 0);
    };
    assert.equal(sum(cotangents, forward), sum(tangents, backward));
  }));
});

Deno.test("the helpers take nested lists, typed arrays, numbers and 64-bit integers as results", async () => {
  const jacobian = () => ({ y: { x: [[1, 2], [3, 4]] }, z: { x: new BigInt64Array([5n, 6n]) } });
  const product = await jvpFromJacobian(jacobian)(
    {},
    new Set(["x"]),
    new Set(["y", "z"]),
    { x: float64([2], [1, 10]) },
    context,
  );
  assert.deepEqual(product, { y: float64([2], [21, 43]), z: float64([], [65]) });
});

Deno.test("the helpers refuse complex numbers, and results that are missing", async () => {
  const complex = { dtype: "complex128", shape: [1], data: new Float64Array(2) };
  const call = (y: unknown) =>
    jvpFromJacobian(() => y)({}, new Set(["x"]), new Set(["y"]), { x: float64([1], [1]) }, context);
  await assert.rejects(call({ y: { x: complex } }), /'y' with respect to 'x' is complex128/);
  await assert.rejects(call({ y: {} }), /'y' with respect to 'x' is missing/);
  await assert.rejects(
    async () => await jacobianFromJvp(() => ({}))({ x: complex }, new Set(["x"]), new Set(["y"]), context),
    /'x' is complex128/,
  );
});

Deno.test("blocks keep the dtype of the products that they are made from", async () => {
  const x = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const;
  const s = float64([], [3]);
  const asked = [new Set(["x"]), new Set(["y"]), context] as const;
  const products: [unknown, string][] = [
    [{ dtype: "float32", shape: [2], data: Float32Array.of(0.1, 2) }, "float32"],
    [Float32Array.of(0.1, 2), "float32"],
    [Float16Array.of(0.5, 2), "float16"],
    [Float64Array.of(0.1, 2), "float64"],
    [[0.1, 2], "float64"],
    [Int32Array.of(1, 2), "float64"],
  ];
  for (const [product, dtype] of products) {
    const columns = await jacobianFromJvp(() => ({ y: product }))({ x, s }, ...asked);
    assert.equal(columns["y"]!["x"]!.dtype, dtype);
    assert.deepEqual(columns["y"]!["x"]!.shape, [2, 2]);
    const rows = await jacobianFromVjp(() => ({ x: product }), () => ({ y: { shape: [2] } }))({ x, s }, ...asked);
    assert.equal(rows["y"]!["x"]!.dtype, dtype);
    assert.equal(rows["y"]!["x"]!.data.constructor.name.toLowerCase(), `${dtype}array`);
  }
});

Deno.test("the Jacobian of nothing has its shape", async () => {
  const x = float64([0], []);
  const asked = [new Set(["x"]), new Set(["y"]), context] as const;
  const columns = await jacobianFromJvp(() => ({ y: Float32Array.of(1, 2) }))({ x }, ...asked);
  assert.deepEqual(columns["y"]!["x"], { dtype: "float32", shape: [2, 0], data: new Float32Array(0) });
  const rows = await jacobianFromVjp(() => ({ x: [] }), () => ({ y: { shape: [0] } }))({ x }, ...asked);
  assert.deepEqual(rows["y"]!["x"], float64([0, 0], []));
});
