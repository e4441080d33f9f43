import { broadcast, fitShape } from "./broadcast.ts";
import { castArray, isUpward } from "./cast.ts";
import { arrayOfData } from "./data.ts";
import { type DataOf, type DType, DTYPES, isDType } from "./dtypes.ts";
import { ArrayFault, inWords } from "./fault.ts";
import { fill } from "./fill.ts";
import { inferDType, readComplex } from "./infer.ts";
import { type ArrayType, isNdArray, isSize, MAX_RANK, type NdArray, sizeOf } from "./ndarray.ts";
import { shapeOfLists } from "./nesting.ts";
import { NumberList } from "./number_list.ts";

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
  // Cast before broadcasting, while the array is smaller. Faults of the shape still come first: it was checked above.
  return broadcast(type.dtype === null ? array : castArray(array, type.dtype), shape);
}

type CheckSizes = (shape: readonly number[]) => void;

const isNumber = (value: unknown): boolean =>
  typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ||
  typeof value === "object" && readComplex(value) !== undefined;

function arrayOfLists(value: unknown, { dtype, shape: expected }: ArrayType, checkSizes?: CheckSizes): NdArray {
  const found = shapeOfLists(value);
  // Elements of complex arrays may be pairs `[re, im]`: then there is one dimension, of size 2, more than expected.
  const isComplex = dtype !== null && DTYPES[dtype].kind === "complex";
  const pairs = isComplex && found.length - 1 === expected?.length && found.at(-1) === 2;
  const shape = pairs ? found.slice(0, -1) : found;
  let fitting: readonly number[];
  try {
    fitting = fitShape(shape, expected);
    checkSizes?.(fitting);
  } catch (fault) {
    inferDType(value, found); // throws if an element is not a number: that is reported rather than the shape
    throw fault;
  }
  // In memory a complex array is an array of pairs of floats.
  const elements = pairs ? dtype === "complex64" ? "float32" : "float64" : dtype ?? inferDType(value, found).dtype;
  const data = readElements(value, found, elements);
  return broadcast({ dtype: pairs ? dtype : elements, shape, data }, fitting);
}

function readElements(value: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  try {
    // `fill` takes any number for a bool, but here a bool array may be given as bools only.
    if (dtype === "bool") checkKind(value, shape, dtype);
    return fill(value, shape, dtype);
  } catch (fault) {
    // If the kind of the elements is wrong, that is reported rather than the fault of one element.
    checkKind(value, shape, dtype, fault);
    throw fault;
  }
}

/**
 * Throws `array_dtype_mismatch` if elements of this kind cannot be cast to `dtype`. `found`: the fault of one element,
 * which is added as an example.
 */
function checkKind(value: unknown, shape: readonly number[], dtype: DType, found?: unknown): void {
  const { kind, dtype: actual } = inferDType(value, shape);
  if (!isUpward(kind, dtype)) {
    const element = found instanceof ArrayFault && "got" in found.ctx &&
      { index: found.ctx["index"], got: found.ctx["got"] };
    throw new ArrayFault("array_dtype_mismatch", { actual_dtype: actual, expected_dtype: dtype, ...element });
  }
}

function existingArray(value: unknown): NdArray {
  const array = ArrayBuffer.isView(value) ? arrayOfData(value) : value;
  if (!isNdArray(array)) throw faultOfObject(value);
  const { dtype, shape } = array;
  if (shape.length > MAX_RANK || !shape.every(isSize)) {
    throw new ArrayFault("array_shape_mismatch", { actual_shape: shape });
  }
  return dtype === "bool" ? withBools(array) : array;
}

/** The array with 1 for every byte but 0: all of them mean true, but only 0 and 1 may appear in base64 output. */
function withBools(array: NdArray): NdArray {
  const data = array.data as Uint8Array;
  return data.every((byte) => byte <= 1) ? array : { ...array, data: data.map((byte) => byte === 0 ? 0 : 1) };
}

/** The fault of an object that is not an array. It names what is wrong if the object looks like one. */
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
