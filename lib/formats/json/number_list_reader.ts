import { type Block, NumberList } from "../../arrays/number_list.ts";
import { realText } from "../../arrays/numbers.ts";
import { Undecodable } from "../format.ts";
import { readDecimal } from "./decimal.ts";
import { numberOf, parseJson, WORDS } from "./parse.ts";
import { type ReadUntil, skipSpace, type StreamBuffer } from "./stream_buffer.ts";

const [QUOTE, COMMA, SPACE, OPEN, CLOSE] = [34, 44, 32, 91, 93];

/** In bytes. Longer elements, or more white space between two, are left to the JSON parser. */
const LONGEST = 1024;

/** What `#readNext` returns if it does not come to the end of an element. */
const [MORE, END, UNEXPECTED] = [-1, -2, -3];

/**
 * Reads a long list of numbers in JSON while it arrives, or a list of such lists that is not ragged: between two
 * numbers there is a comma, or n closing brackets, a comma, and n opening brackets.
 */
export class NumberListReader {
  /** From the first number to the end of the last one, in bytes. */
  length = 0;
  readonly #blocks: Block[] = [];
  /** How many elements are in `block`, and how many are in the blocks before. */
  #used = 0;
  #stored = 0;
  /** The elements in `block` that are not numbers, by their index. */
  #others = new Map<number, unknown>();
  /** How many elements a list has at each level, the innermost first; only for levels at which a list has ended. */
  readonly #counts: number[] = [];
  /** How many elements come before the innermost list that is being read. */
  #before = 0;

  /**
   * @param rank how many brackets are before the first number
   * @param large a list of this many bytes becomes a value of its own, even if the list around it goes on
   * @param block a buffer for the numbers, which nothing else may use at the same time
   */
  constructor(private readonly rank: number, private readonly large: number, private readonly block: Float64Array) {}

  /** Reads on, from the first number or after the last one that was read. Stops after a number. */
  read(buffer: StreamBuffer): ReadUntil {
    const { bytes, view, end } = buffer;
    const { block } = this;
    for (;;) {
      let at = buffer.at;
      let used = this.#used;
      // The common case in a loop of its own: the time for large bodies is spent here.
      while (bytes[at] === COMMA && used < block.length) {
        const next = readDecimal(bytes, view, bytes[at + 1] === SPACE ? at + 2 : at + 1, block, used);
        if (next < 0 || next >= end) break;
        at = next;
        used++;
      }
      this.#used = used;
      this.#advance(buffer, at);
      if (used === block.length) this.#storeBlock();
      at = this.#readNext(buffer);
      if (at === MORE && end - buffer.at <= LONGEST) return "more";
      if (at < 0) return at === END ? "end" : "unexpected";
      this.#used++;
      this.#advance(buffer, at);
    }
  }

  /** The list, once it has ended. */
  value(): NumberList {
    this.#storeBlock();
    const sizes: number[] = [];
    let inner = 1;
    for (const count of this.#counts) {
      sizes.unshift(count / inner);
      inner = count;
    }
    return new NumberList(sizes, this.#blocks);
  }

  /**
   * What was read, as JSON text again: needed if something else than numbers follows. The space at the end keeps the
   * last number apart from what follows, as in the invalid `1.0.5`.
   */
  text(): string {
    this.#storeBlock();
    let index = 0;
    // Block by block: until a string is joined, V8 keeps each of its pieces, which takes many times the memory.
    const texts = this.#blocks.map((block) =>
      Array.from<unknown, string>(block, (element) => this.#separator(index++) + elementText(element)).join("")
    );
    return `${texts.join("")} `;
  }

  get #count(): number {
    return this.#stored + this.#used;
  }

  #advance(buffer: StreamBuffer, at: number): void {
    this.length += at - buffer.at;
    buffer.at = at;
  }

  #storeBlock(): void {
    const numbers = this.block.slice(0, this.#used);
    if (this.#others.size === 0) this.#blocks.push(numbers);
    else {
      const elements: unknown[] = Array.from(numbers);
      for (const [index, element] of this.#others) elements[index] = element;
      this.#blocks.push(elements);
      this.#others.clear();
    }
    this.#stored += this.#used;
    this.#used = 0;
  }

  /** Reads what is between two elements, and the second one. Returns where that ends, or why it does not. */
  #readNext({ bytes, view, at, end, isLast }: StreamBuffer): number {
    const atEnd = isLast ? UNEXPECTED : MORE;
    const isFirst = this.#count === 0;
    let closes = 0;
    if (!isFirst) {
      at = skipSpace(bytes, at);
      for (; bytes[at] === CLOSE; at = skipSpace(bytes, at + 1)) closes++;
      if (at >= end && !isLast) return MORE;
      if (closes > 0 && !this.#close(Math.min(closes, this.rank))) return UNEXPECTED;
      if (closes > 0 && this.#isComplete(closes)) return END;
      if (bytes[at] !== COMMA) return UNEXPECTED;
      at = skipSpace(bytes, at + 1);
      for (let opens = 0; opens < closes; opens++, at = skipSpace(bytes, at + 1)) {
        if (bytes[at] !== OPEN) return at < end ? UNEXPECTED : atEnd;
      }
    }
    let next = readDecimal(bytes, view, at, this.block, this.#used);
    if (next < 0) {
      if (end - at < LONGEST && !isLast) return MORE;
      const element = readElement(bytes, at, Math.min(at + LONGEST, end));
      if (element === undefined) return UNEXPECTED;
      if (typeof element.value === "number") this.block[this.#used] = element.value;
      else this.#others.set(this.#used, element.value);
      next = element.end;
    }
    if (next >= end) return atEnd;
    if (closes > 0) this.#before = this.#count;
    return next;
  }

  /** Handles the end of lists at this many levels. Returns `false` if the list is ragged. */
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

  /** Is the list complete after this many closing brackets? */
  #isComplete(closes: number): boolean {
    return closes >= this.rank || (this.length >= this.large && this.#counts[closes - 1] === this.#count);
  }

  /** The JSON before the element with this index. */
  #separator(index: number): string {
    if (index === 0) return "";
    let closes = 0;
    while (index <= this.#before && index % (this.#counts[closes] ?? Infinity) === 0) closes++;
    return "]".repeat(closes) + "," + "[".repeat(closes);
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** What `readElement` leaves to others: lists, objects, and strings with an escape or a character beyond ASCII. */
const TOO_DIFFICULT = /[^ -~]|\\|[[{]/;

/**
 * Reads an element that `readDecimal` does not read: a long number, a large integer, `null`, `NaN`, a boolean, a short
 * string. It begins at `at`, must end before `limit`; at least one byte must follow `limit`.
 *
 * @returns `undefined` if it is a list, an object, a string that is not simple, or no JSON.
 */
function readElement(bytes: Uint8Array, at: number, limit: number): { value: unknown; end: number } | undefined {
  let end = at + 1;
  if (bytes[at] === QUOTE) {
    while (end < limit && bytes[end] !== QUOTE) end++;
    end++;
  } else while (end < limit && bytes[end]! > SPACE && bytes[end] !== COMMA && bytes[end] !== CLOSE) end++;
  if (end > limit) return undefined;
  const text = String.fromCharCode(...bytes.subarray(at, end));
  if (NUMBER.test(text)) return { value: numberOf(text), end };
  // An error of `JSON.parse` would take 30 µs for each NaN.
  if (WORDS.has(text)) return { value: WORDS.get(text), end };
  if (TOO_DIFFICULT.test(text)) return undefined;
  try {
    return { value: parseJson(text), end };
  } catch (error) {
    if (error instanceof Undecodable) return undefined;
    throw error;
  }
}

/** The JSON text of an element, which is read as the same value again. */
function elementText(element: unknown): string {
  if (typeof element === "bigint") return String(element);
  if (typeof element !== "number") return JSON.stringify(element);
  // An integer beyond ±(2^53−1) is read as a number, and not as a bigint, only if it is written as a float.
  return Number.isInteger(element) && !Number.isSafeInteger(element) ? `${BigInt(element)}.0` : realText(element);
}
