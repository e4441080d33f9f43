import assert from "node:assert/strict";
import fc from "fast-check";
import { formatMark, type Mark, MarkReader } from "../../lib/workers/protocol/marks.ts";

const SECRET = "8d3f";
const encoder = new TextEncoder();

/** What a reader finds in these pieces: texts, and marks as objects. Texts that follow each other are one. */
function read(pieces: Iterable<Uint8Array>): (string | Mark)[] {
  const reader = new MarkReader(SECRET);
  const found: (string | Mark)[] = [];
  const add = (bytes: Uint8Array) => {
    const text = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
    if (typeof found.at(-1) === "string") found.push(`${found.pop()}${text}`);
    else if (text !== "") found.push(text);
  };
  for (const piece of pieces) {
    for (const part of reader.read(piece)) part instanceof Uint8Array ? add(part) : found.push(part);
  }
  add(reader.finish());
  return found;
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield bytes.subarray(at, at += size);
  yield bytes.subarray(at);
}

Deno.test("prints and marks come out as they went in, however they are cut", () => {
  const mark = fc.record({ kind: fc.constantFrom("begin" as const, "end" as const), id: fc.nat(4294967295) });
  const text = fc.constantFrom(
    "a line\n",
    "no end",
    "\x1e",
    `\x1e${SECRET}`,
    `\x1e${SECRET}+`,
    `\x1e${SECRET}+x\n`,
    "\n",
  );
  const parts = fc.array(fc.oneof(mark, text), { maxLength: 8 });
  fc.assert(
    fc.property(parts, fc.array(fc.nat(9), { maxLength: 40 }), (parts, sizes) => {
      const whole = parts.map((part) => typeof part === "string" ? part : formatMark(SECRET, part)).join("");
      assert.deepEqual(read(cut(encoder.encode(whole), sizes)), read([encoder.encode(whole)]));
    }),
  );
});

Deno.test("marks are found anywhere, also behind a line without an end", () => {
  const text = `one\ntw${formatMark(SECRET, { kind: "begin", id: 7 })}o\n${formatMark(SECRET, { kind: "end", id: 7 })}`;
  assert.deepEqual(read([encoder.encode(text)]), ["one\ntw", { kind: "begin", id: 7 }, "o\n", { kind: "end", id: 7 }]);
});

Deno.test("what only looks like a mark is a print", () => {
  for (const text of ["\x1e", "\x1eother+1\n", `\x1e${SECRET}`, `\x1e${SECRET}+\n`, `\x1e${SECRET}+12345678901234\n`]) {
    assert.deepEqual(read([encoder.encode(text)]), [text]);
  }
});
