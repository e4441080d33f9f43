/**
 * References to arrays in files: `path`, `path:offset` or `path:offset:compressed_size`.
 * @module
 */
import type { DType } from "../../arrays/dtypes.ts";
import type { ArrayFault } from "../../arrays/fault.ts";
import { Base64Text } from "../base64_text.ts";
import { decodeError } from "../buffers.ts";

/** Where the bytes of an array are. */
export interface Reference {
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
  /** Said only, and needed, for what is compressed. */
  readonly size: number | undefined;
}

/** An array whose elements are in a file, or are to be expanded, and not read yet. */
export class Unread {
  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    /** Where they are, or what they are compressed to. */
    readonly from: Reference | Uint8Array<ArrayBuffer>,
    readonly compression: "lz4" | null,
  ) {}
}

/** `array_decode_error`: the file, or the reference to it, is not what it should be. */
export function binrefError(error: string): ArrayFault {
  return decodeError("binref", error);
}

/**
 * Takes a reference apart. Throws `ArrayFault`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseReference("a.bin"), { path: "a.bin", offset: 0, size: undefined });
 * assert.deepEqual(parseReference("s3://b/a:b.bin:8"), { path: "s3://b/a:b.bin", offset: 8, size: undefined });
 * assert.deepEqual(parseReference("a.bin:8:20"), { path: "a.bin", offset: 8, size: 20 });
 * ```
 */
export function parseReference(buffer: unknown): Reference {
  if (buffer instanceof Base64Text) buffer = String(buffer);
  const parts = typeof buffer === "string" ? /^(.+?)(?::(\d+)(?::(\d+))?)?$/s.exec(buffer) : null;
  if (parts === null) throw binrefError("the buffer is no text of the form path, path:offset or path:offset:size");
  const [, path, offset = "0", size] = parts;
  return { path: path!, offset: Number(offset), size: size === undefined ? undefined : Number(size) };
}
