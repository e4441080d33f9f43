/**
 * The one interface between bytes and values. A format is one file that implements it, loaded when first asked for.
 * @module
 */
import type { Node } from "../schema/node.ts";
import type { InputFiles } from "../storage/access.ts";
import type { Chunks } from "../storage/chunks.ts";

export type { Chunks };

/** The formats, by the names that the command line and media types use. */
export type FormatName = "json" | "json+base64" | "json+binref" | "msgpack";

/** What decoding needs to know besides the bytes. */
export interface DecodeOptions {
  /** The schema of the payload: says where arrays are expected. */
  readonly schema: Node;
  /**
   * What stands in abstract evaluation for an array is `{shape, dtype}`, or an encoded array whose data is ignored:
   * arrays are left as they are.
   */
  readonly abstract?: boolean;
  /** The files that a payload may refer to. Without it, none. */
  readonly inputFiles?: InputFiles | undefined;
}

/** Where a result's files go. */
export interface OutputFiles {
  /** Absolute local folder or URI. What refers to the files is relative to it. */
  readonly base: string;
  /** The folder in it that they are put into, such as `run_7`; empty for `base` itself. */
  readonly folder: string;
}

/** What encoding needs to know besides the value. */
export interface EncodeOptions {
  readonly compression?: "lz4" | undefined;
  /** Where files go. A format that writes none has no use for it. */
  readonly outputFiles?: OutputFiles | undefined;
}

/** A way to write values with arrays as bytes. */
export interface Format {
  readonly name: FormatName;
  /** `application/…` */
  readonly mediaType: string;
  /** Of a file with a result in this format, without the dot. */
  readonly extension: "json" | "msgpack";
  /**
   * Reads a payload: a tree of JSON values in which every encoded array, where the schema expects one, is an
   * `NdArray`, or the `ArrayFault` that says why it is none. Whole numbers beyond ±(2^53−1) are bigints.
   * Throws `Undecodable` where the bytes are no payload at all.
   */
  decode(chunks: Chunks, options: DecodeOptions): Promise<unknown>;
  /**
   * Writes a result: a tree of JSON values and `NdArray`s (scalars as arrays of shape `[]`). Whatever can fail, fails
   * before the first chunk, and the files that the result refers to are there, whole.
   */
  encode(value: unknown, options: EncodeOptions): Encoded | Promise<Encoded>;
}

/** A result as bytes. `undo` removes the files that it refers to: for who could not pass it on. */
export type Encoded = Chunks & { readonly undo?: (() => Promise<unknown>) | undefined };

/** The bytes are no payload of this format. `position`: the character at which reading failed, if known. */
export class Undecodable extends Error {
  override name = "Undecodable";
  constructor(message: string, readonly position: number | undefined, readonly empty = false) {
    super(message);
  }
}
