/**
 * The answers of a worker whose bodies arrive in pieces.
 * @module
 */
import { IncomingBody } from "../protocol/flow_control.ts";
import { FrameKind } from "../protocol/frames.ts";
import type { FrameSocket } from "../protocol/frame_socket.ts";

/** The error of a body that is broken off: without a stack, because Deno prints it to stderr. */
function brokenOff(reason: string): Error {
  const error = new Error(reason);
  error.stack = String(error);
  return error;
}

/** The answers whose heads have arrived, and whose bodies not yet. */
export class IncomingAnswers {
  readonly #bodies = new Map<number, IncomingBody>();

  /** `cancelled` is called when the reader of a body cancels it. */
  constructor(private readonly socket: FrameSocket, private readonly cancelled: () => void) {}

  get count(): number {
    return this.#bodies.size;
  }

  /** The head of an answer has arrived: returns its body, which is read as fast as the client takes it. */
  open(id: number, beginning: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
    const body = new IncomingBody(this.socket, id);
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

  /** All of the body is there; `isBroken`: the rest will not come. */
  end(id: number, isBroken: boolean): void {
    this.#bodies.get(id)?.end(isBroken ? brokenOff("the answer broke off") : undefined);
    this.#bodies.delete(id);
  }

  /** The rest of the body is not wanted. */
  cancel(id: number): void {
    if (this.#bodies.delete(id)) this.socket.send(FrameKind.ABORT, id);
    this.cancelled();
  }

  /** The worker has ended. */
  breakOff(): void {
    for (const body of this.#bodies.values()) body.end(brokenOff("the worker ended"));
    this.#bodies.clear();
  }
}
