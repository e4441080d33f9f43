/**
 * Bytes that arrive in pieces.
 * @module
 */
import { Undecodable } from "./format.ts";

/** The bytes of all chunks in one piece. */
export function concat<Bytes extends Uint8Array>(chunks: readonly Bytes[]): Bytes | Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The bytes as text; a byte order mark is left out. Throws `Undecodable` for what is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return asText(() => decoder.decode(bytes));
}

/** Makes a text by joining texts or by decoding bytes. Throws `Undecodable` if it is too long, or not UTF-8. */
export function asText(make: () => string): string {
  try {
    return make();
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    throw new Undecodable(isTooLong ? "it is too long for one text" : "it is not UTF-8", undefined);
  }
}
