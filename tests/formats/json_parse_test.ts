import assert from "node:assert/strict";
import fc from "fast-check";
import { Undecodable } from "../../lib/formats/format.ts";
import { MAX_DEPTH, parseJson } from "../../lib/formats/json/parse.ts";

function undecodable(text: string): Undecodable {
  try {
    parseJson(text);
  } catch (error) {
    assert(error instanceof Undecodable, String(error));
    return error;
  }
  throw new Error(`was read: ${text.slice(0, 50)}`);
}

/** Makes the careful parser read it. */
const carefully = (text: string) => (parseJson(`[NaN,${text}]`) as unknown[])[1];

Deno.test("parseJson() keeps all digits of whole numbers, however they are written", () => {
  const cases: [string, unknown][] = [
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["9007199254740993.0", 9007199254740993n],
    ["9007199254740993.000e0", 9007199254740993n],
    ["0.9007199254740993e16", 9007199254740993n],
    ["90071992547409930e-1", 9007199254740993n],
    ["9007199254740993.5", 9007199254740994],
    ["1e16", 1e16],
    ["1E+22", 1e22],
    ["-1e300", -1e300],
    ["18446744073709551616", 2n ** 64n],
    ["9007199254740993e3", 9007199254740993000n],
    ["1e999", Infinity],
    ["-1e999", -Infinity],
    ["1e999999999999", Infinity],
    [`1${"0".repeat(400)}`, Infinity],
    ["0e999999999999", 0],
    ["1e-400", 0],
    ["-0", -0],
    ["-0.0", -0],
    ["0.12345678901234567", 0.12345678901234567],
    ["1.0", 1],
    ["0.1000000000000000055511151231257827", 0.1],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(parseJson(text), value);
    assert.deepEqual(parseJson(`{"a":[${text}]}`), { a: [value] });
    assert.deepEqual(carefully(text), value);
  }
});

Deno.test("parseJson() reads a million digits at once", () => {
  const zeros = "0".repeat(1_000_000);
  assert.equal(parseJson(`9007199254740993.${zeros}1`), 9007199254740994);
  assert.equal(parseJson(`9007199254740993.${zeros}`), 9007199254740993n);
});

Deno.test("parseJson() understands the words that Python writes", () => {
  assert.deepEqual(parseJson('{"a": NaN, "b": [Infinity, -Infinity]}'), { a: NaN, b: [Infinity, -Infinity] });
  assert.equal(parseJson('"NaN"'), "NaN");
  for (const text of ["nan", "-NaN", "inf", "Infinityx", "+Infinity", "None", "True"]) undecodable(text);
});

Deno.test("parseJson() says where the mistake is", () => {
  const cases: [string, number][] = [
    ["{inputs: 1}", 1],
    ["{'inputs': 1}", 1],
    ['{"inputs": {"a": [1, 2', 22],
    ['{"inputs":{"a":[1],"b":[2]}} x', 29],
    ["hello", 0],
    ['{"inputs":{"a":[1,],"b":[2]}}', 18],
    ['{"a":1,}', 7],
    ['{"a":[01]}', 7],
    ['{"a" 1}', 5],
    ['["a\tb"]', 1],
    ['["a', 1],
    ['["\\x"]', 1],
    ["[1.]", 2],
    ["[.5]", 1],
    ["[+1]", 1],
    ["[1 2]", 3],
    ["]", 0],
    ["// x", 0],
    ["   ", 3],
    ["\u00a01", 0],
  ];
  for (const [text, position] of cases) assert.equal(undecodable(text).position, position, text);
  assert(undecodable("").empty);
  assert(!undecodable(" ").empty);
  assert.equal(parseJson("null"), null);
});

Deno.test("parseJson() refuses what is nested too deep", () => {
  const nested = (depth: number, inner = "") => "[".repeat(depth) + inner + "]".repeat(depth);
  for (const inner of ["", "1", "NaN"]) {
    parseJson(nested(MAX_DEPTH, inner));
    assert.equal(undecodable(nested(MAX_DEPTH + 1, inner)).position, MAX_DEPTH);
  }
  assert.equal(undecodable(nested(1e6)).position, MAX_DEPTH);
  assert.equal(undecodable("[".repeat(1e6)).position, MAX_DEPTH);
  undecodable(`${'{"a":'.repeat(MAX_DEPTH + 1)}1${"}".repeat(MAX_DEPTH + 1)}`);
  parseJson(`"${"[".repeat(1000)}"`);
});

Deno.test("parseJson() keeps lone surrogates, and __proto__ as a key of its own", () => {
  assert.equal(parseJson('"\\ud83d"'), "\ud83d");
  for (const text of ['{"__proto__": {"x": 1}}', '{"__proto__": {"x": 1}, "n": NaN}']) {
    const object = parseJson(text) as object;
    assert(Object.hasOwn(object, "__proto__"));
    assert.equal((object as { x?: number }).x, undefined);
  }
  assert.deepEqual(parseJson('{"a": 1, "a": 2, "n": NaN}'), { a: 2, n: NaN });
});

Deno.test("parseJson() reads with care what JSON.parse reads", () => {
  fc.assert(fc.property(fc.json(), (text) => {
    assert.deepEqual(rounded(carefully(text)), JSON.parse(text));
    assert.deepEqual(rounded(parseJson(text)), JSON.parse(text));
    assert.deepEqual(carefully(` \n${JSON.stringify(JSON.parse(text), null, "\t")}\r`), parseJson(text));
  }));
});

/** With numbers in place of bigints. */
function rounded(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(rounded);
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(value, key, { value: rounded(item) });
  }
  return value;
}

Deno.test("parseJson() refuses what JSON.parse refuses", () => {
  const pieces = fc.constantFrom(
    '"',
    "\\",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "0",
    "1",
    ".",
    "e",
    "-",
    " ",
    "a",
    "null",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")), (text) => {
      let expected: unknown = Undecodable;
      try {
        expected = JSON.parse(text);
      } catch { /* then it is undecodable */ }
      if (expected === Undecodable) undecodable(text);
      else assert.deepEqual(carefully(text), expected);
    }),
    { numRuns: 3000 },
  );
});
