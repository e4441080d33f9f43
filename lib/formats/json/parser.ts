/**
 * A JSON parser for the texts that `JSON.parse` would refuse or round.
 * @module
 */
import { Undecodable } from "../format.ts";

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /-?[A-Za-z]+/y;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Reads JSON as `parseJson` describes it. */
export function parseCarefully(text: string, maxDepth: number): unknown {
  return new Parser(text, maxDepth).document();
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string, private readonly maxDepth: number) {}

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
    if (++this.depth > this.maxDepth) this.fail(`it is nested deeper than ${this.maxDepth}`);
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
      if (end < 0) this.fail("a text does not end");
    } while (this.isEscaped(end));
    try {
      const value: string = JSON.parse(this.text.slice(start, end + 1));
      this.at = end + 1;
      return value;
    } catch {
      return this.fail("a text has a control character or a wrong escape");
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

  /** What `pattern` matches here. */
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

/** Beyond all integer dtypes: a whole number that is written as a float is one. */
const BEYOND_INTEGERS = 2 ** 64;

/**
 * The number of a token: a bigint if it is a whole one beyond ±(2^53−1), unless it is written as a float (`1e16`) and
 * no digit of it is lost in one. One beyond all floats is infinite.
 */
export function numberOf(token: string): number | bigint {
  const value = Number(token);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isFinite(value)) return value;
  if (INTEGER.test(token)) return BigInt(token);
  if (Math.abs(value) > BEYOND_INTEGERS) return value;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = PARTS.exec(token)!;
  const digits = withoutLastZeros(whole + fraction);
  // Finite, so there are at most 309 digits before the point.
  const point = whole.length + Number(exponent);
  if (digits.length > point) return value;
  const exact = BigInt(sign + digits.padEnd(point, "0"));
  return exact === BigInt(value) ? value : exact;
}

/** (The pattern `/0+$/` would take a time that grows with the square of the zeros in the middle.) */
function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}
