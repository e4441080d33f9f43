/**
 * Reads the body of a request: a small one whole, a large one as a stream. Fails if the body is larger than the limit,
 * or the client too slow.
 * @module
 */
import { concat } from "../formats/chunks.ts";
import { BodyTooLarge } from "../workers/body_errors.ts";
import { LEAST_RATE, type Limits, SMALL_BODY } from "./limits.ts";

/** A body whole, or as a stream: then each chunk is valid until the next one is asked for. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** The client sends its body too slowly. */
export class BodyTooSlow extends Error {
  override name = "BodyTooSlow";
}

/**
 * Reads the body of a request. `length` is what its headers say. The promise, or the iteration, fails with
 * `BodyTooLarge` or `BodyTooSlow`, or with Deno's error if the client goes away. `count` gets the sizes of all chunks.
 */
export function readBody(
  request: Request,
  length: number | undefined,
  limits: Pick<Limits, "maxBodySize" | "bodyTimeout">,
  count: (bytes: number) => void,
): Promise<Body> | Body {
  if (length === 0) return new Uint8Array();
  // First of all, because reading the property `request.body` turns the body into a stream.
  if (length !== undefined && length <= LEAST_RATE.bytes && limits.bodyTimeout >= LEAST_RATE.milliseconds) {
    return readAtOnce(request, count);
  }
  if (request.body === null) return new Uint8Array();
  const reader = new BodyReader(request.body, length, limits, count);
  return length !== undefined && length > SMALL_BODY ? reader.chunks([]) : readSmall(reader, length);
}

/**
 * Reads a body by `request.bytes()`, which takes less than half the time. Single chunks are not seen, but a body of at
 * most `LEAST_RATE.bytes` keeps both limits if it is complete within `LEAST_RATE.milliseconds`.
 */
function readAtOnce(request: Request, count: (bytes: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pace = new Pace(LEAST_RATE.milliseconds, reject);
    pace.startWaiting();
    request.bytes().then((bytes) => {
      pace.stopWaiting();
      count(bytes.length);
      resolve(bytes);
    }, (error) => {
      pace.stopWaiting();
      reject(error);
    });
  });
}

/** Reads a body of at most `SMALL_BODY` bytes whole. One of unknown length may turn out to be larger. */
async function readSmall(reader: BodyReader, length = Infinity): Promise<Body> {
  const beginning: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (size < length) {
    const piece = await reader.read();
    if (piece === undefined) break;
    // With a known length the chunks are buffers of Deno's; else they lie in the reader's buffer, which is reused.
    beginning.push(length === Infinity ? piece.slice() : piece);
    size += piece.length;
    if (size > SMALL_BODY) {
      reader.release();
      return reader.chunks(beginning);
    }
  }
  return beginning.length === 1 ? beginning[0]! : concat(beginning);
}

class BodyReader {
  /** Made when the first bytes are asked for. */
  #source: ByteSource | undefined;
  readonly #pace: Pace;
  #size = 0;

  constructor(
    private readonly body: ReadableStream<Uint8Array<ArrayBuffer>>,
    private readonly length: number | undefined,
    private readonly limits: Pick<Limits, "maxBodySize" | "bodyTimeout">,
    private readonly count: (bytes: number) => void,
  ) {
    this.#pace = new Pace(limits.bodyTimeout, () => void this.#source?.cancel().catch(() => {}));
  }

  /** The next bytes, which are valid until the ones after them are read; `undefined` after the last. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#source ??= sourceOf(this.body, this.length !== undefined && this.length <= SMALL_BODY);
    this.#pace.startWaiting();
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      bytes = await this.#source.read();
    } finally {
      this.#pace.received(bytes?.length ?? 0);
    }
    if (bytes === undefined || bytes.length === 0) return undefined;
    this.count(bytes.length);
    this.#size += bytes.length;
    if (this.#size > this.limits.maxBodySize) throw new BodyTooLarge(this.limits.maxBodySize);
    return bytes;
  }

  /** What was read already, and then the rest. */
  async *chunks(beginning: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    try {
      yield* beginning;
      for (let piece; (piece = await this.read()) !== undefined;) yield piece;
    } finally {
      this.release();
    }
  }

  /** Until the next bytes are asked for, others may read the body: if it is refused, `discardBody` does. */
  release(): void {
    this.#source?.release();
    this.#source = undefined;
  }
}

interface ByteSource {
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  cancel(): Promise<void>;
  release(): void;
}

/** The size of the buffer at first, and when chunks are small: a client may send nothing for long. */
const SMALLEST_BUFFER = 2 ** 14;
/** The buffer grows up to this size while it is filled: the 64 KiB chunks of a plain stream take twice as long. */
const LARGEST_BUFFER = 2 ** 19;

function sourceOf(body: ReadableStream<Uint8Array<ArrayBuffer>>, isSmall: boolean): ByteSource {
  const reader = isSmall ? undefined : byteReader(body);
  if (reader === undefined) {
    const reader = body.getReader();
    const read = async () => (await reader.read()).value;
    return { read, cancel: () => reader.cancel(), release: () => reader.releaseLock() };
  }
  let buffer = new ArrayBuffer(SMALLEST_BUFFER);
  const read = async () => {
    const { value } = await reader.read(new Uint8Array(buffer));
    if (value === undefined) return undefined;
    buffer = value.buffer;
    if (value.length === buffer.byteLength && value.length < LARGEST_BUFFER) buffer = new ArrayBuffer(2 * value.length);
    else if (value.length < buffer.byteLength / 4) buffer = new ArrayBuffer(SMALLEST_BUFFER);
    return value;
  };
  return { read, cancel: () => reader.cancel(), release: () => reader.releaseLock() };
}

/** A reader that fills our buffer; `undefined`: Deno makes no byte stream of a body that arrived with its head. */
function byteReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** The reads that wait for a client. One timer checks all of them, because most wait for less than a millisecond. */
const waiting: Pace[] = [];
let sweeper: ReturnType<typeof setInterval> | undefined;
/** How often they are checked, in milliseconds. */
const SWEEP = 250;

function sweep(): void {
  const now = performance.now();
  // From the end, because `check` may remove the one that it checks.
  for (let i = waiting.length - 1; i >= 0; i--) waiting[i]!.check(now);
  if (waiting.length > 0) return;
  clearInterval(sweeper);
  sweeper = undefined;
}

/** Checks that a body arrives fast enough. Only the time counts that is spent waiting for the client. */
class Pace {
  #since = 0;
  /** Its index in `waiting`; -1: it is not in there. */
  #at = -1;
  /** Milliseconds waited and bytes received since the last `LEAST_RATE.bytes` were complete. */
  #waited = 0;
  #received = 0;
  #error: BodyTooSlow | undefined;

  /** `longestPause` in milliseconds; `Infinity`: nothing is checked. */
  constructor(private readonly longestPause: number, private readonly giveUp: (error: BodyTooSlow) => void) {}

  startWaiting(): void {
    this.#since = performance.now();
    if (this.longestPause === Infinity) return;
    this.#at = waiting.push(this) - 1;
    sweeper ??= setInterval(sweep, SWEEP);
  }

  /** Bytes have arrived, or the end. Throws if the body was given up, which looks like its end. */
  received(bytes: number): void {
    this.stopWaiting();
    if (this.#error !== undefined) throw this.#error;
    this.#waited += performance.now() - this.#since;
    this.#received += bytes;
    if (this.#received < LEAST_RATE.bytes) return;
    this.#waited = this.#received = 0;
  }

  stopWaiting(): void {
    if (this.#at < 0) return;
    // The last one takes its place; to remove it from a Set would take a microsecond.
    const last = waiting.pop()!;
    if (last !== this) waiting[last.#at = this.#at] = last;
    this.#at = -1;
  }

  /** Gives the body up if the client has paused for too long, or is too slow; that ends the waiting read. */
  check(now: number): void {
    const waited = now - this.#since;
    if (waited > this.longestPause) this.#fail(`no bytes for ${this.longestPause / 1000} s`);
    else if (this.#waited + waited > LEAST_RATE.milliseconds) {
      this.#fail(`less than ${LEAST_RATE.bytes / 1000} kB in ${LEAST_RATE.milliseconds / 1000} s`);
    }
  }

  #fail(what: string): void {
    this.stopWaiting();
    this.#error = new BodyTooSlow(`The body came too slowly: ${what}`);
    this.giveUp(this.#error);
  }
}
