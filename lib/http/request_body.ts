/**
 * Reading the body of a request: a small one whole, a large one as it arrives, and neither beyond the limit.
 * @module
 */
import { concat } from "../formats/chunks.ts";
import { inTime } from "../in_time.ts";
import { BodyTooLarge } from "../workers/worker/gunzip.ts";
import { turn } from "../workers/pool/turn.ts";
import { MAX_BODY_SIZE, MOST_SILENCE, SMALL_BODY } from "./limits.ts";
import { ReadAhead } from "./read_ahead.ts";

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
  return readLarge(readerOf(request.body, length !== undefined), length !== undefined);
}

/** Nothing came of a body for too long, while a worker waited for it. */
export class BodySilent extends Error {
  override name = "BodySilent";
}

const silence = () => new BodySilent(`nothing came of the body for ${MOST_SILENCE / 1000} s`);

/** What reads the next piece, which is there until the one after it is read; `undefined` after the last. */
export interface Reader {
  read(): Promise<Uint8Array | undefined>;
  cancel(): Promise<void>;
}

/** So many bytes are asked for at a time: the usual 64 KiB take twice as long, all the way to the worker. */
const LARGEST_PIECE = 2 ** 19;
/** Where less arrives, not much more is asked for: memory is cleared before it is filled. */
const SMALLEST_PIECE = 2 ** 16;

function readerOf(body: ReadableStream<Uint8Array>, hasLength: boolean): Reader {
  const reader = hasLength ? readerOfBytes(body) : undefined;
  if (reader === undefined) return pieceByPiece(body);
  let buffer = new ArrayBuffer(SMALLEST_PIECE);
  const read = async () => {
    const { value } = await reader.read(new Uint8Array(buffer));
    if (value === undefined || value.length === 0) return undefined;
    // Where more arrives, more is asked for, up to the largest piece.
    const isFull = value.length === value.buffer.byteLength && value.length < LARGEST_PIECE;
    buffer = isFull ? new ArrayBuffer(2 * value.length) : value.buffer;
    return value;
  };
  return { read, cancel: () => reader.cancel() };
}

/** Of a body that was there whole with its head Deno makes a stream of another kind. */
function readerOfBytes(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** After so many milliseconds of pieces that are smaller than this on an average, others have their turn. */
const STRETCH = 5;
const TINY = 2 ** 12;

function pieceByPiece(body: ReadableStream<Uint8Array>): Reader {
  const reader = body.getReader();
  let [since, pieces, bytes] = [performance.now(), 0, 0];
  const read = async () => {
    const { value } = await reader.read();
    if (value === undefined) return undefined;
    bytes += value.length;
    if (++pieces % 64 === 0 && performance.now() - since > STRETCH) {
      if (bytes < TINY * pieces) await turn();
      [since, pieces, bytes] = [performance.now(), 0, 0];
    }
    return value;
  };
  return { read, cancel: () => reader.cancel() };
}

async function readLarge(reader: Reader, hasLength: boolean) {
  const beginning: Uint8Array[] = [];
  for (let size = 0; size <= SMALL_BODY;) {
    const piece = await reader.read();
    if (piece === undefined) return concat(beginning);
    beginning.push(piece.slice());
    size += piece.length;
  }
  return restOf(beginning, reader, hasLength);
}

async function* restOf(
  beginning: readonly Uint8Array[],
  opened: Reader,
  hasLength: boolean,
): AsyncGenerator<Uint8Array> {
  // Not before a worker takes it: what waits for one is held by its sender.
  const reader = hasLength ? opened : new ReadAhead(opened);
  let size = 0;
  try {
    for (const chunk of beginning) {
      size += chunk.length;
      yield chunk;
    }
    for (;;) {
      const piece = await inTime(reader.read(), MOST_SILENCE, silence);
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
