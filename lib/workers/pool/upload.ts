/**
 * Sending the body of a call to a worker while it arrives from the client.
 * @module
 */
import { OutgoingBody } from "../protocol/flow_control.ts";
import { FrameKind } from "../protocol/frames.ts";
import type { FrameSocket } from "../protocol/frame_socket.ts";
import type { PendingCall } from "./pending_call.ts";

/**
 * If no bytes have come for so many milliseconds, divided by how many uploads wait for a worker, this one is stalled, and
 * the worker may be given another.
 */
const STALLED_AFTER = 50;
/** If more than so many uploads wait, most are probably stalled: then one is stalled as soon as no bytes are there. */
const MANY_WAITING = 8;

/** A body that is being sent. */
export class Upload {
  /** The body on the socket, which is told of the worker's credit. */
  readonly outgoing: OutgoingBody;
  /** Since when the next chunk has been waited for; `undefined`: one is being sent. */
  #waitingSince: number | undefined;

  constructor(readonly call: PendingCall, private readonly socket: FrameSocket) {
    this.outgoing = new OutgoingBody(socket, call.id);
  }

  /** Is it stalled, so that it does not keep its worker busy? `waiting`: how many other uploads wait for a worker. */
  isStalled(now: number, waiting: number): boolean {
    const after = waiting > MANY_WAITING ? 0 : STALLED_AFTER / (1 + waiting);
    return this.#waitingSince !== undefined && now - this.#waitingSince >= after;
  }

  /**
   * Sends the body. Resolves with whether all of it was sent. It stops early when `outgoing` is stopped, because the answer
   * is there or the worker has ended. If the body cannot be read, the call fails.
   */
  async send(body: AsyncIterable<Uint8Array>): Promise<boolean> {
    try {
      this.#waitingSince = performance.now();
      for await (const chunk of body) {
        this.#waitingSince = undefined;
        await this.outgoing.send(chunk);
        if (this.outgoing.stopped) return false;
        this.#waitingSince = performance.now();
      }
      if (this.outgoing.stopped) return false;
      this.socket.send(FrameKind.END, this.call.id);
      return true;
    } catch (error) {
      this.socket.send(FrameKind.ABORT, this.call.id);
      if (!this.call.isSettled) this.call.fail(error);
      return false;
    }
  }
}
