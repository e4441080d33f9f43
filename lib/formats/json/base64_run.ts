/**
 * Long base64 texts in JSON, decoded piece by piece.
 * @module
 */
import { base64Bytes, fillFromBase64 } from "../base64.ts";
import { Base64Text } from "../base64_text.ts";
import { release } from "../../arrays/data.ts";
import type { Progress, Window } from "./window.ts";

/** So many characters are decoded at a time. */
const PIECE = 2 ** 16;

/** Memory for bytes whose number is not known is taken as they come: as much as there is already, at most this. */
const LARGEST_BLOCK = 2 ** 26;

/** Memory for a number that is known, but may be wrong: at first, and as a multiple of what has come. */
const FIRST_BLOCK = 2 ** 20;
const STEP = 64;

/** A base64 text that is being read. */
export class Base64Run {
  /** Of what was read, in bytes. */
  length = 0;
  readonly #decoder = new TextDecoder();
  readonly #blocks: Uint8Array<ArrayBuffer>[] = [];
  #block: Uint8Array<ArrayBuffer>;
  /** How many bytes there should be in this block. */
  readonly #expected: number;
  /** How much of the block is in use, and how much there is in the others. */
  #used = 0;
  #stored = 0;

  /** `expected`: how many bytes there should be, if that is known. */
  constructor(expected = 0) {
    this.#expected = expected;
    this.#block = new Uint8Array(Math.min(expected, FIRST_BLOCK));
  }

  /** Reads on, up to the quote behind the text. Stops behind four characters, or behind the last. */
  read(window: Window): Progress {
    for (;;) {
      const { bytes, at, end, isLast } = window;
      // A byte order mark, which is no base64, would be left out. (To have it kept takes twice as long.)
      if (bytes[at] === 0xef) return "odd";
      const piece = this.#decoder.decode(bytes.subarray(at, Math.min(at + PIECE, end)));
      const quote = piece.indexOf('"');
      // The last four may be padded, so they are not read before the quote is there.
      const text = piece.slice(0, quote < 0 ? piece.length - 1 & ~3 : quote);
      if (quote < 0 && text === "") return isLast ? "odd" : "more";
      const size = base64Bytes(text);
      if ((quote < 0 && text.endsWith("=")) || !fillFromBase64(this.#room(size), text)) return "odd";
      this.#used += size;
      this.length += text.length;
      window.at += text.length;
      if (quote >= 0) return "end";
    }
  }

  /** What was read. */
  value(): Base64Text {
    return new Base64Text([...this.#blocks, this.#block.subarray(0, this.#used)], this.length);
  }

  /** What was read, as text again. */
  text(): string {
    return String(this.value());
  }

  /** Memory for the next so many bytes. */
  #room(size: number): Uint8Array<ArrayBuffer> {
    const needed = this.#used + size;
    if (needed > this.#block.length) {
      if (needed <= this.#expected && this.#stored === 0) this.#grow();
      else this.#addBlock(size);
    }
    return this.#block.subarray(this.#used, this.#used + size);
  }

  #grow(): void {
    const larger = new Uint8Array(Math.min(STEP * this.#block.length, this.#expected));
    larger.set(this.#block);
    release(this.#block);
    this.#block = larger;
  }

  #addBlock(size: number): void {
    if (this.#used > 0) this.#blocks.push(this.#block.subarray(0, this.#used));
    this.#stored += this.#used;
    this.#used = 0;
    this.#block = new Uint8Array(Math.max(size, Math.min(this.#stored, LARGEST_BLOCK)));
  }
}
