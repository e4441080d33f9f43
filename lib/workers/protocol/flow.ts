/**
 * Bodies in pieces, with back-pressure: of each body only so many bytes are on their way, and the reader grants more
 * as it uses them up. So a slow reader of one body holds back neither memory nor the frames of other calls.
 * @module
 */
import { type Frame, ownPayload, PIECE } from "./protocol.ts";
import type { Wire } from "./wire.ts";

/** So many bytes of one body may be on their way. */
const WINDOW = 4 * PIECE;

/** The sender's side of one body. */
export class Outflow {
  #room = WINDOW;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(private readonly wire: Wire, private readonly id: number) {}

  /** The reader has used up so many bytes. */
  grant(count: number): void {
    this.#room += count;
    this.#wake?.();
  }

  /** The reader wants no more: what is still sent goes nowhere. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  get stopped(): boolean {
    return this.#stopped || this.wire.isClosed;
  }

  /** For so many milliseconds sending has waited for the reader. */
  waited = 0;

  /** Waits until a piece may be sent, but not if all waiting takes more than so many milliseconds; says if it may. */
  async #ready(patience: number): Promise<boolean> {
    await this.wire.room();
    while (this.#room <= 0 && !this.#stopped) {
      const left = patience - this.waited;
      if (left <= 0) return false;
      const start = performance.now();
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (left !== Infinity) timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
      this.#wake = undefined;
      this.waited += performance.now() - start;
    }
    return true;
  }

  /**
   * Sends a chunk, as the reader has room for it: afterwards the chunk may be changed. What would make sending wait for
   * more than so many milliseconds in all is returned.
   */
  async send(chunk: Uint8Array, patience = Infinity): Promise<Uint8Array | undefined> {
    for (let at = 0; at < chunk.length && !this.stopped; at += PIECE) {
      const isReady = await this.#ready(patience);
      if (this.stopped) return;
      if (!isReady) return chunk.subarray(at);
      const piece = chunk.subarray(at, at + PIECE);
      this.#room -= piece.length;
      this.wire.sendPiece(this.id, piece);
    }
  }
}

type Piece = Pick<Frame, "payload" | "release">;

/** The reader's side of one body: what arrives is kept until it is asked for. */
export class Inflow implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  #pieces: Piece[] = [];
  #isDropped = false;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #used = 0;

  constructor(private readonly wire: Wire, private readonly id: number) {}

  push(piece: Piece): void {
    if (this.#isDropped) return piece.release?.();
    if (piece.payload.length === 0) return;
    this.#pieces.push(piece);
    this.#wake?.();
  }

  /** Nobody wants what is there, nor what still comes. */
  drop(): void {
    this.#isDropped = true;
    for (const { release } of this.#pieces) release?.();
    this.#pieces = [];
  }

  /** Nothing more comes: with an error, because it cannot. */
  end(error?: unknown): void {
    if (this.#ended) return;
    if (error !== undefined) this.drop();
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** The next chunk; `undefined` after the last. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const piece = await this.#take();
    return piece && ownPayload(piece);
  }

  /** The chunks, each of which is there until the next is asked for. */
  async *borrowed(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let piece; (piece = await this.#take()) !== undefined;) {
      try {
        yield piece.payload;
      } finally {
        piece.release?.();
      }
    }
  }

  async #take(): Promise<Piece | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#grant(piece.payload.length);
        return piece;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let chunk; (chunk = await this.next()) !== undefined;) yield chunk;
  }

  #grant(count: number): void {
    this.#used += count;
    if (this.#used < WINDOW / 4 || this.#ended) return;
    this.wire.sendCredit(this.id, this.#used);
    this.#used = 0;
  }
}
