import { Undecodable } from "./format.ts";

/** The bytes of all chunks together. */
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

/** Decodes UTF-8, and drops a byte order mark. Throws `Undecodable` for anything else. */
export function decodeUtf8(bytes: Uint8Array): string {
  return asText(() => decoder.decode(bytes));
}

/** Runs a function that joins strings or decodes bytes. Throws `Undecodable` if it fails: too long, or not UTF-8. */
export function asText(make: () => string): string {
  try {
    return make();
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    throw new Undecodable(isTooLong ? "it is too long for a string" : "it is not UTF-8", undefined);
  }
}
