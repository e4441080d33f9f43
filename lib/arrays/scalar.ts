import { type Complex, DTYPES } from "./dtypes.ts";
import type { NdArray } from "./ndarray.ts";

/** An element of an array, by its position in C order, as the plain value that `ScalarOf` describes. */
export function elementAt({ dtype, data }: NdArray, position: number): number | bigint | boolean | Complex {
  const { kind } = DTYPES[dtype];
  if (kind === "complex") return { re: data[2 * position] as number, im: data[2 * position + 1] as number };
  return kind === "bool" ? data[position] !== 0 : data[position]!;
}

/** The plain value of an array of shape `[]`. */
export const scalarOf = (array: NdArray): number | bigint | boolean | Complex => elementAt(array, 0);
