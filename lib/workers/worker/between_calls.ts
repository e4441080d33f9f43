/**
 * What a worker waits for after a call, before it begins the next.
 * @module
 */
import { letLoopTurn } from "../../host/event_loop.ts";
import type { FrameSocket } from "../protocol/frame_socket.ts";
import { FrameKind } from "../protocol/frames.ts";

/**
 * After a call that took so many milliseconds, a worker reads all that the server has sent: it may have taken calls back.
 * The server does that only behind calls that take 10 ms (LONG_CALL in pool/worker_calls.ts).
 */
const READ_AFTER = 5;
/**
 * Between two calls the event loop turns once, so that a rejection that the first has left unhandled ends the worker before
 * the next begins. Between calls that take less than so many milliseconds it turns only every so many calls, because a turn
 * takes a tenth of their time.
 */
const TINY_CALL = 0.2;
const MOST_WITHOUT_TURN = 8;

/** The pauses between calls. */
export class BetweenCalls {
  /** How long a call takes, in milliseconds. */
  #averageTime = 1;
  #withoutTurn = 0;
  /** To be called when the server has sent a SYNC back. */
  onSync = () => {};

  constructor(private readonly socket: FrameSocket) {}

  /** What to wait for after a call that took so many milliseconds; `undefined`: nothing. `hasNext`: is another queued? */
  pauseAfter(milliseconds: number, hasNext: boolean): Promise<unknown> | undefined {
    this.#averageTime = this.#averageTime * 0.9 + milliseconds * 0.1;
    if (milliseconds >= READ_AFTER) return this.#readAll();
    if (!hasNext) return undefined;
    if (this.#averageTime <= TINY_CALL && ++this.#withoutTurn < MOST_WITHOUT_TURN) return undefined;
    this.#withoutTurn = 0;
    return letLoopTurn();
  }

  /** When the server's answer to a SYNC is here, so is all that it has sent before. */
  #readAll(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onSync = resolve;
    this.socket.send(FrameKind.SYNC, 0);
    return promise;
  }
}
