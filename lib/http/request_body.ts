/**
 * Reading the body of a request: a small one whole, a large one as it arrives, and neither beyond the limit.
 * @module
 */
import { concat } from "../formats/chunks.ts";
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
  return readLarge(readerOf(request.body));
}

/** What reads the next piece; `undefined` after the last. */
interface Reader {
  read(): Promise<Uint8Array | undefined>;
  cancel(): Promise<void>;
}

/** So many bytes are asked for at a time: the usual 64 KiB take twice as long, all the way to the worker. */
const PIECE = 2 ** 20;

function readerOf(body: ReadableStream<Uint8Array>): Reader {
  try {
    const reader = body.getReader({ mode: "byob" });
    const read = async () => {
      const { value } = await reader.read(new Uint8Array(PIECE));
      if (value === undefined || value.length === 0) return undefined;
      // A small piece does not hold on to the memory of a large one.
      return value.length < PIECE / 4 ? value.slice() : value;
    };
    return { read, cancel: () => reader.cancel() };
  } catch {
    // Not from the network: a request of a test.
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  }
}

async function readLarge(reader: Reader) {
  const beginning: Uint8Array[] = [];
  for (let size = 0; size <= SMALL_BODY;) {
    const piece = await reader.read();
    if (piece === undefined) return concat(beginning);
    beginning.push(piece);
    size += piece.length;
  }
  return restOf(beginning, reader);
}

async function* restOf(beginning: readonly Uint8Array[], reader: Reader): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for (const chunk of beginning) {
      size += chunk.length;
      yield chunk;
    }
    for (;;) {
      const piece = await reader.read();
      if (piece === undefined) return;
      size += piece.length;
      if (size > MAX_BODY_SIZE) throw new BodyTooLarge(`more than ${MAX_BODY_SIZE} bytes`);
      yield piece;
    }
  } finally {
    // a rest that nobody wants must not keep the connection waiting
    await reader.cancel().catch(() => {});
  }
}
