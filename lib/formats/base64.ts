/**
 * Strict base64: the standard alphabet, padding, and no other characters.
 * @module
 */

/** The methods of `Uint8Array` that newer versions of Deno have. */
interface NativeBase64 {
  toBase64(): string;
  setFromBase64(text: string, options: { lastChunkHandling: "strict" }): { read: number; written: number };
}

const isNative = "setFromBase64" in Uint8Array.prototype;
// Loaded only if the methods are missing, because node:buffer costs start-up time.
const NodeBuffer = isNative ? undefined : (await import("node:buffer")).Buffer;

/** The length of the base64 string of so many bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** How many bytes a valid base64 string stands for. */
export function base64Bytes(text: string): number {
  return Math.max(0, Math.floor(text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0));
}

export function toBase64(bytes: Uint8Array): string {
  return NodeBuffer === undefined
    ? (bytes as unknown as NativeBase64).toBase64()
    : NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/**
 * Fills `bytes` from a base64 string, which must have exactly that many bytes.
 *
 * @returns whether it was such a string.
 */
export function fillFromBase64(bytes: Uint8Array, text: string): boolean {
  // The native method skips white space: then a string of the right length has too few bytes.
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

/** How many bytes are encoded at a time: a multiple of 3, so that only the last chunk is padded. */
const CHUNK = 3 * 2 ** 17;

/** The base64 string of many bytes, in chunks of half a MiB. */
export function* toBase64Chunks(bytes: Uint8Array): Generator<string> {
  for (let from = 0; from < bytes.length; from += CHUNK) yield toBase64(bytes.subarray(from, from + CHUNK));
}

/**
 * The base64 string of bytes that come in chunks of any size, in chunks of at most half a MiB. `expected`: how many
 * bytes there are, more or less.
 */
export function* chunksToBase64(chunks: Iterable<Uint8Array>, expected: number): Generator<string> {
  const block = new Uint8Array(Math.min(3 * Math.ceil((expected + 1) / 3), CHUNK));
  let filled = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + block.length - filled);
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
