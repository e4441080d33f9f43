/** What the client writes is what the server reads, and the other way round; base64 on every platform. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { isNdArray, type NdArray, scalarOf } from "../../lib/arrays/ndarray.ts";
import { base64Length, readBase64, writeBase64 } from "../../lib/client/base64.ts";
import { decodeAnswer } from "../../lib/client/decode.ts";
import { encodePayload } from "../../lib/client/encode.ts";
import { concat } from "../../lib/formats/chunks.ts";
import { loadFormat } from "../../lib/formats/registry.ts";
import { anyShape, array, z } from "../../mod.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { anyArray, anyDType } from "../arrays/arbitraries.ts";

const schema = readSchema(z.object({ a: array(anyShape, null) }), "test").node;
const arrays = anyDType.chain((dtype) => anyArray(dtype));
const FORMATS = ["json", "json+base64"] as const;

Deno.test("the server reads every array that the client writes, in both formats", async () => {
  const { decode } = await loadFormat("json");
  await fc.assert(
    fc.asyncProperty(arrays, fc.constantFrom(...FORMATS), async (a, format) => {
      const tree = await decode([encodePayload({ a }, format)], { schema }) as { a: NdArray };
      assert.deepEqual(tree.a, a);
    }),
  );
});

Deno.test("what is no array is refused with its place, before anything is sent", () => {
  const data = new Float64Array(2);
  for (
    const [array, words] of [
      [{ dtype: "float65", shape: [2], data }, 'inputs.a: "float65" is not a dtype'],
      [{ dtype: 1, shape: [2], data }, "inputs.a: 1 is not a dtype"],
      [{ dtype: "float32", shape: [2], data }, "inputs.a: data of dtype float32 is a Float32Array, got a Float64Array"],
      [new DataView(data.buffer), "inputs.a: a DataView has no dtype"],
    ] as const
  ) {
    for (const format of FORMATS) {
      assert.throws(() => encodePayload({ inputs: { a: array } }, format), { name: "TypeError", message: words });
    }
  }
});

Deno.test("the client reads every array that the server writes, in all formats, compressed or not", async () => {
  const formats = fc.constantFrom(...FORMATS), compressions = fc.constantFrom(undefined, "lz4" as const);
  await fc.assert(
    fc.asyncProperty(arrays, formats, compressions, async (a, name, compression) => {
      const format = await loadFormat(name);
      const bytes = concat(await Array.fromAsync(await format.encode({ a }, { compression })));
      assert.deepEqual(decodeAnswer(bytes, false), { a });
      assert.deepEqual(decodeAnswer(bytes, true), { a: a.shape.length === 0 ? scalarOf(a) : a });
    }),
  );
});

/** A value as JSON has it, minus zero with its sign. */
const asJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, part) => Object.is(part, -0) ? "minus zero" : part),
    (_key, part) => part === "minus zero" ? -0 : part,
  );

Deno.test("what holds no arrays comes back as it is, texts that look like something else among it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: "medium" }), (tree) => {
      const bytes = encodePayload({ tree }, "json");
      assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), asJson({ tree }));
      assert.deepEqual(decodeAnswer(bytes, true), asJson({ tree }));
    }),
    { examples: [[{ "": [[-0]] }]] },
  );
  const texts = [
    "1234567890123456",
    "NaN",
    '"NaN"',
    "\\",
    '\\"1234567890123456\\"',
    "0.1:0",
    "x".repeat(70_000),
    '\\"€'.repeat(30_000),
  ];
  const text = JSON.stringify({ texts, NaN: 1, long: "\n".repeat(70_000) });
  const bare = text.replace(
    /^\{/,
    '{"bare":[NaN,-Infinity,1234567890123456789,0.1234567890123456,1234567890123456.5],',
  );
  assert.deepEqual(decodeAnswer(new TextEncoder().encode(bare), true), {
    // outside arrays a number is the nearest float, and what JSON has no number for the word for it
    bare: ["NaN", "-Infinity", 1234567890123456789, 0.1234567890123456, 1234567890123456.5],
    ...JSON.parse(text),
  });
});

Deno.test("a key __proto__ is data", () => {
  const encoded = '{"object_type":"array","shape":[1],"dtype":"int8","data":{"buffer":[1],"encoding":"json"}}';
  const answer = decodeAnswer(new TextEncoder().encode(`{"__proto__":${encoded},"a":1}`), true) as object;
  assert.deepEqual(Object.keys(answer), ["__proto__", "a"]);
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert(isNdArray(Object.getOwnPropertyDescriptor(answer, "__proto__")!.value));
});

Deno.test("base64 is the same with and without the platform's own", () => {
  const withoutNative = <T>(work: () => T): T => {
    const names = ["toBase64", "setFromBase64"];
    const own = names.map((name) => Object.getOwnPropertyDescriptor(Uint8Array.prototype, name));
    for (const name of names) Reflect.deleteProperty(Uint8Array.prototype, name);
    try {
      return work();
    } finally {
      names.forEach((name, i) => own[i] && Object.defineProperty(Uint8Array.prototype, name, own[i]));
    }
  };
  const write = (bytes: Uint8Array) => {
    const text = new Uint8Array(base64Length(bytes.length));
    writeBase64(bytes, text);
    return text;
  };
  const large = Uint8Array.from({ length: 3 * 2 ** 18 + 2 }, (_, i) => i * 7919 >>> 5);
  const check = (bytes: Uint8Array) => {
    const text = new TextEncoder().encode(btoa(String.fromCharCode(...bytes.subarray(0, 1000))));
    for (const run of [(work: () => void) => work(), withoutNative]) {
      run(() => {
        const written = write(bytes);
        if (bytes.length <= 1000) assert.deepEqual(written, text);
        assert.deepEqual(readBase64(written), new Uint8Array(bytes));
      });
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), check));
  check(large);
  for (const wrong of ["A", "AA", "AAA", "AA=A", "AAAA=", "A===", "====", "AAA\n", "AA-_", "AAAÄ", "AA==AAAA"]) {
    const text = new TextEncoder().encode(wrong);
    assert.throws(() => readBase64(text), /no base64 text/, wrong);
    withoutNative(() => assert.throws(() => readBase64(text), /no base64 text/, wrong));
  }
});
