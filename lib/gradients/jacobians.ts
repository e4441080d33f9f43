/**
 * The Jacobian from products with it, a column or a row at a time.
 * @module
 */
import { isNdArray, sizeOf } from "../arrays/ndarray.ts";
import type { Context } from "../api/functions.ts";
import { getPath, parsePath } from "../schema/paths.ts";
import type { Arrays, Jacobian, Product } from "./function_types.ts";
import { placeAt } from "./places.ts";
import { type Real, toFloat, toReal, type Zeros, zeros } from "./real.ts";

/**
 * The `jacobian` of a module from its `jacobianVectorProduct`: one product for each element of the inputs asked for.
 *
 * A tangent has the dtype of its input, float64 for a scalar. For real floating-point inputs only: others throw a
 * `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, jacobianFromJvp, type NdArray } from "@tesseract/runtime";
 *
 * // y = a·x
 * const jacobianVectorProduct = (
 *   { a }: { a: number; x: NdArray<"float64"> },
 *   _inputs: ReadonlySet<"x">,
 *   _outputs: ReadonlySet<"y">,
 *   { x: tangent }: { x: NdArray<"float64"> },
 * ) => ({ y: tangent.data.map((t) => a * t) });
 * const jacobian = jacobianFromJvp(jacobianVectorProduct);
 *
 * const x: NdArray<"float64"> = { dtype: "float64", shape: [2], data: Float64Array.of(7, 8) };
 * const result = await jacobian({ a: 3, x }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert.deepEqual(result, { y: { x: { dtype: "float64", shape: [2, 2], data: Float64Array.of(3, 0, 0, 3) } } });
 * ```
 */
export function jacobianFromJvp<In, P extends string, Q extends string, V>(
  jvp: Product<In, P, Q, V, unknown>,
): Jacobian<In, P, Q, Promise<Record<string, Arrays>>> {
  return async (inputs, jacInputs, jacOutputs, context) => {
    const blocks: Record<string, Record<string, Zeros>> = {};
    for (const input of jacInputs) {
      const { shape, dtype, values } = placeAt(inputs, input);
      const columns = values.length;
      // an input without elements still has to show the shapes of the outputs
      for (let j = 0; j < Math.max(columns, 1); j++) {
        const tangent = new Float64Array(columns);
        if (j < columns) tangent[j] = 1;
        const vector = { [input]: toFloat(dtype, { shape, data: tangent }) } as V;
        const products = await jvp(inputs, new Set([input]), jacOutputs, vector, context) as Record<string, unknown>;
        for (const output of jacOutputs) {
          const column = result(products, output, `the product of '${output}' with a tangent of '${input}'`);
          const block = (blocks[output] ??= {})[input] ??= zeros([...column.shape, ...shape]);
          const rows = column.data.length;
          if (j < columns) { for (let i = 0; i < rows; i++) block.data[i * columns + j] = column.data[i]!; }
        }
      }
    }
    return blocks as unknown as Record<string, Arrays>;
  };
}

/**
 * The `jacobian` of a module from its `vectorJacobianProduct`: one product for each element of the outputs asked for.
 *
 * The shapes of the outputs come from `outputs`: the module's `apply`, called once with the same inputs, or anything
 * cheaper that returns an array, or only its `{ shape }`, at the paths of the outputs. Cotangents are float64.
 * For functions of real numbers only: complex arrays throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, jacobianFromVjp, type NdArray } from "@tesseract/runtime";
 *
 * // y = a·x
 * const vectorJacobianProduct = (
 *   { a }: { a: number; x: NdArray<"float64"> },
 *   _inputs: ReadonlySet<"x">,
 *   _outputs: ReadonlySet<"y">,
 *   { y: cotangent }: { y: NdArray<"float64"> },
 * ) => ({ x: cotangent.data.map((w) => a * w) });
 * const jacobian = jacobianFromVjp(vectorJacobianProduct, ({ x }) => ({ y: { shape: x.shape } }));
 *
 * const x: NdArray<"float64"> = { dtype: "float64", shape: [2], data: Float64Array.of(7, 8) };
 * const result = await jacobian({ a: 3, x }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert.deepEqual(result, { y: { x: { dtype: "float64", shape: [2, 2], data: Float64Array.of(3, 0, 0, 3) } } });
 * ```
 */
export function jacobianFromVjp<In, P extends string, Q extends string, V>(
  vjp: Product<In, P, Q, V, unknown>,
  outputs: (inputs: In, context: Context) => unknown,
): Jacobian<In, P, Q, Promise<Record<string, Arrays>>> {
  return async (inputs, jacInputs, jacOutputs, context) => {
    const values = await outputs(inputs, context);
    const places = new Map([...jacInputs].map((input) => [input, placeAt(inputs, input)]));
    const blocks: Record<string, Record<string, Zeros>> = {};
    for (const output of jacOutputs) {
      const shape = shapeAt(values, output);
      const rows = sizeOf(shape);
      const block: Record<string, Zeros> = blocks[output] = {};
      for (const [input, place] of places) block[input] = zeros([...shape, ...place.shape]);
      for (let i = 0; i < rows; i++) {
        const cotangent = new Float64Array(rows);
        cotangent[i] = 1;
        const vector = { [output]: toFloat("float64", { shape, data: cotangent }) } as V;
        const products = await vjp(inputs, jacInputs, new Set([output]), vector, context) as Record<string, unknown>;
        for (const [input, place] of places) {
          const row = result(products, input, `the product of '${input}' with a cotangent of '${output}'`);
          block[input]!.data.set(row.data, i * place.values.length);
        }
      }
    }
    return blocks as unknown as Record<string, Arrays>;
  };
}

function result(products: Readonly<Record<string, unknown>>, path: string, what: string): Real {
  if (products[path] === undefined) throw new TypeError(`${what} is missing`);
  return toReal(products[path], what);
}

/** The shape of the array, or of what has a shape only, at a path of outputs. */
function shapeAt(outputs: unknown, path: string): readonly number[] {
  const value = getPath(outputs, parsePath(path) ?? []);
  if (typeof value === "object" && value !== null && !isNdArray(value) && "shape" in value) {
    return value.shape as readonly number[];
  }
  if (value === undefined || value === null) throw new TypeError(`the outputs have no array at '${path}'`);
  return toReal(value, `'${path}'`).shape;
}
