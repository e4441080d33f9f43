/**
 * A call on its way through the pool.
 * @module
 */

/** What a worker is asked. The head means something to the worker only. */
export interface PoolCall {
  readonly head: string;
  /** Whole, or as it arrives, each chunk until the next is asked for. What it throws fails the call. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** Names the call on stderr. */
  readonly label: string;
  /** Fires when nobody waits for the answer any more. Asked for only if the call has to wait for long. */
  readonly gone?: () => AbortSignal;
  /** Called when a worker gets it. */
  readonly begun?: () => void;
}

/** What a worker answers. */
export interface PoolAnswer {
  readonly head: string;
  /** Whole, or as it arrives. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

/** Why a call has no answer. */
export type RefusalReason =
  /** The queue is full. */
  | "full"
  /** The pool is being stopped. */
  | "stopping"
  /** The worker ended while it worked on this very call. */
  | "died"
  /** The worker ended for another reason, and the body is gone. It may be sent again. */
  | "interrupted"
  /** Nobody waits for it any more. */
  | "gone";

/** A call that no worker answered. */
export class CallRefused extends Error {
  override name = "CallRefused";
  constructor(readonly reason: RefusalReason, message: string) {
    super(message);
  }
}

/** A call, and whom to tell how it ends. */
export class Job {
  /** Was it answered or refused? */
  settled = false;
  #listener: (() => void) | undefined;

  constructor(
    readonly id: number,
    readonly call: PoolCall,
    private readonly resolve: (answer: PoolAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  /** Calls `drop` when the client goes away, until `unwatch`. */
  watch(drop: () => void): void {
    if (this.#listener !== undefined) return;
    this.#listener = drop;
    const signal = this.call.gone?.();
    if (signal?.aborted) drop();
    else signal?.addEventListener("abort", drop);
  }

  unwatch(): void {
    if (this.#listener === undefined) return;
    this.call.gone?.().removeEventListener("abort", this.#listener);
    this.#listener = undefined;
  }

  answer(answer: PoolAnswer): void {
    this.settled = true;
    this.resolve(answer);
  }

  fail(error: unknown): void {
    this.settled = true;
    this.reject(error);
  }

  refuse(reason: RefusalReason, message: string): void {
    this.fail(new CallRefused(reason, message));
  }
}
