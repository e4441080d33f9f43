/**
 * Answers of a worker whose bodies arrive in pieces.
 * @module
 */
import { Inflow } from "../protocol/flow.ts";
import { Kind } from "../protocol/protocol.ts";
import type { Wire } from "../protocol/wire.ts";

/** Why an answer does not go on: without a stack, as Deno writes it to stderr. */
function brokenOff(reason: string): Error {
  const error = new Error(reason);
  error.stack = String(error);
  return error;
}

/** The answers that a worker is sending. */
export class ArrivingAnswers {
  readonly #bodies = new Map<number, Inflow>();

  /** `ended` is called when a reader stops before the end. */
  constructor(private readonly wire: Wire, private readonly ended: () => void) {}

  get count(): number {
    return this.#bodies.size;
  }

  /** The body of an answer that begins. */
  open(id: number, beginning: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
    const body = new Inflow(this.wire, id);
    body.push({ payload: beginning });
    this.#bodies.set(id, body);
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await body.next();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => this.cancel(id),
    }, { highWaterMark: 0 });
  }

  push(id: number, payload: Uint8Array<ArrayBuffer>): void {
    this.#bodies.get(id)?.push({ payload });
  }

  /** All of it is there; `isBroken`: the rest will not come. */
  end(id: number, isBroken: boolean): void {
    this.#bodies.get(id)?.end(isBroken ? brokenOff("the answer broke off") : undefined);
    this.#bodies.delete(id);
  }

  /** Nobody wants the rest. */
  cancel(id: number): void {
    if (this.#bodies.delete(id)) this.wire.send(Kind.ABORT, id);
    this.ended();
  }

  /** The worker has ended. */
  breakOff(): void {
    for (const body of this.#bodies.values()) body.end(brokenOff("the worker ended"));
    this.#bodies.clear();
  }
}
