import assert from "node:assert/strict";
import { concat } from "../../lib/formats/chunks.ts";
import { wholeIfSmall } from "../../lib/http/whole_if_small.ts";

/** Chunks of three bytes in memory that is reused, and whether the place that they come from is open. */
function source(count: number) {
  const buffer = new Uint8Array(3);
  const from = { isOpen: true, chunks: chunks() };
  async function* chunks() {
    try {
      for (let i = 0; i < count; i++) yield buffer.fill(i);
    } finally {
      from.isOpen = false;
    }
  }
  return from;
}

Deno.test("wholeIfSmall() gives at most so many bytes whole, more as a stream of all of them", async () => {
  for (const [count, isWhole] of [[0, true], [1, true], [3, true], [4, false], [9, false]] as const) {
    const from = source(count);
    const body = await wholeIfSmall(from.chunks, 9);
    assert.equal(body instanceof Uint8Array, isWhole, `${count} chunks`);
    const bytes = body instanceof Uint8Array ? body : concat(await Array.fromAsync(body, (chunk) => chunk.slice()));
    assert.deepEqual([...bytes], Array.from({ length: 3 * count }, (_, i) => Math.floor(i / 3)));
    assert.equal(from.isOpen, false);
  }
});

Deno.test("what wholeIfSmall() streams is closed when nobody wants the rest, or any of it", async () => {
  for (const taken of [0, 1, 4, 5]) {
    const from = source(9);
    const body = await wholeIfSmall(from.chunks, 9);
    assert(!(body instanceof Uint8Array));
    const reader = ReadableStream.from(body).getReader();
    for (let i = 0; i < taken; i++) assert.equal((await reader.read()).value?.[0], i);
    await reader.cancel();
    assert.equal(from.isOpen, false, `after ${taken} chunks`);
  }
});
