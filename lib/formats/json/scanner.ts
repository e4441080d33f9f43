/**
 * Large JSON, taken apart as it arrives: long runs of numbers and long base64 texts are decoded at once. What is left
 * is a small text.
 * @module
 */
import { MAX_RANK } from "../../arrays/ndarray.ts";
import type { NumberList } from "../../arrays/number_list.ts";
import { Base64Run } from "./base64_run.ts";
import type { Base64Text } from "../base64_text.ts";
import { asText } from "../chunks.ts";
import { expectedBytes } from "./expected_bytes.ts";
import { NumberRun } from "./number_run.ts";
import { skipSpace, Window } from "./window.ts";

const [SPACE, QUOTE, COLON, OPEN, BACKSLASH] = [32, 34, 58, 91, 92];

/** The first characters of numbers, and of what may stand for one: NaN, Infinity, null. */
const NUMBERS = new Set([..."-0123456789NIn"].map((char) => char.charCodeAt(0)));

/** More brackets than an array may have dimensions, or that much space between them, begin no run. */
const LONGEST_OPENING = 1024;

/** So many numbers are collected at a time. */
const BLOCK = 8192;

/** As much text as there is before the buffer of an array. */
const HEAD = 1024;

/** How a payload is taken apart. */
export interface Sizes {
  /** What is at least so long is taken out, in bytes. */
  readonly large: number;
  /** So much is looked at at a time: several times `large`, and some kilobytes more. */
  readonly window: number;
}

/** A part of the text that is left. `length`: what it had in the payload, in UTF-16 units. */
export interface Part {
  readonly text: string;
  readonly length: number;
}

/** Takes JSON apart. */
export class Scanner {
  /** The text that is left. In it `mark + i` stands for `taken[i]`. */
  readonly parts: Part[] = [];
  /** For nested lists of rank n that is in n lists, which hold nothing else. */
  readonly taken: (NumberList | Base64Text)[] = [];
  /** No payload knows it. */
  readonly mark: string = crypto.randomUUID();
  readonly #window: Window;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #block = new Float64Array(BLOCK);
  /** Where in the window the text begins that is not left yet. */
  #textStart = 0;
  /** What may be taken out, and where in the window it begins, unless that much was read that it will be. */
  #run: NumberRun | Base64Run | undefined;
  #runStart = 0;
  #isLarge = false;
  /** Is this the inside of a text? Is it the place of a field's value? */
  #inText = false;
  #afterColon = false;

  constructor(private readonly sizes: Sizes) {
    this.#window = new Window(sizes.window);
  }

  /** Takes the next bytes. Throws `Undecodable` if they are no UTF-8. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const keep = this.#run === undefined || this.#isLarge ? this.#window.at : this.#runStart;
      if (!this.#isLarge) this.#leave(keep);
      at += this.#window.move(keep, chunk.subarray(at));
      this.#textStart = this.#runStart = 0;
      this.#scan();
    }
  }

  /** There are no more bytes. Throws like `push`. */
  finish(): void {
    this.#window.isLast = true;
    this.#scan();
    this.#leave(this.#window.end);
    asText(() => this.#decoder.decode());
  }

  #scan(): void {
    while (this.#run !== undefined || this.#findRun()) {
      const run = this.#run!;
      const progress = run.read(this.#window);
      if (!this.#isLarge && run.length >= this.sizes.large) {
        this.#leave(this.#runStart);
        this.#isLarge = true;
      }
      if (progress === "more") return;
      if (this.#isLarge) {
        this.parts.push({ text: progress === "end" ? this.#take(run) : asText(() => run.text()), length: run.length });
        this.#textStart = this.#window.at;
      }
      this.#run = undefined;
      this.#isLarge = false;
    }
  }

  /** Returns what stands for it. */
  #take(run: NumberRun | Base64Run): string {
    const name = `${this.mark}${this.taken.push(run.value()) - 1}`;
    return run instanceof NumberRun ? `"${name}"` : name;
  }

  /** Leaves what is before `end` as text. */
  #leave(end: number): void {
    const bytes = this.#window.bytes.subarray(this.#textStart, end);
    const text = asText(() => this.#decoder.decode(bytes, { stream: true }));
    this.parts.push({ text, length: text.length });
    this.#textStart = end;
  }

  /** Looks for the beginning of a run. */
  #findRun(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    let { at } = window;
    while (at < end) {
      const byte = bytes[at]!;
      let next = at + 1;
      if (this.#inText) next = this.#readText(at);
      else if (byte === QUOTE) next = this.#openText(at);
      else if (byte === OPEN) next = this.#openLists(at);
      else if (byte > SPACE) this.#afterColon = byte === COLON;
      // Not a step further: this is a run, or more has to be seen.
      if (next === at) break;
      at = next;
    }
    window.at = this.#run === undefined ? at : this.#runStart;
    return this.#run !== undefined;
  }

  /** To behind the quote at the end of a text, as far as it is there. */
  #readText(at: number): number {
    const { bytes, end, isLast } = this.#window;
    while (at < end) {
      const byte = bytes[at++];
      if (byte === BACKSLASH && at++ === end) return isLast ? end : end - 1;
      if (byte !== QUOTE) continue;
      this.#inText = false;
      break;
    }
    return at;
  }

  #openText(at: number): number {
    const { bytes, end, isLast } = this.#window;
    const enough = at + this.sizes.large;
    let quote = at + 1;
    while (quote < end && quote < enough && bytes[quote] !== QUOTE) quote++;
    if (quote === end && !isLast && quote < enough) return at;
    const isLong = quote === enough && this.#afterColon;
    this.#afterColon = false;
    if (bytes[quote] === QUOTE && bytes[quote - 1] !== BACKSLASH) return quote + 1;
    this.#inText = true;
    if (!isLong) return at + 1;
    this.#leave(at + 1);
    this.#run = new Base64Run(expectedBytes(this.parts.slice(-2).map(({ text }) => text).join("").slice(-HEAD)));
    this.#runStart = at + 1;
    return at;
  }

  #openLists(at: number): number {
    const { bytes, end, isLast } = this.#window;
    let rank = 0;
    let next = at;
    for (; bytes[next] === OPEN; next = skipSpace(bytes, next + 1)) rank++;
    if (next >= end && !isLast && next - at < LONGEST_OPENING) return at;
    this.#afterColon = false;
    if (rank > MAX_RANK || !NUMBERS.has(bytes[next]!)) return Math.min(next, end);
    this.#run = new NumberRun(rank, this.sizes.large, this.#block);
    this.#runStart = next;
    return at;
  }
}
