/**
 * Passing the body of a call on to a worker while it arrives.
 * @module
 */
import { Outflow } from "../protocol/flow.ts";
import { Kind } from "../protocol/protocol.ts";
import type { Wire } from "../protocol/wire.ts";
import type { PendingCall } from "./pending_call.ts";

/** A body of which nothing has come for so many milliseconds occupies no worker; for less, the more others wait. */
const STALLED = 50;
/** Where more than this wait, most of them are probably stalled: then one occupies a worker only while bytes are there. */
const MANY = 8;

/** One body on its way. */
export class Upload {
  readonly #flow: Outflow;
  /** Since when the next chunk is waited for; `undefined`: there is one. */
  #waitingSince: number | undefined;

  constructor(readonly call: PendingCall, private readonly wire: Wire) {
    this.#flow = new Outflow(wire, call.id);
  }

  /** Are there bytes that the worker has yet to take, or were there a moment ago? `waiting`: so many others wait. */
  isBusy(now: number, waiting: number): boolean {
    const patience = waiting > MANY ? 0 : STALLED / (1 + waiting);
    return this.#waitingSince === undefined || now - this.#waitingSince < patience;
  }

  /** The worker has used up so many bytes. */
  grant(count: number): void {
    this.#flow.grant(count);
  }

  /** Nothing more is sent: the answer is there, or the worker has ended. */
  stop(): void {
    this.#flow.stop();
  }

  /** Sends it all. Resolves with whether it is complete; a call whose body cannot be read has failed then. */
  async send(body: AsyncIterable<Uint8Array>): Promise<boolean> {
    try {
      this.#waitingSince = performance.now();
      for await (const chunk of body) {
        this.#waitingSince = undefined;
        await this.#flow.send(chunk);
        if (this.#flow.stopped) return false;
        this.#waitingSince = performance.now();
      }
      if (this.#flow.stopped) return false;
      this.wire.send(Kind.END, this.call.id);
      return true;
    } catch (error) {
      this.wire.send(Kind.ABORT, this.call.id);
      if (!this.call.isSettled) this.call.fail(error);
      return false;
    }
  }
}
