import assert from "node:assert/strict";
import fc from "fast-check";
import { readDecimal } from "../../lib/formats/json/decimal.ts";

const encoder = new TextEncoder();
const bytes = new Uint8Array(1024);
const view = new DataView(bytes.buffer);
const out = new Float64Array(1);

/** The number at the beginning of the text, and where it ends. */
function read(text: string): { value: number; end: number } {
  const { written } = encoder.encodeInto(text, bytes);
  bytes.fill(0, written, written + 4);
  return { end: readDecimal(bytes, view, 0, out, 0), value: out[0]! };
}

/** Does it read the number as `Number` does? `undefined`, if it leaves it to `Number`. */
function isRight(text: string): boolean | undefined {
  const { value, end } = read(text);
  return end < 0 ? undefined : end === text.length && Object.is(value, Number(text));
}

/** Random numbers from a seed: fast-check makes too few in a second. (Marsaglia, "Xorshift RNGs", 2003.) */
function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor((state >>> 0) / 2 ** 32 * below);
  };
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

function floatOf(next: (below: number) => number, lowest: number, highest: number): number {
  words[0] = next(2 ** 32);
  words[1] = next(2) << 31 | (1023 + lowest + next(highest - lowest)) << 20 | next(2 ** 20);
  return float[0]!;
}

/** So many texts of each kind, in each of so many runs. */
const TEXTS = 10_000;
const RUNS = { numRuns: 30 };

/** Asserts that most texts are read, and all of these rightly. */
function assertRight(make: (next: (below: number) => number) => string, mostLeft: number): void {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const next = random(seed);
      let left = 0;
      for (let i = 0; i < TEXTS; i++) {
        const text = make(next);
        const right = isRight(text);
        if (right === undefined) left++;
        else assert(right, text);
      }
      assert(left <= TEXTS * mostLeft, `${left} are left`);
    }),
    RUNS,
  );
}

Deno.test("readDecimal() reads floats as they are written", () => {
  assertRight((next) => String(floatOf(next, -60, 52)), 0.001);
  assertRight((next) => String(floatOf(next, 70, 400)), 0.001);
  assertRight((next) => String(floatOf(next, -400, -60)), 0.001);
  assertRight((next) => String(Math.fround(floatOf(next, -40, 40))), 0.001);
});

Deno.test("readDecimal() reads floats with any number of digits", () => {
  assertRight((next) => floatOf(next, -30, 52).toPrecision(1 + next(17)), 0.1);
  assertRight((next) => floatOf(next, -300, 300).toExponential(next(17)), 0.2);
});

Deno.test("readDecimal() reads any digits", () => {
  const digits = (next: (below: number) => number, count: number) =>
    Array.from({ length: count }, () => next(next(2) ? 10 : 2)).join("");
  assertRight((next) => `${next(1000)}.${digits(next, 1 + next(15))}`, 0.01);
  assertRight((next) => `0.${"0".repeat(next(12))}${digits(next, 1 + next(15))}`, 0.1);
  assertRight((next) => `-${1 + next(9)}${digits(next, next(14))}.${digits(next, 1 + next(4))}E${next(40) - 20}`, 0.2);
  assertRight((next) => String(next(2 ** 32) * next(2 ** 20)), 0.001);
});

Deno.test("readDecimal() is right next to the middle between two floats", () => {
  // Between floats from 2^51 to 2^52 there is 1/2, and 1 from there to 2^53.
  const near = (next: (below: number) => number) => {
    const [first, middles] = next(2) ? [2n ** 51n, ["25", "75"]] : [2n ** 52n, ["5"]];
    const whole = first + (BigInt(next(2 ** 32)) * first >> 32n) + BigInt(next(1000));
    const middle = `${whole}.${middles[next(middles.length)]}`;
    const apart = next(4) === 0 ? middle : String(BigInt(middle.replace(".", "")) + BigInt(next(3) - 1));
    return `${apart.replace(".", "").slice(0, 5)}.${apart.replace(".", "").slice(5)}e${next(9) - 4}`;
  };
  assertRight(near, 0.7);
  for (const text of ["4503599627370496.5", "4503599627370497.5", "0.500000000000000166", "1.00000000000000011"]) {
    assert(isRight(text) !== false, text);
  }
});

Deno.test("readDecimal() keeps the sign of zero", () => {
  for (const text of ["0", "-0", "0.0", "-0.0", "0e5", "-0E-7", "0.000000000000", "-0.0000000000000000"]) {
    assert(isRight(text), text);
  }
});

Deno.test("readDecimal() stops behind the number", () => {
  const cases: [string, number, number][] = [
    ["1,2", 1, 1],
    ["-1.5]", -1.5, 4],
    ["12345678 ", 12345678, 8],
    ["0.1234\n5", 0.1234, 6],
    ["1e5}", 1e5, 3],
    ["0.12345e-3x", 0.12345e-3, 10],
    ["1.5.5", 1.5, 3],
    ["0-1", 0, 1],
  ];
  for (const [text, value, end] of cases) assert.deepEqual(read(text), { value, end }, text);
});

Deno.test("readDecimal() reads nothing that is no JSON number", () => {
  for (
    const text of ["", "-", "+1", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "01", "-01", "00", "x", '"', "NaN", " 1"]
  ) {
    assert.equal(read(text).end, -1, text);
  }
});

Deno.test("readDecimal() leaves whole numbers that a float may not hold, and what is too long", () => {
  const left = [
    "9007199254740992",
    "-9007199254740993",
    "9007199254740993.0",
    "9.007199254740993e15",
    "123456789012345678901234567890",
    "18446744073709551615.0",
    "1e999",
    "1e-999",
    "0.1234567890123456789012345",
    "1e99999999999999999999",
  ];
  for (const text of left) assert.equal(read(text).end, -1, text);
  for (const text of ["9007199254740991", "-9007199254740991", "1e20", "123456.7e20"]) assert(isRight(text), text);
});
