/**
 * Base64, strictly: the standard alphabet, padded, nothing else in between.
 * @module
 */

/** What newer run-times know of base64. */
interface NativeBase64 {
  toBase64(): string;
  setFromBase64(text: string, options: { lastChunkHandling: "strict" }): { read: number; written: number };
}

const isNative = "setFromBase64" in Uint8Array.prototype;
// Only where it is needed: node:buffer costs start-up time.
const NodeBuffer = isNative ? undefined : (await import("node:buffer")).Buffer;

/** The length of the base64 text of so many bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** How many bytes a base64 text stands for, if it is one. */
export function base64Bytes(text: string): number {
  return Math.floor(text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}

/** The text of the bytes. */
export function toBase64(bytes: Uint8Array): string {
  return NodeBuffer === undefined
    ? (bytes as unknown as NativeBase64).toBase64()
    : NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/**
 * Fills `bytes` from a base64 text, which must have exactly that many bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new Uint8Array(2);
 * assert(fillFromBase64(bytes, "AAE="));
 * assert.deepEqual(bytes, new Uint8Array([0, 1]));
 * assert(!fillFromBase64(bytes, "AA E="));
 * ```
 *
 * @returns whether it was such a text.
 */
export function fillFromBase64(bytes: Uint8Array, text: string): boolean {
  // White space, which the native method skips, makes a text of the right length too short.
  if (text.length !== base64Length(bytes.length)) return false;
  if (NodeBuffer === undefined) {
    try {
      const native = bytes as unknown as NativeBase64;
      const { read, written } = native.setFromBase64(text, { lastChunkHandling: "strict" });
      return read === text.length && written === bytes.length;
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }
  const padding = "=".repeat((3 - bytes.length % 3) % 3);
  const digits = text.slice(0, text.length - padding.length);
  if (!text.endsWith(padding) || !/^[A-Za-z0-9+/]*$/.test(digits)) return false;
  const buffer = NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  buffer.write(text, "base64");
  // The bits that are left over in the last digit must be zero.
  return buffer.subarray(-(bytes.length % 3) || buffer.length).toString("base64") ===
    text.slice(padding ? -4 : text.length);
}

/** So many bytes are written at a time; a multiple of 3, so that only the last piece is padded. */
const PIECE = 3 * 2 ** 17;

/** The text of many bytes, in pieces of half a MiB. */
export function* base64Pieces(bytes: Uint8Array): Generator<string> {
  for (let from = 0; from < bytes.length; from += PIECE) yield toBase64(bytes.subarray(from, from + PIECE));
}

/** The text of bytes that are made in pieces of any size, some `expected` bytes in all; in pieces of at most half a MiB. */
export function* joinedBase64(pieces: Iterable<Uint8Array>, expected: number): Generator<string> {
  const block = new Uint8Array(Math.min(3 * Math.ceil((expected + 1) / 3), PIECE));
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + block.length - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < block.length) continue;
      yield toBase64(block);
      filled = 0;
    }
  }
  yield toBase64(block.subarray(0, filled));
}
