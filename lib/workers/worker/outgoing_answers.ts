/**
 * Sending an answer from a worker: a small one in one frame, a large one as it is written.
 * @module
 */
import { concat } from "../../formats/chunks.ts";
import type { Chunks } from "../../storage/backend.ts";
import { OutgoingBody } from "../protocol/flow_control.ts";
import { FrameKind } from "../protocol/frames.ts";
import type { FrameSocket } from "../protocol/frame_socket.ts";
import { DiskBuffer } from "./disk_buffer.ts";

/** The answer to a call. The head is an `AnswerHead` as JSON. */
export interface CallAnswer {
  readonly head: string;
  readonly chunks: Chunks;
}

/** A body of at most so many bytes is sent in one frame with its head. */
const SMALL = 1 << 16;
/**
 * A worker waits at most so many milliseconds for the client of one answer to read it, and for the clients of all answers
 * that are being sent together. Then the rest of the answer is buffered in a file, which the server reads.
 */
const PATIENCE = 200;
const PATIENCE_WITH_ALL = 2000;

type Pieces = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

/** The answers whose heads are sent, and whose bodies are not yet. */
export class OutgoingAnswers {
  readonly #open = new Map<number, OutgoingBody>();
  /** Those that are being sent: neither all sent, nor in a file yet. */
  readonly #sending = new Set<Promise<void>>();

  constructor(private readonly socket: FrameSocket) {}

  /** The server has consumed so many bytes of an answer. */
  grant(id: number, count: number): void {
    this.#open.get(id)?.grant(count);
  }

  /** Is the head of an answer sent, and its body not yet? */
  hasBegun(id: number): boolean {
    return this.#open.has(id);
  }

  /** Resolves when all that have been begun are sent, or are in files that the server reads. */
  async sent(): Promise<void> {
    await Promise.allSettled(this.#sending);
    await this.socket.flushed();
  }

  /** The server does not want the rest of an answer. */
  stop(id: number): void {
    this.#open.get(id)?.stop();
    this.#open.delete(id);
  }

  /**
   * Sends an answer. When it returns, or the promise that it returns resolves, all chunks have been encoded and copied,
   * even if not all is sent: user code may change the arrays that they were made from.
   */
  send(id: number, { head, chunks }: CallAnswer): void | Promise<void> {
    // Most answers are one small chunk, and are sent without a promise.
    if (Array.isArray(chunks) && chunks.length === 1 && chunks[0].length <= SMALL) {
      return this.socket.send(FrameKind.WHOLE, id, chunks[0], head);
    }
    const pieces = chunks.borrowed?.() ?? chunks;
    return this.#sendPieces(
      id,
      head,
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator](),
    );
  }

  async #sendPieces(id: number, head: string, iterator: Pieces): Promise<void> {
    const beginning: Uint8Array[] = [];
    let size = 0;
    let next = await iterator.next();
    for (; !next.done && size + next.value.length <= SMALL; next = await iterator.next()) {
      beginning.push(next.value.slice()); // The chunk is valid only until the next is asked for.
      size += next.value.length;
    }
    if (next.done) return this.socket.send(FrameKind.WHOLE, id, concat(beginning), head);

    this.socket.send(FrameKind.OPEN, id, concat(beginning), head);
    const flow = new OutgoingBody(this.socket, id);
    this.#open.set(id, flow);
    const sent = Promise.withResolvers<void>();
    this.#sending.add(sent.promise);
    try {
      await this.#sendBody(id, flow, next, iterator);
      await this.socket.flushed(); // The next call may end this process.
    } catch (error) {
      this.socket.send(FrameKind.ABORT, id);
      throw error;
    } finally {
      this.#sending.delete(sent.promise);
      sent.resolve();
    }
  }

  async #sendBody(id: number, flow: OutgoingBody, next: IteratorResult<Uint8Array>, iterator: Pieces): Promise<void> {
    for (; !next.done && !flow.stopped; next = await iterator.next()) {
      const left = await flow.send(next.value, this.#patience(flow));
      if (left === undefined) continue;
      return void this.#sendRest(id, flow, await this.#writeToDisk(id, left, iterator));
    }
    this.#end(id);
  }

  /** How long `flow` may wait in all: less if the clients of other answers that are being sent have made it wait, too. */
  #patience(flow: OutgoingBody): number {
    let waited = -flow.waited;
    for (const other of this.#open.values()) waited += other.waited;
    return Math.min(PATIENCE, Math.max(0, PATIENCE_WITH_ALL - waited));
  }

  /** Writes the rest into a file, which the server reads: the client gets it even if the next call ends this process. */
  async #writeToDisk(id: number, first: Uint8Array, iterator: Pieces): Promise<DiskBuffer> {
    const buffer = new DiskBuffer();
    // The server is told before anything is written, and removes the file then, whatever becomes of this process.
    if (buffer.path !== undefined) this.socket.send(FrameKind.ON_DISK, id, new TextEncoder().encode(buffer.path));
    try {
      buffer.write(first);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) buffer.write(next.value);
      return buffer;
    } finally {
      buffer.close();
    }
  }

  async #sendRest(id: number, flow: OutgoingBody, { path, rest }: DiskBuffer): Promise<void> {
    for (let chunk; (chunk = rest.shift()) !== undefined && !flow.stopped;) await flow.send(chunk);
    if (path === undefined) return this.#end(id);
    // The server says when its client has taken all: until then the wait for it counts (`#patience`).
    this.socket.send(FrameKind.END, id);
  }

  #end(id: number): void {
    this.#open.delete(id);
    this.socket.send(FrameKind.END, id);
  }
}
