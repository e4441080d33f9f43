import assert from "node:assert/strict";
import fc from "fast-check";
import { toArray } from "../../lib/arrays/coerce.ts";
import { DTYPE_NAMES } from "../../lib/arrays/dtypes.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import type { ArrayType, NdArray } from "../../lib/arrays/ndarray.ts";
import { NumberList } from "../../lib/arrays/number_list.ts";
import { toBase64 } from "../../lib/formats/base64.ts";
import { decodeArrays } from "../../lib/formats/decode_arrays.ts";
import { decodeUtf8 } from "../../lib/formats/chunks.ts";
import { toPlain } from "../../lib/formats/extracted.ts";
import { Undecodable } from "../../lib/formats/format.ts";
import { decodeJson } from "../../lib/formats/json/json.ts";
import { LargeJson } from "../../lib/formats/json/large.ts";
import { parseJson } from "../../lib/formats/json/parse.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";

const arrayNode = (type: Partial<ArrayType> = {}): Node => ({
  kind: "array",
  type: { dtype: null, shape: null, differentiable: false, ...type },
  hasArrays: true,
});
const any: Node = { kind: "leaf", type: "any", needsZod: false, hasArrays: false };
const listOf = (item: Node): Node => ({ kind: "list", item, hasArrays: true });
const unionOf = (...options: Node[]): Node => ({ kind: "union", options, exclusive: false, hasArrays: true });
const wrapped = (kind: "optional" | "catch"): Node => ({ kind, inner: arrayNode(), hasArrays: true }) as Node;

/** Fields that begin with a letter of a schema get it: `a1`, `u2`. */
const schema = objectNode({
  a: arrayNode(),
  f: arrayNode({ dtype: "float32", shape: [null] }),
  c: arrayNode({ dtype: "complex128", shape: [null] }),
  l: listOf(arrayNode()),
  m: listOf(listOf(arrayNode())),
  t: { kind: "tuple", items: [arrayNode(), any], rest: arrayNode(), hasArrays: true },
  o: wrapped("optional"),
  k: wrapped("catch"),
  u: unionOf(arrayNode(), any),
  v: unionOf(objectNode({ a: arrayNode() }), objectNode({ a: any })),
  blocks: arrayNode(),
  x: any,
});

/** The sizes of a real reader, made so small that short texts are large. */
const SMALL = { large: 12, buffer: 2048, text: 2 ** 29 };

/** What a payload is, or why it is none. Lists of numbers are lists again. */
async function outcome(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return plain(await read());
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return [error.name, error.message, error.position, error.empty];
  }
}

function plain(value: unknown): unknown {
  if (value instanceof NumberList) return value.toLists();
  if (value instanceof ArrayFault) return [value.type, value.ctx];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.entries(value).map(([key, item]) => [key, plain(item)]);
}

async function large(bytes: Uint8Array, cuts: readonly number[], node: Node = schema): Promise<unknown> {
  const reader = new LargeJson(SMALL);
  let from = 0;
  for (const cut of cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.push(bytes.subarray(from));
  return await reader.finish({ schema: node });
}

const small = (bytes: Uint8Array, node: Node = schema): Promise<unknown> =>
  // async, so that it throws as the other
  (async () => await decodeArrays(parseJson(decodeUtf8(bytes)), { schema: node }))();

async function assertSame(bytes: Uint8Array, cuts: readonly number[], node: Node = schema): Promise<void> {
  assert.deepEqual(await outcome(() => large(bytes, cuts, node)), await outcome(() => small(bytes, node)));
}

const encoder = new TextEncoder();

const numbers = fc.oneof(
  fc.double().map((value) => JSON.stringify(value)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.constantFrom(
    "0",
    "-0",
    "1.0",
    "-0.0",
    "1e5",
    "1E+2",
    "12345678901234567.5",
    "0.1000000000000000055511151231257827",
  ),
);
const oddities = fc.oneof(
  { weight: 20, arbitrary: numbers },
  fc.constantFrom(
    "NaN",
    "-Infinity",
    "Infinity",
    "null",
    "true",
    '"NaN"',
    '"1+2j"',
    '"x"',
    "{}",
    "[]",
    "[[]]",
    "1e999",
  ),
  fc.constantFrom(
    "9007199254740993",
    "9007199254740993.0",
    "9223372036854775808.0",
    "1e16",
    "1e300",
    "-18446744073709551616",
  ),
  fc.constantFrom("01", "1.", ".5", "-", "+1", "1e", "1 2", "", "nan", "é", "//", "]", "[", "\u0000", '"'),
);
const space = fc.constantFrom("", "", "", " ", "\n  ");

const joined = (items: readonly string[], gap: string) => `[${items.join(`,${gap}`)}${gap}]`;

/** Lists that are nested evenly, with all elements alike. */
const evenLists = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
  space,
  fc.infiniteStream(numbers),
)
  .map(([sizes, gap, stream]) => {
    const build = ([size, ...inner]: readonly number[]): string =>
      size === undefined ? stream.next().value! : joined(Array.from({ length: size }, () => build(inner)), gap);
    return build(sizes);
  });
const unevenLists = fc.letrec<{ lists: string }>((tie) => ({
  lists: fc.tuple(
    fc.array(fc.oneof({ depthSize: "small" }, oddities, tie("lists"), evenLists), { maxLength: 6 }),
    space,
  )
    .map(([items, gap]) => joined(items, gap)),
})).lists;
const base64 = fc.uint8Array({ maxLength: 60 }).map((bytes) => JSON.stringify(btoa(String.fromCharCode(...bytes))));
const texts = fc.oneof(
  base64,
  fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"AAAA\\nAAAAAAAA"',
    '"AAAAAAAAAAAAAAAA=="',
    '"AAAAAAAAAAAA==AAAA"',
    '"AAAAAAAAAAAAAA\\/"',
    '"AAAAAAAAAAAAAAAB=="',
  ),
);
const encoded = fc.tuple(
  fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }) },
    fc.constant(Array(9).fill(1)),
  ),
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...DTYPE_NAMES) }, fc.constant("AAAAAAAAAAAAAAAAAAAA")),
  fc.oneof(evenLists, unevenLists, texts),
  fc.constantFrom("json", "base64", "binref", "raw"),
  fc.boolean(),
).map(([shape, dtype, buffer, encoding, first]) =>
  first
    ? `{"object_type":"array","shape":[${shape}],"dtype":"${dtype}","data":{"buffer":${buffer},"encoding":"${encoding}"}}`
    : `{"data": {"encoding": "${encoding}", "buffer": ${buffer}}, "dtype": "${dtype}", "shape": [${shape}]}`
);
const values = fc.oneof(evenLists, unevenLists, encoded, texts, fc.json({ maxDepth: 2 }));
const keys = fc.constantFrom(...schema.fields.keys(), "__proto__", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
const payloads = fc.tuple(fc.array(fc.tuple(keys, values), { maxLength: 5 }), space)
  .map(([fields, gap]) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${gap}${value}`).join(`,${gap}`)}}`);

const cuts = fc.array(fc.nat(), { maxLength: 20 });

Deno.test("a large payload is the same tree or the same fault, wherever it is cut", async () => {
  await fc.assert(fc.asyncProperty(payloads, cuts, (text, cuts) => assertSame(encoder.encode(text), cuts)), {
    numRuns: 5000,
    // An element that is a list, which is read apart, is called one.
    examples: [[
      `{"a":{"data":{"encoding":"json","buffer":[0,[${"1,".repeat(20)}1]]},"dtype":"float16","shape":[2]}}`,
      [],
    ]],
  });
});

Deno.test("a large payload with wrong bytes has the same fault, in the same place", async () => {
  const wrong = fc.tuple(payloads, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = encoder.encode(text);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  await fc.assert(fc.asyncProperty(wrong, cuts, (bytes, cuts) => assertSame(bytes, cuts)), { numRuns: 5000 });
  const shortened = fc.tuple(payloads, fc.nat()).map(([text, at]) => encoder.encode(text.slice(0, at % text.length)));
  await fc.assert(
    fc.asyncProperty(shortened.filter(({ length }) => length > 0), cuts, (bytes, cuts) => assertSame(bytes, cuts)),
    { numRuns: 1000 },
  );
});

Deno.test("a number list becomes the same array as lists", async () => {
  const types = fc.record({
    dtype: fc.constantFrom(null, ...DTYPE_NAMES),
    shape: fc.option(fc.array(fc.constantFrom(null, 1, 2, 3), { maxLength: 3 })),
  });
  await fc.assert(
    fc.asyncProperty(evenLists, types, async (text, type) => {
      const node = arrayNode(type);
      const array = (value: unknown) => {
        try {
          return toArray(value, { ...type, differentiable: false });
        } catch (fault) {
          if (!(fault instanceof ArrayFault)) throw fault;
          return [fault.type, fault.ctx];
        }
      };
      const bytes = encoder.encode(text);
      assert.deepEqual(array(await large(bytes, [], node)), array(await small(bytes, node)));
    }),
    { numRuns: 10000 },
  );
});

/** In pieces, as they arrive. */
async function* inPieces(text: string, size: number) {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

Deno.test("decodeJson() makes one array of a large list, whatever it looks like", async () => {
  const values = Array.from({ length: 60_000 }, (_, i) => Math.fround(Math.sin(i)) * 10 ** (i % 7 - 3));
  const rows = (size: number) =>
    Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
  const odd = values.map((value, i) => i % 997 === 500 ? null : i % 997 === 700 ? "NaN" : value);
  for (const list of [values, rows(3), rows(20_000), rows(300).map((row) => [row, row]), odd]) {
    const array = toArray(list, { dtype: "float64", shape: null, differentiable: false });
    for (const text of [JSON.stringify({ f: 1, a: list }), JSON.stringify({ a: list }, null, 3)]) {
      for (const size of [1000, 65536, text.length]) {
        const { a } = await decodeJson(inPieces(text, size), { schema }) as { a: unknown };
        assert.deepEqual(toArray(a, { dtype: "float64", shape: null, differentiable: false }), array);
      }
    }
  }
});

Deno.test("decodeJson() decodes large base64 texts into the very array", async () => {
  const data = Float64Array.from({ length: 50_001 }, (_, i) => i / 7);
  const buffer = JSON.stringify(toBase64(new Uint8Array(data.buffer)));
  const last = `{"data": {"encoding": "base64", "buffer": ${buffer}}, "shape": [50001], "dtype": "float64"}`;
  const first = `{"dtype": "float64", "shape": [50001], "data": {"encoding": "base64", "buffer": ${buffer}}}`;
  const usual = `{"shape":[50001],"dtype":"float64","data":{"buffer":${buffer},"encoding":"base64"}}`;
  for (const encoded of [usual, first, last]) {
    for (const size of [777, 65536, 10 ** 7]) {
      const { a } = await decodeJson(inPieces(`{"a":${encoded}}`, size), { schema }) as { a: NdArray };
      assert.deepEqual([a.shape, a.data.buffer.byteLength], [[50001], data.byteLength]);
      assert.deepEqual(a.data, data);
    }
  }
});

Deno.test("decodeJson() keeps no memory of chunks that are only valid until the next", async () => {
  const data = Float64Array.from({ length: 50_001 }, (_, i) => i / 7);
  const bytes = new Uint8Array(data.buffer);
  const a = `{"shape":[50001],"dtype":"float64","data":{"buffer":"${toBase64(bytes)}","encoding":"base64"}}`;
  const payload = new TextEncoder().encode(`{"x": ["${"ü".repeat(500)}", 1.5], "a": ${a}, "f": [${data.join()}]}`);
  for (const size of [10, 1000, 65_536, 70_000, 10 ** 7]) {
    const borrowed = function* () {
      const piece = new Uint8Array(size);
      for (let at = 0; at < payload.length; at += size) {
        const part = payload.subarray(at, at + size);
        piece.set(part);
        yield piece.subarray(0, part.length);
        piece.fill(34);
      }
    };
    const read = await decodeJson(Object.assign([], { borrowed }), { schema }) as {
      a: NdArray;
      f: unknown;
      x: unknown;
    };
    assert.deepEqual(read.a.data, data);
    assert.deepEqual(toArray(read.f, { dtype: "float64", shape: null, differentiable: false }).data, data);
    assert.deepEqual(read.x, ["ü".repeat(500), 1.5]);
  }
});

Deno.test("decodeJson() of a large base64 text has the faults of a small one", async () => {
  const good = "A".repeat(800_000);
  const cases: [string, string, RegExp][] = [
    [good.replace(/A$/, "*"), "[75000]", /not base64 of 600000 bytes/],
    [good.slice(4), "[75000]", /the buffer has 799996 characters, expected 800000 for the 600000 bytes/],
    [`${good.slice(2)}==`, "[75000]", /not base64 of 600000 bytes/],
    [`${good.slice(4)}\\n\\nA`, "[75000]", /has 799999 characters/],
    [good, "[10000000000]", /for the 80000000000 bytes/],
    [good, "[75000, 0]", /for the 0 bytes/],
  ];
  for (const [text, shape, message] of cases) {
    const encoded = `{"shape":${shape},"dtype":"float64","data":{"buffer":"${text}","encoding":"base64"}}`;
    const { a } = await decodeJson(inPieces(`{"a":${encoded}}`, 65536), { schema }) as { a: ArrayFault };
    assert.equal(a.type, "array_decode_error");
    assert.match(String(a.ctx["error"]), message);
  }
});

Deno.test("decodeJson() understands white space of any length, and says where a mistake is behind a large list", async () => {
  const list = `[${"0.5, ".repeat(20_000)}${" ".repeat(300_000)}1,${"\n".repeat(2000)}2${" ".repeat(5000)}]`;
  const { x } = await decodeJson(inPieces(`{"x": ${list}}`, 65536), { schema }) as { x: number[] };
  assert.deepEqual([x.length, x.at(-2), x.at(-1)], [20_002, 1, 2]);
  for (const wrong of [`{"é": ${list}, 5}`, `{"é": ${list}, "a": [${"1,".repeat(50_000)},5]}`, `{"é": ${list}`]) {
    await assertSameAt(wrong);
  }
  const base64 = "A".repeat(100_000);
  await assertSameAt(`{"é": "${base64}", "é": "${base64}\t"}`);
  await assertSameAt(`{"é": "${base64}"x}`);
});

Deno.test("a text with a byte order mark in it is the same large as small", async () => {
  for (const before of ["", "A".repeat(32764), "A".repeat(2 ** 18)]) {
    const text = `${before}\uFEFF${"A".repeat(100_001)}`;
    assert.deepEqual(await decodeJson(inPieces(JSON.stringify({ x: text }), 65536), { schema }), { x: text });
    const bytes = Math.ceil(text.length / 4) * 3;
    const encoded = { shape: [bytes], dtype: "uint8", data: { buffer: text, encoding: "base64" } };
    const { a } = await decodeJson(inPieces(JSON.stringify({ a: encoded }), 65536), { schema }) as { a: ArrayFault };
    assert.equal(a.type, "array_decode_error");
  }
});

Deno.test("memory for a base64 text grows with what has come, not with what its shape says", async () => {
  const text = "A".repeat(40_000);
  const encoded = { shape: [2 ** 32 - 1], dtype: "uint8", data: { buffer: text, encoding: "base64" } };
  // As many as would take 8 TiB of addresses at once.
  const payload = JSON.stringify({ l: Array(2000).fill(encoded) });
  const { l } = await decodeJson(inPieces(payload, 65536), { schema }) as { l: ArrayFault[] };
  assert(l.every(({ type }) => type === "array_decode_error"));
});

async function assertSameAt(text: string): Promise<void> {
  let position: number | undefined;
  assert.throws(() => parseJson(text), (error: Undecodable) => (position = error.position) !== undefined);
  await assert.rejects(async () => await decodeJson(inPieces(text, 65536), { schema }), {
    name: "Undecodable",
    position,
  });
}

Deno.test("a text that is too long for a string is refused as soon as that is known; numbers do not count", async () => {
  const limit = 4000;
  for (const filler of [" ", "\0", '["a"],', '"'.padEnd(50, "x"), "{}", "é"]) {
    const reader = new LargeJson({ ...SMALL, text: limit });
    let pushed = 0;
    assert.throws(
      () => {
        for (; pushed < 10 * limit; pushed += filler.length) reader.push(new TextEncoder().encode(filler));
      },
      (error) => error instanceof Undecodable && error.message.includes("too long for a string"),
      JSON.stringify(filler),
    );
    assert.ok(pushed < 3 * limit, `${JSON.stringify(filler)}: after ${pushed}`);
  }
  const reader = new LargeJson({ ...SMALL, text: limit });
  reader.push(new TextEncoder().encode(`{"a":[${Array(10 * limit).fill(1).join()}]}`));
  const [[, list]] = plain(await reader.finish({ schema })) as [[string, unknown[]]];
  assert.equal(list.length, 10 * limit);
});

Deno.test("more numbers than a list of JavaScript holds are refused as undecodable", () => {
  // One block again and again: the numbers themselves would take a gigabyte.
  const block = Object.assign([], { length: 2 ** 32 - 1 });
  const list = new NumberList([2 * block.length], [block, block]);
  list.toLists = () => new Array(2 ** 32);
  assert.throws(
    () => toPlain(list),
    new Undecodable(
      "a list of 8589934590 numbers is too long where no array is expected",
      undefined,
    ),
  );
});
