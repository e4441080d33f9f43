/**
 * What a format is: the one interface between bytes and values.
 * @module
 */
import type { Node } from "../schema/node.ts";
import type { InputFiles } from "../storage/access.ts";
import type { Chunks } from "../storage/backend.ts";

/** What decoding needs to know besides the bytes. */
export interface DecodeOptions {
  /** The schema of the payload: it says where arrays are expected. */
  readonly schema: Node;
  /**
   * Abstract evaluation has `{shape, dtype}` in place of an array, or an encoded array whose data are ignored: arrays
   * are not decoded.
   */
  readonly abstract?: boolean;
  /** Where the payload may refer to files. Without it, it may not. */
  readonly inputFiles?: InputFiles | undefined;
}

/** Where the files of a result go. */
export interface OutputFiles {
  /** An absolute local folder, or a URI. References to the files are relative to it. */
  readonly base: string;
  /** The folder inside `base` that the files are put into, such as `run_7`; empty for `base` itself. */
  readonly folder: string;
}

/** What encoding needs to know besides the value. */
export interface EncodeOptions {
  readonly compression?: "lz4" | undefined;
  /** Needed by formats that write files. */
  readonly outputFiles?: OutputFiles | undefined;
}

export interface Codec {
  /**
   * Reads a payload. Returns a tree of JSON values in which every encoded array, where the schema expects one, is an
   * `NdArray`, or the `ArrayFault` that says why it cannot be decoded. Whole numbers beyond ±(2^53−1) are bigints.
   * Throws `Undecodable` if the bytes are not a payload at all. If it has to wait, it returns a promise of the tree.
   */
  decode(chunks: Chunks, options: DecodeOptions): unknown;
  /**
   * Writes a result: a tree of JSON values and `NdArray`s (scalars are arrays of shape `[]`), as validation leaves it.
   * Everything that can fail does so before the first chunk, and by then the files that it refers to are complete.
   */
  encode(value: unknown, options: EncodeOptions): Encoded | Promise<Encoded>;
}

/** A result as bytes. `undo` removes the files that it refers to: for a caller that could not deliver the result. */
export type Encoded = Chunks & { readonly undo?: (() => Promise<unknown>) | undefined };

/** The bytes are not a payload of this format. `position`: the character at which reading failed, if known. */
export class Undecodable extends Error {
  override name = "Undecodable";
  constructor(message: string, readonly position: number | undefined, readonly empty = false) {
    super(message);
  }
}

/** User code has transferred the buffer of an array while it was being sent, so the result cannot be completed. */
export function detachedArray(): Error {
  return new TypeError("An array of the result was detached while it was sent");
}
