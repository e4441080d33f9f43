import { broadcast, fitShape } from "./broadcast.ts";
import { castArray } from "./cast.ts";
import { dtypeOfData } from "./data.ts";
import { isDType } from "./dtypes.ts";
import { ArrayFault, inWords } from "./fault.ts";
import { checkNumeric, measureLists, readLists } from "./lists.ts";
import { type ArrayType, isNdArray, MAX_RANK, type NdArray, sizeOf } from "./ndarray.ts";
import { NumberList } from "./number_list.ts";
import { readComplex } from "./infer.ts";

/**
 * The value as an array of `type`: an array, a typed array (one-dimensional), nested lists, or one number for a scalar.
 * Rank, sizes (a size of 1 is broadcast) and dtype are checked in this order, each with its fault; anything else is
 * `array_non_numeric`. Data that need no change are not copied. `checkSizes` looks at the sizes, before the dtype is
 * looked at, and throws a fault of its own.
 */
export function toArray(value: unknown, type: ArrayType, checkSizes?: CheckSizes): NdArray {
  if (value instanceof ArrayFault) throw value;
  if (Array.isArray(value) || value instanceof NumberList || isNumber(value)) {
    return arrayOfLists(value, type, checkSizes);
  }
  const array = existingArray(value);
  const shape = fitShape(array.shape, type.shape);
  checkSizes?.(shape);
  // Cast first: the smaller array. The order of faults is kept, since shapes were checked above.
  return broadcast(type.dtype === null ? array : castArray(array, type.dtype), shape);
}

type CheckSizes = (shape: readonly number[]) => void;

const isNumber = (value: unknown): boolean =>
  typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ||
  typeof value === "object" && readComplex(value) !== undefined;

function arrayOfLists(value: unknown, type: ArrayType, checkSizes: CheckSizes | undefined): NdArray {
  const lists = measureLists(value, type.dtype, type.shape?.length);
  let shape: readonly number[];
  try {
    shape = fitShape(lists.shape, type.shape);
    checkSizes?.(shape);
  } catch (fault) {
    checkNumeric(lists);
    throw fault;
  }
  return broadcast(readLists(lists, type.dtype), shape);
}

function existingArray(value: unknown): NdArray {
  if (ArrayBuffer.isView(value)) {
    const dtype = dtypeOfData(value);
    if (dtype === undefined) throw new ArrayFault("array_non_numeric");
    const data = value as NdArray["data"];
    return { dtype, shape: [data.length], data };
  }
  if (!isNdArray(value)) throw faultOfObject(value);
  if (value.shape.length > MAX_RANK || !value.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ArrayFault("array_shape_mismatch", { actual_shape: value.shape });
  }
  return value.dtype === "bool" ? withBools(value) : value;
}

/** Bytes other than 0 and 1 are true, and must not appear in base64 output. */
function withBools(array: NdArray): NdArray {
  const data = array.data as Uint8Array;
  return data.every((byte) => byte <= 1) ? array : { ...array, data: data.map((byte) => byte === 0 ? 0 : 1) };
}

/** What is wrong with an object that is no array, though it may have been meant as one. */
function faultOfObject(value: unknown): ArrayFault {
  const { dtype, shape, data } = (value ?? {}) as Partial<NdArray>;
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape)) {
    return new ArrayFault("array_non_numeric", { got: inWords(value) });
  }
  if (!isDType(dtype)) return new ArrayFault("array_invalid_dtype", { dtype });
  const size = `${sizeOf(shape)} elements of ${dtype} (shape [${shape.join(", ")}])`;
  return new ArrayFault("value_error", {
    error: `A ${data.constructor.name} of length ${data.length} cannot hold ${size}`,
  });
}
