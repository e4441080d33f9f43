/**
 * The one interface between bytes and values. A format is one file that implements it, loaded when first asked for.
 * @module
 */
import type { Node } from "../schema/node.ts";

/** Bytes in pieces, as they arrive or as they are made. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

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
}

/** What encoding needs to know besides the value. */
export interface EncodeOptions {
  readonly compression?: "lz4" | undefined;
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
   * before the first chunk.
   */
  encode(value: unknown, options: EncodeOptions): Chunks;
}

/** The bytes are no payload of this format. `position`: the character at which reading failed, if known. */
export class Undecodable extends Error {
  override name = "Undecodable";
  constructor(message: string, readonly position: number | undefined, readonly empty = false) {
    super(message);
  }
}
