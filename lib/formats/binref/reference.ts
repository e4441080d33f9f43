import type { DType } from "../../arrays/dtypes.ts";
import type { ArrayFault } from "../../arrays/fault.ts";
import { Base64String } from "../extracted.ts";
import { decodeError } from "../buffers.ts";

/** Where the bytes of an array are. */
export interface Reference {
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
  /** The size of compressed data in bytes. */
  readonly size: number | undefined;
}

/** An array whose elements are still to be read from a file, or to be decompressed. */
export class PendingArray {
  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    /** A place in a file, or the compressed bytes themselves. */
    readonly source: Reference | Uint8Array<ArrayBuffer>,
    readonly compression: "lz4" | null,
  ) {}
}

/** `array_decode_error`: the reference is malformed, or does not fit the file. */
export function binrefError(error: string): ArrayFault {
  return decodeError("binref", error);
}

/** Parses a reference. Throws `ArrayFault`. */
export function parseReference(buffer: unknown): Reference {
  if (buffer instanceof Base64String) buffer = String(buffer);
  const parts = typeof buffer === "string" ? /^(.+?)(?::(\d+)(?::(\d+))?)?$/s.exec(buffer) : null;
  if (parts === null) throw binrefError("the buffer is not a string of the form path, path:offset or path:offset:size");
  const [, path, offset = "0", size] = parts;
  return { path: path!, offset: Number(offset), size: size === undefined ? undefined : Number(size) };
}
