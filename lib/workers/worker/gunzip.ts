/**
 * Decompression of bodies with `Content-Encoding: gzip`.
 * @module
 */
import type { Gunzip } from "node:zlib";
import { BadEncoding, BodyAborted, BodyTooLarge } from "../body_errors.ts";

/** The size of the chunks of decompressed bytes. */
const CHUNK_SIZE = 2 ** 18;

/**
 * Decompresses a body as it arrives, up to a limit. It may consist of several members, and end with zeros (RFC 1952,
 * 2.2: "members simply appear one after another"): so by Node's zlib, as `DecompressionStream` takes only one.
 */
export async function* gunzip(
  body: Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>,
  limit: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { createGunzip } = await import("node:zlib");
  const decompressor = createGunzip({ chunkSize: CHUNK_SIZE });
  const feeding = feed(decompressor, body);
  feeding.catch((error) => decompressor.destroy(error instanceof Error ? error : new Error(String(error))));
  let size = 0;
  try {
    for await (const chunk of decompressor as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      size += chunk.length;
      if (size > limit) throw new BodyTooLarge(limit);
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
    await feeding; // Zlib ends when padding begins; `feed` throws if something else follows.
  } catch (error) {
    if (error instanceof BodyAborted || error instanceof BodyTooLarge) throw error;
    throw new BadEncoding("the body is not gzip, or is cut off", { cause: error });
  } finally {
    decompressor.destroy();
  }
}

/** Writes a body into the decompressor, as fast as it takes it. Throws if the padding is followed by something else. */
async function feed(
  decompressor: Gunzip,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  let written = 0;
  let isPadding = false;
  for await (const chunk of body) {
    let padding = chunk;
    if (!isPadding) {
      if (decompressor.destroyed) return;
      await new Promise<void>((resolve, reject) => {
        decompressor.write(chunk, (error) => error ? reject(error) : resolve());
      });
      written += chunk.length;
      // Deno 2.4 does not say how much of it zlib has taken: there something behind zeros may go unnoticed.
      const taken = decompressor.bytesWritten ?? written;
      isPadding = taken < written;
      padding = chunk.subarray(chunk.length - (written - taken));
    }
    if (padding.some((byte) => byte !== 0)) throw new Error("something follows the padding");
  }
  decompressor.end();
}
