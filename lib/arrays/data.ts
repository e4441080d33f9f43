/**
 * The typed arrays behind arrays.
 * @module
 */
import { type DataOf, type DType, DTYPES } from "./dtypes.ts";

/** Zeros for `size` elements of `dtype`. */
export function allocate(dtype: DType, size: number): DataOf<DType> {
  const { array: Data, components } = DTYPES[dtype];
  return new Data(size * components);
}

/** The elements whose bytes are in `buffer`. */
export function dataOf(dtype: DType, buffer: ArrayBuffer): DataOf<DType> {
  const Data: new (buffer: ArrayBuffer) => DataOf<DType> = DTYPES[dtype].array;
  return new Data(buffer);
}

/** The same memory as bytes. Every platform that this runs on is little-endian, as the encodings are. */
export function bytesOf(data: DataOf<DType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Gives back memory that nobody looks at any more, which would else wait for the garbage collector. */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

const DTYPE_OF_CONSTRUCTOR: ReadonlyMap<unknown, DType> = new Map<unknown, DType>([
  [Float16Array, "float16"],
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [Int8Array, "int8"],
  [Int16Array, "int16"],
  [Int32Array, "int32"],
  [BigInt64Array, "int64"],
  [Uint8Array, "uint8"],
  [Uint16Array, "uint16"],
  [Uint32Array, "uint32"],
  [BigUint64Array, "uint64"],
]);

/** The dtype of a typed array that stands alone; `undefined` for a view that has none, such as a `DataView`. */
export function dtypeOfData(view: ArrayBufferView): DType | undefined {
  for (const [constructor, dtype] of DTYPE_OF_CONSTRUCTOR) {
    // instanceof: Node's Buffer is a Uint8Array.
    if (view instanceof (constructor as new () => ArrayBufferView)) return dtype;
  }
  return undefined;
}
