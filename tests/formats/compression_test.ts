import assert from "node:assert/strict";
import fc from "fast-check";
import { anyArray, anyDType } from "../arrays/arbitraries.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { jsonBase64 } from "../../lib/formats/json/json.ts";
import type { Node } from "../../lib/schema/node.ts";

const schema: Node = {
  kind: "array",
  type: { dtype: null, shape: null, differentiable: false },
  hasArrays: true,
};

Deno.test("json+base64 with lz4: what is written compressed is read back to the last bit", async () => {
  await fc.assert(fc.asyncProperty(anyDType.chain((dtype) => anyArray(dtype)), async (array) => {
    const chunks = await Array.fromAsync(await jsonBase64.encode(array, { compression: "lz4" }));
    assert.match(new TextDecoder().decode(chunks[0]), /"encoding":"base64","compression":"lz4"/);
    const read = await jsonBase64.decode(chunks, { schema }) as NdArray;
    assert.deepEqual([read.dtype, read.shape], [array.dtype, array.shape]);
    const bytes = ({ data }: NdArray) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    assert.deepEqual(bytes(read), bytes(array));
  }));
});

Deno.test("a broken frame, or one of another length, is a fault of the buffer", async () => {
  const decode = (buffer: unknown, compression: unknown = "lz4") => {
    const value = { shape: [3], dtype: "float32", data: { buffer, encoding: "base64", compression } };
    return jsonBase64.decode([new TextEncoder().encode(JSON.stringify(value))], { schema }) as Promise<
      { type: string }
    >;
  };
  for (const wrong of ["AAAAAAAAAAAAAAAA", "!", "=", "==", "", 7, "BCJNGGhADAAAAAAAAABd"]) {
    assert.equal((await decode(wrong)).type, "array_decode_error", String(wrong));
  }
  assert.equal((await decode("AAAA", "zip")).type, "literal_error");
});
