/**
 * Encoded arrays: `{"object_type": "array", "shape": […], "dtype": "…", "data": {"buffer": …, "encoding": "…"}}`.
 * @module
 */
import { fitShape } from "../arrays/broadcast.ts";
import { canCast } from "../arrays/cast.ts";
import { isDType } from "../arrays/dtypes.ts";
import { ArrayFault, inWords } from "../arrays/fault.ts";
import { type ArrayType, isNdArray, MAX_RANK, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { toPlain } from "./extracted.ts";
import { parseReference, PendingArray } from "./binref/reference.ts";
import { bytesOfBase64, decodeError, ENCODINGS } from "./buffers.ts";

type Keys = Readonly<Record<string, unknown>>;

const ARRAY_KEYS = ["object_type", "shape", "dtype", "data"];
const DATA_KEYS = ["buffer", "encoding", "compression"];

/** The most empty rows: an array of shape [1000000000, 0] needs no buffer, but as JSON it is a billion times `[]`. */
const MAX_EMPTY_ROWS = 2 ** 20;

/** Is this object meant as an encoded array? One key of it is enough; others that are missing are a fault then. */
export function isEncoded(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isNdArray(value) &&
    ("shape" in value || "dtype" in value || "data" in value ||
      ("object_type" in value && value.object_type === "array"));
}

/**
 * Decodes an array, with its own dtype and shape. Returns `PendingArray` if its elements are in a file or compressed.
 *
 * Before the buffer is read everything else is checked, also whether rank, sizes and dtype fit `type`. Throws an
 * `ArrayFault`.
 */
export function decodeEncoded(value: Keys, type: ArrayType): NdArray | PendingArray {
  checkKeys(value, ARRAY_KEYS, ["shape", "dtype", "data"]);
  const { object_type: objectType = "array" } = value;
  const dtype = toPlain(value["dtype"]);
  const data = (typeof value["data"] === "object" && value["data"] !== null ? value["data"] : {}) as Keys;
  checkKeys(data, DATA_KEYS, ["buffer", "encoding"]);
  if (objectType !== "array") {
    throw new ArrayFault("array_non_numeric", {
      got: `an object whose object_type is ${inWords(toPlain(objectType))}`,
    });
  }
  const { decode, compression } = encodingOf(data);
  if (!isDType(dtype)) throw new ArrayFault("array_invalid_dtype", { dtype });
  const shape = readShape(toPlain(value["shape"]));
  fitShape(shape, type.shape);
  if (type.dtype !== null && !canCast(dtype, type.dtype)) {
    throw new ArrayFault("array_dtype_mismatch", { actual_dtype: dtype, expected_dtype: type.dtype });
  }
  if (decode === null) return new PendingArray(dtype, shape, parseReference(data["buffer"]), compression);
  if (compression !== null) return new PendingArray(dtype, shape, frameOf(data["buffer"]), compression);
  return { dtype, shape, data: decode(data["buffer"], shape, dtype) };
}

/** The compressed bytes of a base64 buffer. */
function frameOf(buffer: unknown): Uint8Array<ArrayBuffer> {
  const frame = bytesOfBase64(buffer);
  if (frame !== undefined) return frame;
  throw decodeError("base64", "the buffer is not base64 in the standard alphabet, with padding");
}

function checkKeys(value: Keys, known: readonly string[], needed: readonly string[]): void {
  for (const field of needed) if (!Object.hasOwn(value, field)) throw new ArrayFault("missing", { field });
  for (const key of Object.keys(value)) if (!known.includes(key)) throw new ArrayFault("extra_forbidden", { key });
}

function encodingOf({ encoding, compression = null }: Keys) {
  if (typeof encoding !== "string" || !Object.hasOwn(ENCODINGS, encoding)) {
    throw new ArrayFault("literal_error", { expected: "'json', 'base64' or 'binref' as encoding" });
  }
  const { decode, compressible } = ENCODINGS[encoding]!;
  if (compression === null) return { decode, compression };
  if (compression !== "lz4" || !compressible) {
    throw new ArrayFault("literal_error", {
      expected: compressible ? "'lz4' as compression" : `no compression with the encoding '${encoding}'`,
    });
  }
  return { decode, compression: "lz4" } as const;
}

/** Checks a shape in a payload. Throws `ArrayFault`. */
export function readShape(shape: unknown): number[] {
  const sizes = Array.isArray(shape) ? shape.map((size) => typeof size === "bigint" ? Number(size) : size) : shape;
  if (!Array.isArray(sizes) || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ArrayFault("array_shape_mismatch", { actual_shape: shape });
  }
  if (sizes.length > MAX_RANK) {
    throw new ArrayFault("array_shape_mismatch", {
      actual_shape: sizes,
      error: `has ${sizes.length} dimensions, and an array at most ${MAX_RANK}`,
    });
  }
  if (sizes.includes(0) && sizeOf(sizes.filter((size) => size > 0)) > MAX_EMPTY_ROWS) {
    throw new ArrayFault("array_shape_mismatch", { actual_shape: sizes, error: "has too many rows without elements" });
  }
  return sizes.map((size) => size + 0); // -0 becomes 0
}
