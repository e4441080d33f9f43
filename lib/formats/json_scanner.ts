/**
 * Large JSON, taken apart as it arrives: long runs of numbers and long base64 texts are decoded at once. What is left
 * is a small text.
 * @module
 */
import type { NumberList } from "../arrays/number_list.ts";
import { Base64Run, type Base64Text } from "./base64_run.ts";
import { expectedBytes } from "./expected_bytes.ts";
import { NumberRun } from "./number_run.ts";
import { skipSpace, Window } from "./window.ts";

const [SPACE, QUOTE, COLON, OPEN, BACKSLASH] = [34 - 2, 34, 58, 91, 92];

/** More brackets than an array has dimensions, or that much space between them, begin no run. */
const MAX_RANK = 64;
const LONGEST_OPENING = 1024;

/** Numbers are collected in blocks of this length. */
const BLOCK = 8192;

/** When something is large enough to be taken out, in bytes. */
export interface Sizes {
  readonly numbers: number;
  readonly text: number;
  /** So much is looked at at a time: several of the other two, and a few kilobytes more. */
  readonly window: number;
}

/** A part of what is left, and the length, in UTF-16 units, that it had in the payload. */
export interface Part {
  readonly text: string;
  readonly length: number;
}

/** Takes JSON apart. */
export class Scanner {
  /** What is left. The texts `mark + i` in it stand for `taken[i]`. */
  readonly parts: Part[] = [];
  /** A list of rank n stands in n lists that hold nothing else. */
  readonly taken: (NumberList | Base64Text)[] = [];
  /** No payload knows it. */
  readonly mark: string = crypto.randomUUID();
  readonly #window: Window;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #block = new Float64Array(BLOCK);
  /** Where in the window the text begins that was not yet decided on. */
  #textStart = 0;
  /** What may be taken out, and where in the window it began. */
  #run: NumberRun | Base64Run | undefined;
  #runStart = 0;
  /** It is large enough, and its beginning no longer in the window. */
  #isTaken = false;
  /** Is this the inside of a text? Is it the place for the value of a field? */
  #inText = false;
  #afterColon = false;

  constructor(private readonly sizes: Sizes) {
    this.#window = new Window(sizes.window);
  }

  /** Takes the next bytes. Throws a `TypeError` if they are no UTF-8. */
  push(chunk: Uint8Array): void {
    const window = this.#window;
    for (let at = 0; at < chunk.length;) {
      const keep = this.#run === undefined || this.#isTaken ? window.at : this.#runStart;
      if (!this.#isTaken) this.#leave(keep);
      at += window.move(keep, chunk.subarray(at));
      this.#textStart = this.#runStart = 0;
      this.#scan();
    }
  }

  /** There are no more bytes. */
  finish(): void {
    this.#window.isLast = true;
    this.#scan();
    this.#leave(this.#window.end);
    this.#decoder.decode();
  }

  #scan(): void {
    for (;;) {
      if (this.#run === undefined && !this.#findRun()) return;
      const run = this.#run!;
      const progress = run.read(this.#window);
      if (!this.#isTaken && run.length >= this.sizes.numbers) {
        this.#leave(this.#runStart);
        this.#isTaken = true;
      }
      if (progress === "more") return;
      if (this.#isTaken) {
        const text = progress === "odd" ? run.text() : run instanceof NumberRun ? ;
        this.parts.push({ text, length: run.length });
        this.#textStart = this.#window.at;
      }
      this.#run = undefined;
      this.#isTaken = false;
    }
  }
}
