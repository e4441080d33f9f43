/**
 * Sending an answer from a worker: a small one in one frame, a large one as it is written.
 * @module
 */
import { concat } from "../../formats/chunks.ts";
import type { Chunks } from "../../storage/backend.ts";
import { Outflow } from "../protocol/flow.ts";
import { Kind } from "../protocol/protocol.ts";
import type { Wire } from "../protocol/wire.ts";
import { Spool } from "./spool.ts";

/** What a call is answered with; the head means something to the server only. */
export interface Reply {
  readonly head: string;
  readonly chunks: Chunks;
}

/** Up to this size a body goes into one frame with its head. */
const SMALL = 1 << 16;
/**
 * So many milliseconds the worker waits for the client of one answer, and for the clients of all answers that are being
 * sent. What is left then is kept in a file, and sent beside the next calls.
 */
const PATIENCE = 200;
const PATIENCE_WITH_ALL = 2000;

type Pieces = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

/** The answers of a worker that are being sent. */
export class Replies {
  readonly #open = new Map<number, Outflow>();

  constructor(private readonly wire: Wire) {}

  /** The server has used up so many bytes of an answer. */
  grant(id: number, count: number): void {
    this.#open.get(id)?.grant(count);
  }

  /** Is the head of an answer sent, and its body not yet? */
  hasBegun(id: number): boolean {
    return this.#open.has(id);
  }

  /** The server wants no more of an answer. */
  stop(id: number): void {
    this.#open.get(id)?.stop();
    this.#open.delete(id);
  }

  /**
   * Sends an answer. When it returns, or what it returns resolves, all of it is written, if perhaps not sent: from then
   * on user code may change the arrays that it is made from.
   */
  send(id: number, { head, chunks }: Reply): void | Promise<void> {
    // Most are one small piece.
    if (Array.isArray(chunks) && chunks.length === 1 && chunks[0].length <= SMALL) {
      return this.wire.send(Kind.WHOLE, id, chunks[0], head);
    }
    const pieces = chunks.borrowed?.() ?? chunks;
    if (Symbol.asyncIterator in pieces) {
      const iterator = pieces[Symbol.asyncIterator]();
      return iterator.next().then((first) => this.#sendPieces(id, head, first, iterator));
    }
    const iterator = pieces[Symbol.iterator]();
    const first = iterator.next();
    if (first.done) return this.wire.send(Kind.WHOLE, id, undefined, head);
    if (first.value.length > SMALL) return this.#sendPieces(id, head, first, iterator);
    const value = first.value.slice(); // it is there until the next is asked for
    const second = iterator.next();
    if (second.done) return this.wire.send(Kind.WHOLE, id, value, head);
    return this.#sendPieces(id, head, second, iterator, value);
  }

  async #sendPieces(
    id: number,
    head: string,
    next: IteratorResult<Uint8Array>,
    iterator: Pieces,
    first?: Uint8Array,
  ): Promise<void> {
    const beginning = first === undefined ? [] : [first];
    let size = first?.length ?? 0;
    for (; !next.done && size + next.value.length <= SMALL; next = await iterator.next()) {
      beginning.push(next.value.slice());
      size += next.value.length;
    }
    if (next.done) return this.wire.send(Kind.WHOLE, id, concat(beginning), head);

    this.wire.send(Kind.OPEN, id, concat(beginning), head);
    const flow = new Outflow(this.wire, id);
    this.#open.set(id, flow);
    try {
      for (; !next.done && !flow.stopped; next = await iterator.next()) {
        const left = await flow.send(next.value, this.#patience(flow));
        if (left === undefined) continue;
        void this.#sendRest(id, flow, await this.#keep(id, left, iterator));
        return await this.wire.flushed();
      }
    } catch (error) {
      this.wire.send(Kind.ABORT, id);
      throw error;
    }
    this.#end(id);
    await this.wire.flushed(); // The next call may end this process.
  }

  /** What all clients together have made the worker wait counts until their answers are sent. */
  #patience(flow: Outflow): number {
    let waited = -flow.waited;
    for (const other of this.#open.values()) waited += other.waited;
    return Math.min(PATIENCE, Math.max(0, PATIENCE_WITH_ALL - waited));
  }

  /** Writes the rest into a file, which the server reads: so the client gets it even if the next call ends this process. */
  async #keep(id: number, first: Uint8Array, iterator: Pieces): Promise<Spool> {
    const spool = new Spool();
    // Told before it is written, as the server removes it then, whatever becomes of this process.
    if (spool.path !== undefined) this.wire.send(Kind.KEPT, id, new TextEncoder().encode(spool.path));
    try {
      spool.write(first);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) spool.write(next.value);
      return spool;
    } finally {
      spool.close();
    }
  }

  async #sendRest(id: number, flow: Outflow, { path, rest }: Spool): Promise<void> {
    for (let chunk; (chunk = rest.shift()) !== undefined && !flow.stopped;) await flow.send(chunk);
    if (path === undefined) return this.#end(id);
    // The server says when its client has taken it all: until then that has made this worker wait.
    this.wire.send(Kind.END, id);
  }

  #end(id: number): void {
    this.#open.delete(id);
    this.wire.send(Kind.END, id);
  }
}
