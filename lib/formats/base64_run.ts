/**
 * Long base64 texts in JSON, decoded piece by piece.
 * @module
 */
import { base64Bytes, base64Pieces, fillFromBase64 } from "./base64.ts";
import type { Progress, Window } from "./window.ts";

/** So many characters are decoded at a time. */
const PIECE = 2 ** 15;

/** The memory for bytes whose number is not known grows with what has arrived, but by at most this. */
const LARGEST_BLOCK = 2 ** 26;

/** A base64 text that is decoded already. */
export class Base64Text {
  /** `blocks` are its bytes; `length` is that of the text. */
  constructor(private readonly blocks: readonly Uint8Array<ArrayBuffer>[], readonly length: number) {}

  get byteLength(): number {
    return this.blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** The bytes in a buffer of their own. */
  toBuffer(): ArrayBuffer {
    const [first] = this.blocks;
    if (this.blocks.length === 1 && first!.length === first!.buffer.byteLength) return first!.buffer;
    const bytes = new Uint8Array(this.byteLength);
    let at = 0;
    for (const block of this.blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    return bytes.buffer;
  }

  toString(): string {
    return this.blocks.flatMap((block) => [...base64Pieces(block)]).join("");
  }
}

/** A base64 text that is being read. */
export class Base64Run {
  /** Of what was read, in bytes. */
  length = 0;
  readonly #decoder = new TextDecoder();
  /** Each but the last has a number of bytes that is a multiple of 3, so that it has a text of its own. */
  readonly #blocks: Uint8Array<ArrayBuffer>[] = [];
  #block: Uint8Array<ArrayBuffer>;
  #used = 0;
  #stored = 0;

  /** `expected`: how many bytes it should have, if that is known. */
  constructor(expected = 0) {
    this.#block = allocate(expected);
  }

  /** Reads on, up to the quote behind the text. Stops where no byte is cut apart. */
  read(window: Window): Progress {
    for (;;) {
      const { bytes, at, end, isLast } = window;
      const piece = this.#decoder.decode(bytes.subarray(at, Math.min(at + PIECE, end)));
      const quote = piece.indexOf('"');
      // Four characters at a time. The last ones may be padding, which is so only before the quote.
      const text = piece.slice(0, quote < 0 ? piece.length - 1 & ~3 : quote);
      if (quote < 0 && text === "") return isLast ? "odd" : "more";
      const size = base64Bytes(text);
      if (quote < 0 && text.endsWith("=") || !fillFromBase64(this.#room(size), text)) return "odd";
      this.#used += size;
      this.length += text.length;
      window.at += text.length;
      if (quote >= 0) return "end";
    }
  }

  /** What was read. */
  text(): Base64Text {
    return new Base64Text([...this.#blocks, this.#block.subarray(0, this.#used)], this.length);
  }

  /** Memory for the next so many bytes. */
  #room(size: number): Uint8Array<ArrayBuffer> {
    if (this.#used + size > this.#block.length) {
      if (this.#used > 0) this.#blocks.push(this.#block.subarray(0, this.#used));
      this.#stored += this.#used;
      this.#used = 0;
      this.#block = new Uint8Array(Math.max(size, Math.min(this.#stored, LARGEST_BLOCK)));
    }
    return this.#block.subarray(this.#used, this.#used + size);
  }
}

/** Zeros: memory that is taken when it is written to. None, if so much cannot be had at all. */
function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (error) {
    if (error instanceof RangeError) return new Uint8Array();
    throw error;
  }
}
