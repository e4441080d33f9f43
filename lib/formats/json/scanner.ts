import { MAX_RANK } from "../../arrays/ndarray.ts";
import { asText } from "../chunks.ts";
import { Base64Reader, expectedBytes } from "./base64_reader.ts";
import type { Extracted } from "../extracted.ts";
import { Undecodable } from "../format.ts";
import { NumberListReader } from "./number_list_reader.ts";
import { skipSpace, StreamBuffer } from "./stream_buffer.ts";

const [SPACE, QUOTE, COLON, OPEN, BACKSLASH] = [32, 34, 58, 91, 92];

/** The first characters of numbers, and of what stands for a number: NaN, Infinity, null. */
const NUMBERS = new Set([..."-0123456789NIn"].map((char) => char.charCodeAt(0)));

/** In bytes. A longer sequence of brackets and white space is not taken for the beginning of a list of numbers. */
const LONGEST_OPENING = 1024;

/** The size of the buffer in which numbers are collected. */
const BLOCK = 8192;

/** How many characters before the buffer of an array are searched for its shape and dtype. */
const BEFORE_BUFFER = 1024;

export interface Sizes {
  /** Strings and lists of at least so many bytes are extracted. */
  readonly large: number;
  /** The largest length, in UTF-16 units, of the text that is left after extraction: it must fit into a string. */
  readonly text: number;
  /** The size of the buffer: several times `large`, and some kilobytes more. */
  readonly buffer: number;
}

/** A part of the text that is left. `length`: the length, in UTF-16 units, of the payload text that it stands for. */
export interface TextPart {
  readonly text: string;
  readonly length: number;
}

/**
 * Scans a large JSON text while it arrives. Long lists of numbers and long base64 strings are decoded at once and
 * extracted: a placeholder stands for each in the text that is left, which is small.
 */
export class Scanner {
  /** The text that is left. In it the string `placeholder + i` stands for `extracted[i]`. */
  readonly parts: TextPart[] = [];
  /** The placeholder of a list of rank n is in n lists that hold nothing else. */
  readonly extracted: Extracted[] = [];
  /** Random, so that no payload can contain it. */
  readonly placeholder: string = crypto.randomUUID();
  #textLength = 0;
  readonly #buffer: StreamBuffer;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #block = new Float64Array(BLOCK);
  /** The index in the buffer of the first byte of text that is not in `parts` yet. */
  #textStart = 0;
  /**
   * Reads a string or list that may be large. Until it is known to be large (`#isLarge`), its bytes stay in the buffer,
   * from `#readerStart` on, in case they have to be read as text.
   */
  #reader: NumberListReader | Base64Reader | undefined;
  #readerStart = 0;
  #isLarge = false;
  #insideString = false;
  /** Was a colon the last character but white space? Only values of fields are extracted as base64. */
  #afterColon = false;

  constructor(private readonly sizes: Sizes) {
    this.#buffer = new StreamBuffer(sizes.buffer);
  }

  /** Takes the next bytes. Throws `Undecodable` if they are not UTF-8. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const keep = this.#reader === undefined || this.#isLarge ? this.#buffer.at : this.#readerStart;
      if (!this.#isLarge) this.#addText(keep);
      at += this.#buffer.add(chunk.subarray(at), keep);
      this.#textStart = this.#readerStart = 0;
      this.#scan();
    }
  }

  /** No bytes follow. Throws like `push`. */
  finish(): void {
    this.#buffer.isLast = true;
    this.#scan();
    this.#addText(this.#buffer.end);
    asText(() => this.#decoder.decode());
  }

  #scan(): void {
    while (this.#reader !== undefined || this.#findReader()) {
      const reader = this.#reader!;
      const stopped = reader.read(this.#buffer);
      if (!this.#isLarge && reader.length >= this.sizes.large) {
        this.#addText(this.#readerStart);
        this.#isLarge = true;
      }
      if (stopped === "more") return;
      if (this.#isLarge) {
        const text = stopped === "end" ? this.#extract(reader) : asText(() => reader.text());
        this.#addPart(text, reader.length);
        this.#textStart = this.#buffer.at;
      }
      this.#reader = undefined;
      this.#isLarge = false;
    }
  }

  /** Extracts what was read, and returns the placeholder for it. */
  #extract(reader: NumberListReader | Base64Reader): string {
    const name = `${this.placeholder}${this.extracted.push(reader.value()) - 1}`;
    return reader instanceof NumberListReader ? `"${name}"` : name;
  }

  /** Adds the bytes before `end` to the text that is left. */
  #addText(end: number): void {
    const bytes = this.#buffer.bytes.subarray(this.#textStart, end);
    const text = asText(() => this.#decoder.decode(bytes, { stream: true }));
    this.#addPart(text, text.length);
    this.#textStart = end;
  }

  /** Checks the length as parts arrive, because of decompression bombs: a body of 10 MB can be a text of 10 GB. */
  #addPart(text: string, length: number): void {
    this.#textLength += text.length;
    if (this.#textLength > this.sizes.text) throw new Undecodable("it is too long for a string", undefined);
    this.parts.push({ text, length });
  }

  /** Goes to the next string or list that may be large, and makes a reader for it. Returns whether there is one. */
  #findReader(): boolean {
    const buffer = this.#buffer;
    const { bytes, end } = buffer;
    let { at } = buffer;
    while (at < end) {
      const byte = bytes[at]!;
      let next = at + 1;
      if (this.#insideString) next = this.#skipString(at);
      else if (byte === QUOTE) next = this.#beginString(at);
      else if (byte === OPEN) next = this.#beginList(at);
      else if (byte > SPACE) this.#afterColon = byte === COLON;
      // Either there is a reader now, or more bytes are needed to decide.
      if (next === at) break;
      at = next;
    }
    buffer.at = this.#reader === undefined ? at : this.#readerStart;
    return this.#reader !== undefined;
  }

  /** Returns the index after the quote that ends a string, or where the bytes received so far end. */
  #skipString(at: number): number {
    const { bytes, end, isLast } = this.#buffer;
    while (at < end) {
      const byte = bytes[at++];
      if (byte === BACKSLASH && at++ === end) return isLast ? end : end - 1;
      if (byte !== QUOTE) continue;
      this.#insideString = false;
      break;
    }
    return at;
  }

  #beginString(at: number): number {
    const { bytes, end, isLast } = this.#buffer;
    const enough = at + this.sizes.large;
    let quote = at + 1;
    while (quote < end && quote < enough && bytes[quote] !== QUOTE) quote++;
    if (quote === end && !isLast && quote < enough) return at;
    const isLong = quote === enough && this.#afterColon;
    this.#afterColon = false;
    if (bytes[quote] === QUOTE && bytes[quote - 1] !== BACKSLASH) return quote + 1;
    this.#insideString = true;
    if (!isLong) return at + 1;
    this.#addText(at + 1);
    const before = this.parts.slice(-2).map(({ text }) => text).join("").slice(-BEFORE_BUFFER);
    this.#reader = new Base64Reader(expectedBytes(before));
    this.#readerStart = at + 1;
    return at;
  }

  #beginList(at: number): number {
    const { bytes, end, isLast } = this.#buffer;
    let rank = 0;
    let next = at;
    for (; bytes[next] === OPEN; next = skipSpace(bytes, next + 1)) rank++;
    if (next >= end && !isLast && next - at < LONGEST_OPENING) return at;
    this.#afterColon = false;
    if (rank > MAX_RANK || !NUMBERS.has(bytes[next]!)) return Math.min(next, end);
    this.#reader = new NumberListReader(rank, this.sizes.large, this.#block);
    this.#readerStart = next;
    return at;
  }
}
