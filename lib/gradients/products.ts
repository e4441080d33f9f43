/**
 * Products with the Jacobian, from the Jacobian.
 * @module
 */
import { sizeOf } from "../arrays/ndarray.ts";
import type { Arrays, Jacobian, Product, Vectors } from "./function_types.ts";
import { dot, type Real, toReal, type Zeros } from "./real.ts";

/**
 * The `jacobianVectorProduct` of a module from its `jacobian`: `Σ J·v` over the inputs, in float64.
 *
 * For functions of real numbers only: complex arrays throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, type Context, defineTesseract, differentiable, jvpFromJacobian, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({ x: differentiable(array([2], "float64")) });
 * const OutputSchema = z.object({ y: differentiable(array([2], "float64")) });
 *
 * const jacobian = ({ x: { data: [a, b] } }: z.output<typeof InputSchema>) => ({ y: { x: [[b!, a!], [1, 0]] } });
 * const tesseract = defineTesseract({
 *   InputSchema,
 *   OutputSchema,
 *   apply: ({ x: { data: [a, b] } }) => ({ y: [a! * b!, a!] }),
 *   jacobian,
 *   jacobianVectorProduct: jvpFromJacobian(jacobian),
 * });
 *
 * const vector = (...data: number[]) => ({ dtype: "float64", shape: [2] as [number], data: new Float64Array(data) }) as const;
 * const product = await jvpFromJacobian(jacobian)(
 *   { x: vector(3, 5) },
 *   new Set(["x"]),
 *   new Set(["y"]),
 *   { x: vector(1, 10) },
 *   {} as Context,
 * );
 * assert.deepEqual(product, { y: vector(35, 1) });
 * assert(tesseract.jacobianVectorProduct);
 * ```
 */
export function jvpFromJacobian<In, P extends string, Q extends string>(
  jacobian: Jacobian<In, P, Q, unknown>,
): Product<In, P, Q, Vectors, Promise<Arrays>> {
  return async (inputs, jvpInputs, jvpOutputs, tangentVector, context) => {
    const blocks = await jacobian(inputs, jvpInputs, jvpOutputs, context) as Blocks;
    const products: Record<string, Zeros> = {};
    for (const output of jvpOutputs) {
      let sum: Real | undefined;
      for (const input of jvpInputs) {
        const tangent = toReal(tangentVector[input], `the tangent of '${input}'`);
        const product = timesTangent(block(blocks, output, input), tangent);
        if (sum === undefined) sum = product;
        else for (let i = 0; i < sum.data.length; i++) sum.data[i]! += product.data[i]!;
      }
      if (sum) products[output] = { dtype: "float64", ...sum };
    }
    return products as unknown as Arrays;
  };
}

/**
 * The `vectorJacobianProduct` of a module from its `jacobian`: `Σ w·J` over the outputs, in float64.
 *
 * For functions of real numbers only: complex arrays throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, vjpFromJacobian } from "@tesseract/runtime";
 *
 * const jacobian = ({ x }: { x: number }) => ({ y: { x: [1, 2 * x] } }); // of y = (x, x²)
 * const vectorJacobianProduct = vjpFromJacobian(jacobian);
 *
 * const product = await vectorJacobianProduct({ x: 3 }, new Set(["x"]), new Set(["y"]), { y: [1, 10] }, {} as Context);
 * assert.deepEqual(product, { x: { dtype: "float64", shape: [], data: Float64Array.of(61) } });
 * ```
 */
export function vjpFromJacobian<In, P extends string, Q extends string>(
  jacobian: Jacobian<In, P, Q, unknown>,
): Product<In, P, Q, Vectors, Promise<Arrays>> {
  return async (inputs, vjpInputs, vjpOutputs, cotangentVector, context) => {
    const blocks = await jacobian(inputs, vjpInputs, vjpOutputs, context) as Blocks;
    const products: Record<string, Zeros> = {};
    for (const input of vjpInputs) {
      let sum: Real | undefined;
      for (const output of vjpOutputs) {
        const cotangent = toReal(cotangentVector[output], `the cotangent of '${output}'`);
        const product = timesCotangent(block(blocks, output, input), cotangent);
        if (sum === undefined) sum = product;
        else for (let j = 0; j < sum.data.length; j++) sum.data[j]! += product.data[j]!;
      }
      if (sum) products[input] = { dtype: "float64", ...sum };
    }
    return products as unknown as Arrays;
  };
}

type Blocks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function block(blocks: Blocks, output: string, input: string): Real {
  const value = blocks[output]?.[input];
  const what = `the Jacobian of '${output}' with respect to '${input}'`;
  if (value === undefined) throw new TypeError(`${what} is missing`);
  return toReal(value, what);
}

/** A block `[...out, ...in]` times a tangent of shape `in`. */
export function timesTangent(block: Real, tangent: Real): Real {
  const shape = block.shape.slice(0, block.shape.length - tangent.shape.length);
  const columns = tangent.data.length;
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = dot(block.data.subarray(i * columns, (i + 1) * columns), tangent.data);
  }
  return { shape, data };
}

/** A cotangent of shape `out` times a block `[...out, ...in]`. */
export function timesCotangent(block: Real, cotangent: Real): Real {
  const shape = block.shape.slice(cotangent.shape.length);
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < cotangent.data.length; i++) {
    const weight = cotangent.data[i]!;
    for (let j = 0; j < data.length; j++) data[j]! += weight * block.data[i * data.length + j]!;
  }
  return { shape, data };
}
