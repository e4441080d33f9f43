/**
 * Reading the body of a request: a small one whole, a large one as it arrives, and neither beyond the limit.
 * @module
 */
import { BodyTooLarge } from "../workers/gunzip.ts";
import { MAX_BODY_SIZE, SMALL_BODY } from "./limits.ts";

/**
 * The body of a request: whole if it is small, else in chunks, which throw `BodyTooLarge` beyond the limit.
 * `length` is what its headers say.
 */
export function readBody(
  request: Request,
  length: number | undefined,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  if (length !== undefined && length <= SMALL_BODY) return request.bytes();
  if (request.body === null) return Promise.resolve(new Uint8Array());
  return readLarge(request.body.getReader());
}

async function readLarge(reader: ReadableStreamDefaultReader<Uint8Array>) {
  const beginning: Uint8Array[] = [];
  for (let size = 0; size <= SMALL_BODY;) {
    const { done, value } = await reader.read();
    if (done) return concat(beginning, size);
    beginning.push(value);
    size += value.length;
  }
  return restOf(beginning, reader);
}

async function* restOf(
  beginning: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for (const chunk of beginning) {
      size += chunk.length;
      yield chunk;
    }
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
      if (size > MAX_BODY_SIZE) throw new BodyTooLarge(`more than ${MAX_BODY_SIZE} bytes`);
      yield value;
    }
  } finally {
    // a rest that nobody wants must not keep the connection waiting
    await reader.cancel().catch(() => {});
  }
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
