import { dataOf } from "../arrays/data.ts";
import { type DataOf, type DType, DTYPES } from "../arrays/dtypes.ts";
import { ArrayFault, inWords } from "../arrays/fault.ts";
import { fill } from "../arrays/fill.ts";
import { holdsObjects } from "../arrays/infer.ts";
import { sizeOf } from "../arrays/ndarray.ts";
import { shapeOfLists } from "../arrays/nesting.ts";
import { base64Bytes, base64Length, fillFromBase64 } from "./base64.ts";
import { Base64String } from "./extracted.ts";

interface Encoding {
  /**
   * Decodes a buffer, which must have as many elements as the shape. Allocates no more memory than the buffer can fill.
   * Throws `ArrayFault`. `null`: the elements are in a file, and read later.
   */
  readonly decode: ((buffer: unknown, shape: readonly number[], dtype: DType) => DataOf<DType>) | null;
  /** May the buffer be compressed? */
  readonly compressible: boolean;
}

export const ENCODINGS: Readonly<Record<string, Encoding>> = {
  json: { decode: decodeLists, compressible: false },
  // The old name of json.
  raw: { decode: decodeLists, compressible: false },
  base64: { decode: decodeBase64, compressible: true },
  binref: { decode: null, compressible: true },
};

/** `array_decode_error`: the buffer cannot be decoded. */
export function decodeError(encoding: string, error: string): ArrayFault {
  return new ArrayFault("array_decode_error", { encoding, error });
}

/** Makes 1 of every byte but 0, in place. */
export function normalizeBools(data: DataOf<DType>): void {
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) data[i] = 1;
}

const shapeText = (shape: readonly number[]) => `shape [${shape.join(", ")}]`;

function decodeLists(buffer: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  if (buffer instanceof Base64String) buffer = String(buffer);
  try {
    if (DTYPES[dtype].kind === "complex" && holdsObjects(buffer)) throw new ArrayFault("array_non_numeric");
    const found = shapeOfLists(buffer);
    const [size, count] = [sizeOf(shape), sizeOf(found)];
    if (count === size) return fill(buffer, found, dtype);
    if (
      DTYPES[dtype].kind === "complex" && found.at(-1) === 2 && found.length === shape.length + 1 && count === 2 * size
    ) {
      return fill(buffer, found, dtype === "complex64" ? "float32" : "float64");
    }
    const mismatch = found.length === 0
      ? `is ${inWords(buffer)}, expected ${size} elements`
      : `has ${count} elements, expected ${size}`;
    throw decodeError("json", `the buffer ${mismatch} for ${shapeText(shape)}`);
  } catch (fault) {
    if (!(fault instanceof ArrayFault)) throw fault;
    if (fault.type === "value_error") throw decodeError("json", String(fault.ctx["error"]));
    if (fault.type === "array_non_numeric") {
      const { index, got } = fault.ctx;
      const where = index !== undefined ? `: [${(index as number[]).join(", ")}] is ${got}` : got ? `: ${got}` : "";
      throw decodeError("json", `the buffer has an element that is not a number for ${dtype}${where}`);
    }
    throw fault;
  }
}

function decodeBase64(buffer: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  const read = bytesOfBase64(buffer);
  const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
  const [length, expected] = [(buffer as string | Base64String).length, base64Length(bytes)];
  if (length !== expected) {
    const facts = `${length} characters, expected ${expected} for the ${bytes} bytes of ${dtype}`;
    throw decodeError("base64", `the buffer has ${facts} in ${shapeText(shape)}`);
  }
  if (read?.length !== bytes) {
    throw decodeError("base64", `the buffer is not base64 of ${bytes} bytes in the standard alphabet, with padding`);
  }
  const data = dataOf(dtype, read.buffer);
  if (dtype === "bool") normalizeBools(data);
  return data;
}

/** The bytes of a base64 buffer; `undefined` if it is not valid. Throws `ArrayFault` if it is not a string. */
export function bytesOfBase64(buffer: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (buffer instanceof Base64String) return buffer.bytes;
  if (typeof buffer !== "string") throw decodeError("base64", "the buffer is not a string");
  const bytes = new Uint8Array(base64Bytes(buffer));
  return fillFromBase64(bytes, buffer) ? bytes : undefined;
}
