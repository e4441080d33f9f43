import assert from "node:assert/strict";
import fc from "fast-check";
import { chunksToBase64, fillFromBase64, toBase64, toBase64Chunks } from "../../lib/formats/base64.ts";

Deno.test("fillFromBase64() reads what toBase64() writes", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = toBase64(bytes);
    assert.equal(text, btoa(String.fromCharCode(...bytes)));
    const read = new Uint8Array(bytes.length);
    assert(fillFromBase64(read, text));
    assert.deepEqual(read, bytes);
  }));
});

Deno.test("fillFromBase64() takes the standard alphabet only, padded, of the right length", () => {
  const wrong: [number, string][] = [
    [3, "****"],
    [2, "AAE"],
    [2, "AAE=="],
    [1, "AA="],
    [1, "AA"],
    [1, "AAA="],
    [1, "AAAA"],
    [3, "AAA="],
    [3, "-_-_"],
    [3, "AA\nA"],
    [6, "AADA\nPwA"],
    [6, " AADAPwA"],
    [3, "AA=="],
    [4, "AA==AA=="],
    [1, "AB=="],
    [2, "AAB="],
    [0, "AAAA"],
    [3, ""],
    [3, "ÄAAA"],
  ];
  for (const [length, text] of wrong) assert(!fillFromBase64(new Uint8Array(length), text), `${length} ${text}`);
  assert(fillFromBase64(new Uint8Array(0), ""));
});

Deno.test("chunksToBase64() is the text of all pieces together, however they are cut", () => {
  const bytes = Uint8Array.from({ length: 2_000_000 }, (_, i) => i * i % 251);
  for (const size of [bytes.length, 900_000, 786_432, 1000, 1]) {
    const count = Math.min(Math.ceil(bytes.length / size), 2000);
    const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    const whole = bytes.subarray(0, count * size);
    for (const expected of [whole.length, 100]) {
      assert.equal([...chunksToBase64(pieces, expected)].join(""), toBase64(whole));
    }
  }
  assert.equal([...chunksToBase64([], 0)].join(""), "");
});

Deno.test("toBase64Chunks() are together one text", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  const many = new Uint8Array(2_000_000);
  for (let at = 0; at < many.length; at += 7777) many.set(bytes.subarray(0, Math.min(5000, many.length - at)), at);
  const pieces = [...toBase64Chunks(many)];
  assert(pieces.length > 1);
  assert.equal(pieces.join(""), toBase64(many));
  assert.deepEqual([...toBase64Chunks(new Uint8Array(0))], []);
});
