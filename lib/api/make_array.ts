import { toArray } from "../arrays/coerce.ts";
import { allocate } from "../arrays/data.ts";
import { type DataOf, type DType, DTYPE_NAMES, DTYPES, isDType } from "../arrays/dtypes.ts";
import { ArrayFault, orFault } from "../arrays/fault.ts";
import { ANY_ARRAY, isSize, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import type { AnyLists, Element } from "../schema/array_values.ts";
import { describeFault } from "../schema/messages.ts";

/** What an array of dtype `D` may be made of: its typed array, which is not copied, or lists of its elements. */
type Elements<D extends DType> = DataOf<D> | AnyLists<Element<D>>;

/**
 * An array of a dtype and a shape: of zeros, or of `data`, the elements in C order (last index fastest). A typed array
 * is taken as it is, and not copied; lists, nested or not, are read in order, and each element is rounded to the dtype.
 *
 * Throws a `TypeError` for an unknown dtype, an invalid shape, a typed array of another dtype, another number of
 * elements than the shape has, and elements that the dtype cannot hold (300 in an int8).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ndarray } from "@tesseract/runtime";
 *
 * const identity = ndarray("float32", [2, 2]);
 * for (let i = 0; i < 2; i++) identity.data[2 * i + i] = 1;
 * assert.deepEqual(identity, ndarray("float32", [2, 2], [[1, 0], [0, 1]]));
 * assert.throws(() => ndarray("float32", [2, 2], [1, 2, 3]), TypeError);
 * ```
 */
export function ndarray<const D extends DType, const S extends readonly number[]>(
  dtype: D,
  shape: S,
  data?: Elements<D>,
): NdArray<D, S> {
  if (!isDType(dtype)) {
    throw new TypeError(`ndarray: ${JSON.stringify(dtype)} is not a dtype; the dtypes are ${DTYPE_NAMES.join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw new TypeError(`ndarray: the shape [${shape}] must be a list of whole numbers of zero or more`);
  }
  const array: NdArray = { dtype, shape: [...shape], data: elementsOf(dtype, shape, data) };
  return array as unknown as NdArray<D, S>;
}

/**
 * An array of the same dtype and shape as another: of zeros, or of `data`, as for `ndarray`, with the same errors.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { like, ndarray } from "@tesseract/runtime";
 *
 * const a = ndarray("float64", [3], [1, 2, 3]);
 * assert.deepEqual(like(a, a.data.map((x) => 2 * x)), ndarray("float64", [3], [2, 4, 6]));
 * assert.deepEqual(like(a), ndarray("float64", [3]));
 * ```
 */
export function like<D extends DType, const S extends readonly number[]>(
  array: { readonly dtype: D; readonly shape: S },
  data?: Elements<D>,
): NdArray<D, S> {
  return ndarray(array.dtype, array.shape, data);
}

function elementsOf(dtype: DType, shape: readonly number[], data: unknown): DataOf<DType> {
  const size = sizeOf(shape);
  if (data === undefined) return allocate(dtype, size);
  const { array: Data, components } = DTYPES[dtype];
  const wrongCount = (count: number) =>
    new TypeError(`ndarray: the shape [${shape.join(", ")}] has ${size} elements, the data have ${count}`);
  if (ArrayBuffer.isView(data)) {
    if (!(data instanceof Data)) {
      throw new TypeError(`ndarray: the data of ${dtype} are a ${Data.name}, not a ${data.constructor.name}`);
    }
    if (data.length !== size * components) throw wrongCount(data.length / components);
    return data;
  }
  const array = orFault(() => toArray(data, { ...ANY_ARRAY, dtype }));
  if (array instanceof ArrayFault) {
    throw new TypeError(`ndarray: ${describeFault({ type: array.type, loc: [], ctx: array.ctx })}`);
  }
  const count = sizeOf(array.shape);
  if (count !== size) throw wrongCount(count);
  return array.data;
}
