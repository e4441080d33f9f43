import { type DataOf, DTYPES } from "../arrays/dtypes.ts";
import { isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { getPath, parsePath, type Segment, setPath } from "../schema/paths.ts";
import { type FloatDType, isFloat } from "./real_array.ts";

/** An array of real numbers inside inputs. */
export interface InputArray {
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly dtype: FloatDType;
  readonly shape: readonly number[];
  /** Its elements, not to be changed. */
  readonly values: DataOf<FloatDType>;
}

/**
 * The array at a path. User code sees scalars as plain numbers: `scalarDType` says of which dtype they are.
 * Throws a `TypeError` if there is no array, or one that cannot change by a small step (integers, complex numbers).
 */
export function inputArrayAt(inputs: unknown, path: string, scalarDType: FloatDType = "float64"): InputArray {
  const segments = parsePath(path);
  const value = segments && getPath(inputs, segments);
  if (typeof value === "number") {
    const values = new DTYPES[scalarDType].array([value]);
    return { path, segments: segments!, dtype: scalarDType, shape: [], values };
  }
  if (!isNdArray(value)) throw new TypeError(`the inputs have no array of real numbers at '${path}'`);
  if (!isFloat(value.dtype)) throw new TypeError(`'${path}' is ${value.dtype}; derivatives are by floats only`);
  const values = value.data.slice() as DataOf<FloatDType>;
  return { path, segments: segments!, dtype: value.dtype, shape: value.shape, values };
}

/** Replaces the elements at one place. */
export function replace(inputs: unknown, array: InputArray, values: DataOf<FloatDType>): void {
  const replacement: NdArray = { dtype: array.dtype, shape: [...array.shape], data: values };
  setPath(inputs, array.segments, typeof getPath(inputs, array.segments) === "number" ? values[0] : replacement);
}
