import { type DataOf, type DType, DTYPE_NAMES, DTYPES } from "./dtypes.ts";
import type { NdArray } from "./ndarray.ts";

/** Zeros for `size` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, size: number): DataOf<D> {
  const { array: Data, components } = DTYPES[dtype];
  return new Data(size * components) as DataOf<D>;
}

/** The typed array of `dtype` over all of `buffer`, without copying. */
export function dataOf(dtype: DType, buffer: ArrayBuffer): DataOf<DType> {
  const Data: new (buffer: ArrayBuffer) => DataOf<DType> = DTYPES[dtype].array;
  return new Data(buffer);
}

/** The same memory as bytes. Every platform that this runs on is little-endian, as the encodings are. */
export function bytesOf(data: DataOf<DType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Frees the memory of a buffer now, instead of at the next garbage collection. */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/**
 * The one-dimensional array that a typed array stands for, never bool or complex. `undefined` for other views, such as
 * a `DataView`.
 */
export function arrayOfData(view: ArrayBufferView): NdArray | undefined {
  // By `instanceof`, since Node's Buffer is a Uint8Array.
  const dtype = DTYPE_NAMES.find((dtype) => {
    const { kind, array } = DTYPES[dtype];
    return kind !== "bool" && kind !== "complex" && view instanceof array;
  });
  const data = view as NdArray["data"];
  return dtype && { dtype, shape: [data.length], data };
}
