/**
 * Inputs of which some numbers are active.
 * @module
 */
import { DTYPES } from "../arrays/dtypes.ts";
import { isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { getPath, parsePath, setPath } from "../schema/paths.ts";
import { Active, state } from "./runtime/active.ts";
import { Copies, isPlainObject } from "./runtime/deep.ts";
import { allocateLike, isFloatArray, Memory, SHADOW, Shadow } from "./runtime/shadows.ts";

/** A differentiated input. */
export interface Place {
  readonly path: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** A scalar, which user code sees as a number. */
  readonly isNumber: boolean;
}

/** The place of an array of real numbers in the inputs. Throws a `TypeError` for any other. */
export function placeOf(inputs: unknown, path: string): Place {
  const value = getPath(inputs, parsePath(path)!);
  if (typeof value === "number") return { path, shape: [], size: 1, isNumber: true };
  if (!isNdArray(value)) throw new TypeError(`the inputs have no array of real numbers at '${path}'`);
  if (DTYPES[value.dtype].kind !== "float") {
    throw new TypeError(`'${path}' is ${value.dtype}; derivatives are by floats only`);
  }
  return { path, shape: [...value.shape], size: value.data.length, isNumber: false };
}

/** A copy of the inputs in which each element at these places has a derivative part, from `partsOf`; 0: passive. */
export function seed<P extends Place>(
  inputs: unknown,
  places: readonly P[],
  partsOf: (place: P) => Float64Array,
): unknown {
  const byValue = new Map<unknown, P>();
  const numbers = new Map<string, P>();
  for (const place of places) {
    if (place.isNumber) numbers.set(place.path, place);
    else byValue.set((getPath(inputs, parsePath(place.path)!) as NdArray).data, place);
  }
  const copy = (value: object, copies: Copies): unknown => {
    if (Array.isArray(value) || isPlainObject(value)) return copies.ofPlain(value);
    if (!isFloatArray(value)) return ArrayBuffer.isView(value) ? (value as Float64Array).slice() : value;
    const own = allocateLike(value, value), place = byValue.get(value);
    if (place) own[SHADOW] = new Shadow(partsOf(place), new Memory(state.block));
    return own;
  };
  const result = new Copies(copy).of(inputs);
  for (const [path, place] of numbers) {
    const segments = parsePath(path)!, d = partsOf(place)[0]!;
    if (d !== 0) setPath(result, segments, new Active(getPath(result, segments) as number, d, state.block));
  }
  return result;
}
