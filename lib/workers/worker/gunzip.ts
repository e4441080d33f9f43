/**
 * Bodies with `Content-Encoding: gzip`.
 * @module
 */
import type { Gunzip } from "node:zlib";
import { BodyTooLarge } from "../body_too_large.ts";
import { BodyAborted } from "./serve_calls.ts";

/** The body is not what its content encoding says. */
export class BadEncoding extends Error {
  override name = "BadEncoding";
}

/** Decompressed bytes are handed on in pieces of this size. */
const PIECE = 2 ** 18;

/**
 * Decompresses a body as it arrives, up to a limit. It may consist of several members, and end with zeros (RFC 1952,
 * 2.2: "members simply appear one after another"): so by Node's zlib, as `DecompressionStream` takes only one.
 */
export async function* gunzip(
  body: Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>,
  limit: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { createGunzip } = await import("node:zlib");
  const decompressor = createGunzip({ chunkSize: PIECE });
  void feed(decompressor, body);
  let size = 0;
  try {
    for await (const chunk of decompressor as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      size += chunk.length;
      if (size > limit) throw new BodyTooLarge(limit);
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  } catch (error) {
    if (error instanceof BodyAborted || error instanceof BodyTooLarge) throw error;
    throw new BadEncoding("the body is not gzip, or is cut off", { cause: error });
  } finally {
    decompressor.destroy();
  }
}

/** Writes a body into the decompressor, as fast as it takes it; what goes wrong in reading fails the decompression. */
async function feed(
  decompressor: Gunzip,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    for await (const chunk of body) {
      if (decompressor.destroyed) return;
      await new Promise<void>((resolve, reject) => {
        decompressor.write(chunk, (error) => error ? reject(error) : resolve());
      });
    }
    decompressor.end();
  } catch (error) {
    decompressor.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
