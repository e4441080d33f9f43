import { type Complex, DTYPES } from "./dtypes.ts";
import type { NdArray } from "./ndarray.ts";

/**
 * The plain value of an array of shape `[]`: number, bigint for the 64-bit integers, boolean, or `{re, im}`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(scalarOf({ dtype: "int64", shape: [], data: new BigInt64Array([7n]) }), 7n);
 * assert.deepEqual(scalarOf({ dtype: "complex64", shape: [], data: new Float32Array([1, 2]) }), { re: 1, im: 2 });
 * ```
 */
export function scalarOf({ dtype, data }: NdArray): number | bigint | boolean | Complex {
  const { kind } = DTYPES[dtype];
  if (kind === "bool") return data[0] !== 0;
  if (kind === "complex") return { re: data[0] as number, im: data[1] as number };
  return data[0]!;
}
