/**
 * The maps that msgpack-numpy writes for arrays and scalars of NumPy:
 * `{nd: true, type: "<f8", kind: b"", shape: [2, 3], data: b"…"}` and `{nd: false, type: "<f4", data: b"…"}`.
 * @module
 */
import { dataOf } from "../../arrays/data.ts";
import { type DType, DTYPE_NAMES, DTYPES } from "../../arrays/dtypes.ts";
import { ArrayFault, orFault } from "../../arrays/fault.ts";
import { type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { complexText, parseComplex } from "../../arrays/numbers.ts";
import { decodeError, normalizeBools } from "../buffers.ts";
import { readShape } from "../encoded.ts";

/** NumPy's names without the byte order: `f8`. */
const DTYPE_OF_NUMPY: ReadonlyMap<string, DType> = new Map(
  DTYPE_NAMES.map((dtype) => [DTYPES[dtype].numpy.slice(1), dtype]),
);

type Fields = Readonly<Record<string, unknown>>;

/** Is this map meant as an array or scalar of NumPy? */
export function isNumpyMap(map: Fields): boolean {
  return typeof map["nd"] === "boolean" && "type" in map && "data" in map;
}

/** The array of such a map, for a scalar one of shape `[]`; or the fault that says why it cannot be decoded. */
export function arrayOfMap(map: Fields): NdArray | ArrayFault {
  return orFault(() => {
    const kind = textOf(map["kind"] ?? "");
    if (kind !== "") throw fault(`its kind is ${JSON.stringify(kind)}, but only numbers and booleans are understood`);
    const { dtype, swapped } = elementType(map["type"]);
    if (map["nd"] && !("shape" in map)) throw new ArrayFault("missing", { field: "shape" });
    const shape = map["nd"] ? readShape(map["shape"]) : [];
    const data = map["data"];
    if (!(data instanceof Uint8Array)) throw fault("its data is not binary");
    const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
    if (data.length !== bytes) {
      throw fault(`it has ${data.length} bytes, expected ${bytes} for ${dtype} in shape [${shape.join(", ")}]`);
    }
    return { dtype, shape, data: elements(data, dtype, swapped) };
  });
}

/** What msgpack-numpy writes for Python's own complex numbers: `{complex: true, data: "(1.5-2j)"}`. */
export function complexOfMap(map: Fields): NdArray | undefined {
  const text = map["data"];
  const value = map["complex"] === true && typeof text === "string" ? parseComplex(text) : undefined;
  return value && { dtype: "complex128", shape: [], data: new Float64Array([value.re, value.im]) };
}

/** A scalar in a plain list as the JSON value for it, so that the list can become an array. */
export function plainScalar({ dtype, data }: NdArray): number | bigint | boolean | string {
  if (dtype === "bool") return data[0] === 1;
  if (DTYPES[dtype].kind === "complex") return complexText(Number(data[0]), Number(data[1]));
  const value = data[0]!;
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function elementType(type: unknown): { dtype: DType; swapped: boolean } {
  const text = textOf(type);
  if (text === undefined) throw fault("its type is structured, but only numbers and booleans are understood");
  const dtype = DTYPE_OF_NUMPY.get(text.replace(/^[<>=|]/, ""));
  if (dtype === undefined) {
    throw fault(`its type is ${JSON.stringify(text)}, but only numbers and booleans are understood`);
  }
  return { dtype, swapped: text.startsWith(">") };
}

/**
 * The elements. Copied, unless their bytes have a buffer of their own: a typed array must begin at a multiple of its
 * element size, which data in the middle of a payload seldom do.
 */
function elements(bytes: Uint8Array, dtype: DType, swapped: boolean): NdArray["data"] {
  const isAlone = bytes.length === bytes.buffer.byteLength;
  const target = isAlone ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
  const data = dataOf(dtype, target.buffer);
  if (dtype === "bool") normalizeBools(data);
  const width = DTYPES[dtype].bytes / DTYPES[dtype].components;
  if (swapped) { for (let at = 0; at < target.length; at += width) target.subarray(at, at + width).reverse(); }
  return data;
}

/** A string, which Python may have written as binary data. */
function textOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.subarray(0, 32));
  return typeof value === "string" ? value : undefined;
}

function fault(reason: string): ArrayFault {
  return decodeError("msgpack", reason);
}
