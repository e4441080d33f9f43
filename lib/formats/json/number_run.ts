/**
 * Runs of numbers in JSON: all numbers of a list, or of lists in lists that are not ragged.
 *
 * Between two numbers of a run there is a comma, or n brackets that close, a comma, and n brackets that open.
 * @module
 */
import { type Block, NumberList } from "../../arrays/number_list.ts";
import { readDecimal } from "./decimal.ts";
import { leafText, readLeaf } from "./leaf.ts";
import { type Progress, skipSpace, type Window } from "./window.ts";

const [COMMA, SPACE, OPEN, CLOSE] = [44, 32, 91, 93];

/** No element is longer than this, and no white space between two; else they are none of a run. */
const LONGEST = 1024;

/** Where `further` came to, if not behind a number. */
const [MORE, END, ODD] = [-1, -2, -3];

/** A run of numbers that is being read. */
export class NumberRun {
  /** From the first number to behind the last one, in bytes. */
  length = 0;
  readonly #blocks: Block[] = [];
  /** How many numbers are in `block`, and how many were there before. */
  #used = 0;
  #stored = 0;
  /** What in the block is no number, by its place. */
  #others = new Map<number, unknown>();
  /** How many numbers are in a list of each level, the innermost first, as far as one has ended. */
  readonly #counts: number[] = [];
  /** How many numbers there are before the innermost list that is being read. */
  #before = 0;

  /**
   * Before the first number there are `rank` brackets. A list of at least `large` bytes is a run of its own. In `block`
   * numbers are collected; nobody else may use it meanwhile.
   */
  constructor(private readonly rank: number, private readonly large: number, private readonly block: Float64Array) {}

  /** Reads on: from the first number, or from behind the last one that was read. Stops behind a number. */
  read(window: Window): Progress {
    const { bytes, view, end } = window;
    const { block } = this;
    for (;;) {
      let at = window.at;
      let used = this.#used;
      // The common case in a loop of its own: this is what large payloads wait for.
      while (bytes[at] === COMMA && used < block.length) {
        const next = readDecimal(bytes, view, bytes[at + 1] === SPACE ? at + 2 : at + 1, block, used);
        if (next < 0 || next >= end) break;
        at = next;
        used++;
      }
      this.#used = used;
      this.#advance(window, at);
      if (used === block.length) this.#putAway();
      at = this.#further(window);
      if (at === MORE && end - window.at <= LONGEST) return "more";
      if (at < 0) return at === END ? "end" : "odd";
      this.#used++;
      this.#advance(window, at);
    }
  }

  /** The list that it is, when it has ended. */
  value(): NumberList {
    this.#putAway();
    const sizes: number[] = [];
    let inner = 1;
    for (const count of this.#counts) {
      sizes.unshift(count / inner);
      inner = count;
    }
    return new NumberList(sizes, this.#blocks);
  }

  /** What was read, as text again. A space keeps the last number apart from what is behind, as in `1.0.5`. */
  text(): string {
    this.#putAway();
    let text = "";
    let index = 0;
    for (const block of this.#blocks) for (const leaf of block) text += this.#separator(index++) + leafText(leaf);
    return `${text} `;
  }

  get #count(): number {
    return this.#stored + this.#used;
  }

  #advance(window: Window, at: number): void {
    this.length += at - window.at;
    window.at = at;
  }

  #putAway(): void {
    const numbers = this.block.slice(0, this.#used);
    if (this.#others.size === 0) this.#blocks.push(numbers);
    else {
      const mixed: unknown[] = Array.from(numbers);
      for (const [index, leaf] of this.#others) mixed[index] = leaf;
      this.#blocks.push(mixed);
      this.#others.clear();
    }
    this.#stored += this.#used;
    this.#used = 0;
  }

  /** Reads whatever may be between two numbers, and a number. Returns where that ends, or why there is none. */
  #further({ bytes, view, at, end, isLast }: Window): number {
    const cutOff = isLast ? ODD : MORE;
    const isFirst = this.#count === 0;
    let closes = 0;
    if (!isFirst) {
      at = skipSpace(bytes, at);
      for (; bytes[at] === CLOSE; at = skipSpace(bytes, at + 1)) closes++;
      if (at >= end && !isLast) return MORE;
      if (closes > 0 && !this.#close(Math.min(closes, this.rank))) return ODD;
      if (closes > 0 && this.#isWhole(closes)) return END;
      if (bytes[at] !== COMMA) return ODD;
      at = skipSpace(bytes, at + 1);
      for (let opens = 0; opens < closes; opens++, at = skipSpace(bytes, at + 1)) {
        if (bytes[at] !== OPEN) return at < end ? ODD : cutOff;
      }
    }
    let next = readDecimal(bytes, view, at, this.block, this.#used);
    if (next < 0) {
      if (end - at < LONGEST && !isLast) return MORE;
      const leaf = readLeaf(bytes, at, Math.min(at + LONGEST, end));
      if (leaf === undefined) return ODD;
      if (typeof leaf.value === "number") this.block[this.#used] = leaf.value;
      else this.#others.set(this.#used, leaf.value);
      next = leaf.end;
    }
    if (next >= end) return cutOff;
    if (closes > 0) this.#before = this.#count;
    return next;
  }

  /** The lists of so many levels end here: is that right for a list that is not ragged? */
  #close(levels: number): boolean {
    const counts = this.#counts;
    const count = this.#count;
    if (counts.length > 0 && count - this.#before !== counts[0]) return false;
    for (let level = 0; level < counts.length; level++) {
      if ((count % counts[level]! === 0) !== level < levels) return false;
    }
    while (counts.length < levels) counts.push(count);
    return true;
  }

  /** So many brackets close: is this the end of the run? */
  #isWhole(closes: number): boolean {
    return closes >= this.rank || (this.length >= this.large && this.#counts[closes - 1] === this.#count);
  }

  /** What is before the number with this index. */
  #separator(index: number): string {
    if (index === 0) return "";
    let closes = 0;
    while (index <= this.#before && index % (this.#counts[closes] ?? Infinity) === 0) closes++;
    return "]".repeat(closes) + "," + "[".repeat(closes);
  }
}
