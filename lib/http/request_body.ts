/**
 * Reads the body of a request: a small one whole, a large one as a stream. Fails if the body is larger than the limit,
 * or the client too slow.
 * @module
 */
import { BodyTooLarge } from "../workers/body_errors.ts";
import { LEAST_RATE, type Limits, SMALL_BODY } from "./limits.ts";
import { type Body, wholeIfSmall } from "./whole_if_small.ts";

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
  const chunks = chunksOf(request.body, limits, count);
  return length !== undefined && length > SMALL_BODY ? chunks : wholeIfSmall(chunks, SMALL_BODY);
}

/**
 * Reads a body by `request.bytes()`, which takes less than half the time. Single chunks are not seen, but a body of at
 * most `LEAST_RATE.bytes` keeps both limits if it is complete within `LEAST_RATE.milliseconds`.
 */
function readAtOnce(request: Request, count: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
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

async function* chunksOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxBodySize, bodyTimeout }: Pick<Limits, "maxBodySize" | "bodyTimeout">,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const source = sourceOf(body);
  const pace = new Pace(bodyTimeout, () => void source.cancel().catch(() => {}));
  for (let size = 0;;) {
    pace.startWaiting();
    let bytes: Uint8Array | undefined;
    try {
      bytes = await source.read();
    } finally {
      pace.received(bytes?.length ?? 0);
    }
    if (bytes === undefined || bytes.length === 0) return;
    count(bytes.length);
    size += bytes.length;
    if (size > maxBodySize) throw new BodyTooLarge(maxBodySize);
    yield bytes;
  }
}

interface ByteSource {
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  cancel(): Promise<void>;
}

/** The size of the buffer at first, and when chunks are small: a client may send nothing for long. */
const SMALLEST_BUFFER = 2 ** 14;
/** The buffer grows up to this size while it is filled: the 64 KiB chunks of a plain stream take twice as long. */
const LARGEST_BUFFER = 2 ** 19;

/** The body is locked only while bytes are waited for: where it is refused, `discardBody` reads the rest. */
function sourceOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ByteSource {
  let buffer = new ArrayBuffer(SMALLEST_BUFFER);
  let reader: Reader;
  const read = async () => {
    reader = readerOf(body);
    try {
      if (reader instanceof ReadableStreamDefaultReader) return (await reader.read()).value;
      const { value } = await reader.read(new Uint8Array(buffer));
      if (value === undefined) return undefined;
      buffer = value.buffer;
      const { length } = value;
      if (length === buffer.byteLength && length < LARGEST_BUFFER) buffer = new ArrayBuffer(2 * length);
      else if (length < buffer.byteLength / 4) buffer = new ArrayBuffer(SMALLEST_BUFFER);
      return value;
    } finally {
      reader.releaseLock();
    }
  };
  return { read, cancel: () => reader.cancel() };
}

type Reader = ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** A reader that fills our buffer, if there is one: Deno makes no byte stream of a body that arrived with its head. */
function readerOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): Reader {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return body.getReader();
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
