/**
 * The class of typed array for each dtype, by name, because a platform may lack one (`Float16Array`).
 * @module
 */
import type { DType } from "../arrays/dtypes.ts";
import type { NdArray } from "../arrays/ndarray.ts";

export const ARRAYS: Readonly<Record<DType, string>> = {
  float16: "Float16Array",
  float32: "Float32Array",
  float64: "Float64Array",
  int8: "Int8Array",
  int16: "Int16Array",
  int32: "Int32Array",
  int64: "BigInt64Array",
  uint8: "Uint8Array",
  uint16: "Uint16Array",
  uint32: "Uint32Array",
  uint64: "BigUint64Array",
  bool: "Uint8Array",
  complex64: "Float32Array",
  complex128: "Float64Array",
};

type ArrayConstructor = new (buffer: ArrayBuffer) => NdArray["data"];

export const isDType = (name: unknown): name is DType => typeof name === "string" && Object.hasOwn(ARRAYS, name);

/** The name of a typed array's class, also of one from another window or worker. */
export const classOf = (data: ArrayBufferView): string =>
  (data as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];

/** The dtype of a typed array that is given without one; `undefined` for a view that has none, such as a `DataView`. */
export function dtypeOf(data: ArrayBufferView): DType | undefined {
  const name = classOf(data);
  return (Object.keys(ARRAYS) as DType[]).find((dtype) => ARRAYS[dtype] === name);
}

/** The class of an array's data. Throws an `Error` if `dtype` is not a dtype, or the platform lacks the class. */
export function arrayClassOf(dtype: unknown): ArrayConstructor & { readonly BYTES_PER_ELEMENT: number } {
  if (!isDType(dtype)) throw new Error(`${JSON.stringify(dtype)} is not a dtype`);
  const name = ARRAYS[dtype];
  const found = (globalThis as Record<string, unknown>)[name];
  if (found === undefined) throw new Error(`arrays of ${dtype} need ${name}, which this platform does not have`);
  return found as ArrayConstructor & { readonly BYTES_PER_ELEMENT: number };
}
