import { Undecodable } from "../format.ts";

/** How deep lists and objects may be nested. */
export const MAX_DEPTH = 256;

/**
 * Reads strict JSON, except that:
 * - integers beyond ±(2^53−1) are bigints with all their digits, unless they are written as floats that have exactly
 *   this value (`1e16`);
 * - `NaN`, `Infinity` and `-Infinity` are numbers;
 * - nesting deeper than 256 is refused.
 *
 * Throws `Undecodable` with the position of the mistake.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseJson("[1.5, 9007199254740993, NaN]"), [1.5, 9007199254740993n, NaN]);
 * assert.throws(() => parseJson("[1, 2"), { name: "Undecodable", position: 5 });
 * ```
 */
export function parseJson(text: string): unknown {
  if (text === "") throw new Undecodable("the payload is empty", undefined, true);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    // It has `NaN` or the like, or a mistake, whose position the parser below reports.
    return new Parser(text).document();
  }
  // Checking the parsed numbers is faster than searching the text for long numbers: base64 and fractions have many
  // digits as well.
  return isExact(tree, MAX_DEPTH) ? tree : new Parser(text).document();
}

/** Is the value nested no deeper than `depth`, without any integer that `JSON.parse` may have rounded? */
function isExact(value: unknown, depth: number): boolean {
  if (typeof value === "number") return !mayBeRounded(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === "number" ? mayBeRounded(item) : !isExact(item, depth - 1)) return false;
    }
    return true;
  }
  for (const key in value) if (!isExact((value as Record<string, unknown>)[key], depth - 1)) return false;
  return true;
}

const mayBeRounded = (value: number): boolean =>
  (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) && Number.isFinite(value);

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /-?[A-Za-z]+/y;

/** The words that are values. Python writes the last three for floats that JSON has no number for. */
export const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Reads what `JSON.parse` refuses or rounds. */
class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  document(): unknown {
    const value = this.value();
    this.skipSpace();
    if (this.at < this.text.length) this.fail("there is more after its end");
    return value;
  }

  private value(): unknown {
    this.skipSpace();
    const char = this.text[this.at];
    if (char === "[") return this.nested(() => this.list());
    if (char === "{") return this.nested(() => this.object());
    if (char === '"') return this.string();
    const number = this.match(NUMBER);
    if (number !== undefined) return numberOf(number);
    const start = this.at;
    const word = this.match(WORD);
    if (word !== undefined && WORDS.has(word)) return WORDS.get(word);
    this.at = start;
    return this.fail("a value is expected");
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`it is nested deeper than ${MAX_DEPTH}`);
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private list(): unknown[] {
    const list: unknown[] = [];
    if (this.skip("]")) return list;
    do list.push(this.value()); while (this.skip(","));
    this.expect("]", "',' or ']' is expected");
    return list;
  }

  private object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (this.skip("}")) return object;
    do {
      this.skipSpace();
      if (this.text[this.at] !== '"') this.fail("a key in double quotes is expected");
      const key = this.string();
      this.expect(":", "':' is expected");
      const value = this.value();
      // An own property, as JSON.parse makes it, and not the prototype.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      } else object[key] = value;
    } while (this.skip(","));
    this.expect("}", "',' or '}' is expected");
    return object;
  }

  private string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) this.fail("a string does not end");
    } while (this.isEscaped(end));
    try {
      const value: string = JSON.parse(this.text.slice(start, end + 1));
      this.at = end + 1;
      return value;
    } catch {
      return this.fail("a string has a control character or a wrong escape");
    }
  }

  private isEscaped(quote: number): boolean {
    let first = quote;
    while (this.text[first - 1] === "\\") first--;
    return (quote - first) % 2 === 1;
  }

  private skipSpace(): void {
    this.match(SPACE);
  }

  private skip(char: string): boolean {
    this.skipSpace();
    const found = this.text[this.at] === char;
    if (found) this.at++;
    return found;
  }

  private expect(char: string, message: string): void {
    if (!this.skip(char)) this.fail(message);
  }

  /** What `pattern` matches at this place. */
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return undefined;
    const start = this.at;
    this.at = pattern.lastIndex;
    return this.text.slice(start, this.at);
  }

  private fail(message: string): never {
    throw new Undecodable(message, this.at);
  }
}

const INTEGER = /^-?\d+$/;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Larger than the integers of any dtype. A larger number that is written as a float stays a float. */
const BEYOND_INTEGERS = 2 ** 64;

/**
 * The number that a JSON number stands for: a bigint for an integer beyond ±(2^53−1), unless it is written as a float
 * (`1e16`) which has exactly this value. Beyond all floats it is infinite.
 */
export function numberOf(token: string): number | bigint {
  const value = Number(token);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isFinite(value)) return value;
  if (INTEGER.test(token)) return BigInt(token);
  if (Math.abs(value) > BEYOND_INTEGERS) return value;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = PARTS.exec(token)!;
  const digits = withoutLastZeros(whole + fraction);
  const point = whole.length + Number(exponent);
  if (digits.length > point) return value;
  // The value is at most 2^64, so this adds no more than 19 zeros.
  const exact = BigInt(sign + digits.padEnd(point, "0"));
  return exact === BigInt(value) ? value : exact;
}

/** A loop, because `/0+$/` takes time that grows with the square of the number of zeros in the middle. */
function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}
