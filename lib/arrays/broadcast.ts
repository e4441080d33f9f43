import { allocate } from "./data.ts";
import { type DataOf, type DType, DTYPES } from "./dtypes.ts";
import { ArrayFault } from "./fault.ts";
import { type NdArray, type Shape, sizeOf } from "./ndarray.ts";

/**
 * The shape after broadcasting an array of shape `actual` to `expected`: a size of 1 becomes the expected size; where
 * `expected` has `null` or a name, the actual size stays. `[1, 5]` for `[3, null]` gives `[3, 5]`.
 *
 * Throws the faults `array_dimensionality_mismatch` and `array_shape_mismatch`.
 */
export function fitShape(actual: readonly number[], expected: Shape): number[] {
  if (expected === null) return [...actual];
  if (actual.length !== expected.length) {
    throw new ArrayFault("array_dimensionality_mismatch", {
      actual_dims: actual.length,
      expected_dims: expected.length,
    });
  }
  const shape = expected.map((size, i) => typeof size === "number" ? size : actual[i]!);
  if (actual.some((size, i) => size !== shape[i] && size !== 1)) {
    throw new ArrayFault("array_shape_mismatch", { actual_shape: [...actual], expected_shape: shape });
  }
  return shape;
}

/**
 * The array with its dimensions of size 1 repeated up to `shape`, which `fitShape` made; the same array where nothing
 * is to be repeated.
 */
export function broadcast(array: NdArray, shape: readonly number[]): NdArray {
  const { dtype } = array;
  const current = [...array.shape];
  let data = array.data;
  // From the last dimension to the first, so that the repeated blocks are as long as possible.
  for (let d = shape.length - 1; d >= 0; d--) {
    if (current[d] === shape[d]) continue;
    const block = sizeOf(current.slice(d + 1)) * DTYPES[dtype].components;
    data = repeatBlocks(dtype, data, block, shape[d]!);
    current[d] = shape[d]!;
  }
  return data === array.data ? array : { dtype, shape: current, data };
}

function repeatBlocks(dtype: DType, source: DataOf<DType>, block: number, times: number): DataOf<DType> {
  const elements = source.length / DTYPES[dtype].components;
  const target = allocate(dtype, elements * times) as Float64Array;
  const values = source as Float64Array;
  let at = 0;
  for (let from = 0; from < values.length; from += block) {
    if (block === 1) {
      target.fill(values[from]!, at, at + times);
      at += times;
    } else {
      const part = values.subarray(from, from + block);
      for (let k = 0; k < times; k++, at += block) target.set(part, at);
    }
  }
  return target;
}
