/**
 * Bodies in pieces, with back-pressure: of each body only so many bytes are on their way, and the reader grants more
 * as it uses them up. So a slow reader of one body holds back neither memory nor the frames of other calls.
 * @module
 */
import { Kind, PIECE } from "./protocol.ts";
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
    return this.#stopped;
  }

  /** Waits until a piece may be sent, or for at most so many milliseconds; returns whether it may. */
  async ready(patience?: number): Promise<boolean> {
    const deadline = patience === undefined ? Infinity : performance.now() + patience;
    await this.wire.room();
    while (this.#room <= 0 && !this.#stopped) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (left !== Infinity) timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    return true;
  }

  /** Sends a chunk, as the reader has room for it. */
  async send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#stopped; at += PIECE) {
      await this.ready();
      if (this.#stopped) return;
      const piece = chunk.subarray(at, at + PIECE);
      this.#room -= piece.length;
      this.wire.send(Kind.DATA, this.id, piece);
    }
  }
}

/** The reader's side of one body: what arrives is kept until it is asked for. */
export class Inflow implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #used = 0;

  constructor(private readonly wire: Wire, private readonly id: number) {}

  push(chunk: Uint8Array<ArrayBuffer>): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** Nothing more comes: with an error, because it cannot. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** The next chunk; `undefined` after the last. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#grant(chunk.length);
        return chunk;
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
