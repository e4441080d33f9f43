/**
 * `ndarray` and `like`, for active values too.
 * @module
 */
import { like, ndarray } from "../../api/make_array.ts";
import type { NdArray } from "../../arrays/ndarray.ts";
import { copyPlain, hasActive, own } from "./deep.ts";
import { setKind } from "./kinds.ts";
import { notFollowed } from "./not_followed.ts";
import { set } from "./members.ts";
import { isFloatArray } from "./shadows.ts";

/** Registers them. */
export function knowArrayMakers(): void {
  setKind(ndarray, (_self, [dtype, shape, data]) => make(dtype, shape, data));
  setKind(like, (_self, [array, data]) => make((array as NdArray).dtype, (array as NdArray).shape, data));
}

function make(dtype: unknown, shape: unknown, data: unknown): unknown {
  const plain = (elements: unknown) => ndarray(dtype as "float64", shape as number[], elements as Float64Array);
  // A typed array is taken as it is, with its derivatives.
  if (ArrayBuffer.isView(data)) return plain(data);
  // Zeros, or the values of a list: in an array that may become active.
  const array = own(plain(copyPlain(data))) as NdArray;
  if (!hasActive(data)) return array;
  if (!isFloatArray(array.data)) throw notFollowed(`is an element of an array of ${dtype} here`);
  for (const [i, x] of [data].flat(Infinity).entries()) set(array.data, i, x);
  return array;
}
