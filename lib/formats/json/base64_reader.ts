import { release } from "../../arrays/data.ts";
import { DTYPES, isDType } from "../../arrays/dtypes.ts";
import { sizeOf } from "../../arrays/ndarray.ts";
import { base64Bytes, fillFromBase64 } from "../base64.ts";
import { Base64String } from "../extracted.ts";
import type { ReadUntil, StreamBuffer } from "./stream_buffer.ts";

/** How many characters are decoded at a time. */
const CHUNK = 2 ** 16;

/**
 * The first allocation, in bytes, and how much larger the next one may be. A client may announce any size, so memory is
 * allocated only as data arrive: after 1 MiB at most 64 MiB, and so on.
 */
const FIRST_CAPACITY = 2 ** 20;
const GROWTH = 64;

/** Reads one base64 string while it arrives. */
export class Base64Reader {
  /** How many characters were read. */
  length = 0;
  readonly #decoder = new TextDecoder();
  #bytes: Uint8Array<ArrayBuffer>;
  /** How many of the bytes are filled. */
  #filled = 0;

  /** `expected`: how many bytes the string probably has; 0 if unknown. */
  constructor(private readonly expected: number) {
    this.#bytes = new Uint8Array(Math.min(expected, FIRST_CAPACITY));
  }

  /** Reads on, up to the closing quote. Stops only at a multiple of four characters, or at the end. */
  read(buffer: StreamBuffer): ReadUntil {
    for (;;) {
      const { bytes, at, end, isLast } = buffer;
      // The decoder would drop a byte order mark, of which this is the first byte. (Keeping them takes twice as long.)
      if (bytes[at] === 0xef) return "unexpected";
      const chunk = this.#decoder.decode(bytes.subarray(at, Math.min(at + CHUNK, end)));
      const quote = chunk.indexOf('"');
      // Padding is valid only in the last four characters, which are followed by the quote.
      const text = chunk.slice(0, quote < 0 ? chunk.length - 1 & ~3 : quote);
      if (quote < 0 && text === "") return isLast ? "unexpected" : "more";
      const size = base64Bytes(text);
      if ((quote < 0 && text.endsWith("=")) || !fillFromBase64(this.#next(size), text)) return "unexpected";
      this.#filled += size;
      this.length += text.length;
      buffer.at += text.length;
      if (quote >= 0) return "end";
    }
  }

  value(): Base64String {
    const isFull = this.#filled === this.#bytes.length;
    return new Base64String(isFull ? this.#bytes : this.#bytes.slice(0, this.#filled), this.length);
  }

  /** What was read, as a string again: needed if the string turns out not to be base64 to its end. */
  text(): string {
    return String(this.value());
  }

  /** The part of the buffer for the next `size` bytes; enlarges it if needed. */
  #next(size: number): Uint8Array<ArrayBuffer> {
    const needed = this.#filled + size;
    if (needed > this.#bytes.length) {
      const isExpected = needed <= this.expected;
      const capacity = isExpected ? Math.min(GROWTH * this.#bytes.length, this.expected) : 2 * needed;
      const larger = new Uint8Array(Math.max(capacity, needed));
      larger.set(this.#bytes.subarray(0, this.#filled));
      release(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes.subarray(this.#filled, needed);
  }
}

/** The text before the buffer of an encoded array whose shape and dtype come first. */
const BEFORE_BUFFER =
  /"shape"\s*:\s*\[([\d\s,]*)\]\s*,\s*"dtype"\s*:\s*"(\w+)"\s*,\s*"data"\s*:\s*\{[^{}]*"buffer"\s*:\s*"$/;

/** A larger size in a payload is ignored. */
const MAX_EXPECTED = 2 ** 32;

/**
 * How many bytes the buffer of an array should have, guessed from the JSON text before it; 0 if that does not tell.
 * Only the allocation of memory depends on it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(expectedBytes('{"shape": [2, 3], "dtype": "float32", "data": {"buffer": "'), 24);
 * assert.equal(expectedBytes('{"data": {"buffer": "'), 0);
 * ```
 */
export function expectedBytes(text: string): number {
  const [, sizes = "", dtype] = BEFORE_BUFFER.exec(text) ?? [];
  if (!isDType(dtype)) return 0;
  const bytes = sizeOf(sizes.trim() === "" ? [] : sizes.split(",").map(Number)) * DTYPES[dtype].bytes;
  return bytes <= MAX_EXPECTED ? bytes : 0;
}
