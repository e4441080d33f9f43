/**
 * Flow control of bodies that are sent in pieces. The sender of a body may be at most one window ahead of its receiver,
 * which sends credit (CREDIT) as it consumes bytes, as in HTTP/2. So a slow receiver of one body neither makes buffers
 * grow nor blocks the frames of other calls.
 * @module
 */
import { bytesOf, type Frame, FrameKind, ownPayload, PIECE } from "./frames.ts";
import type { FrameSocket } from "./frame_socket.ts";

/** Bytes of one body that may be sent and not yet consumed. */
const WINDOW = 4 * PIECE;

/** A body that this process sends. */
export class OutgoingBody {
  #credit = WINDOW;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(private readonly socket: FrameSocket, private readonly id: number) {}

  /** The receiver has consumed so many bytes: as many more may be sent. */
  grant(count: number): void {
    this.#credit += count;
    this.#wake?.();
  }

  /** The receiver wants no more: what is still given to `send` is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  get stopped(): boolean {
    return this.#stopped || this.socket.isClosed;
  }

  /** For how many milliseconds `send` has waited for credit. */
  waited = 0;

  /** Waits until a piece may be sent. Returns false when all waits together have taken `patience` milliseconds. */
  async #mayProceed(patience: number): Promise<boolean> {
    await this.socket.flushed(2 * PIECE);
    while (this.#credit <= 0 && !this.#stopped) {
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
   * Sends a chunk piece by piece, as credit allows. Once it resolves the chunk may be changed. If sending has waited for
   * more than `patience` milliseconds, over all calls, it returns the part that is not sent.
   */
  async send(chunk: Uint8Array, patience = Infinity): Promise<Uint8Array | undefined> {
    for (let at = 0; at < chunk.length && !this.stopped; at += PIECE) {
      const mayProceed = await this.#mayProceed(patience);
      if (this.stopped) return;
      if (!mayProceed) return chunk.subarray(at);
      const piece = chunk.subarray(at, at + PIECE);
      this.#credit -= piece.length;
      this.socket.sendPiece(this.id, piece);
    }
  }
}

/** A piece of a body. */
export type Piece = Pick<Frame, "payload" | "release">;

/** A body that this process receives: pieces are kept until they are asked for. */
export class IncomingBody implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  #pieces: Piece[] = [];
  #isDropped = false;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #consumed = 0;

  constructor(private readonly socket: FrameSocket, private readonly id: number) {}

  push(piece: Piece): void {
    if (this.#isDropped) return piece.release?.();
    if (piece.payload.length === 0) return;
    this.#pieces.push(piece);
    this.#wake?.();
  }

  /** Drops the pieces that are here, and those that still come. */
  drop(): void {
    this.#isDropped = true;
    for (const { release } of this.#pieces) release?.();
    this.#pieces = [];
  }

  /** Nothing more comes. With an error: the body is broken off, and reading it throws that. */
  end(error?: unknown): void {
    if (this.#ended) return;
    if (error !== undefined) this.drop();
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** The chunks, each in memory of its own. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let piece; (piece = await this.#take()) !== undefined;) yield ownPayload(piece);
  }

  /** The chunks without a copy: each is valid only until the next is asked for. */
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
        this.#sendCredit(piece.payload.length);
        return piece;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }

  /** Credit is sent in quarters of a window, not for every piece. */
  #sendCredit(count: number): void {
    this.#consumed += count;
    if (this.#consumed < WINDOW / 4 || this.#ended) return;
    this.socket.send(FrameKind.CREDIT, this.id, bytesOf(new Uint32Array([this.#consumed])));
    this.#consumed = 0;
  }
}
