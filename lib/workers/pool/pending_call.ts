/**
 * A call from the moment the pool gets it until it is answered or refused.
 * @module
 */

/** A call, as the pool gets it. The pool does not read the head. */
export interface PoolCall {
  readonly head: string;
  /** Whole, or as it arrives, each chunk valid until the next is asked for. If reading it throws, the call fails. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** The run that the call belongs to: what it prints goes to the log of that run. Empty for documents. */
  readonly runId: string;
  /** Makes a signal that fires when the client goes away. Called only if the call takes long. */
  readonly gone?: () => AbortSignal;
  /** Called when a worker gets it. */
  readonly begun?: () => void;
  /**
   * Makes the call exclusive, for long runs: an idle worker is reserved for it, then this is called, once, to ask whether
   * it may begin; the worker gets no other call before it ends. It is queued even if the queue is full.
   */
  readonly mayBegin?: () => Promise<boolean>;
  /** The time limit of this call in milliseconds, instead of the pool's. */
  readonly timeout?: number;
  /** Called with the lines that the call prints. */
  readonly printed?: (lines: readonly string[]) => void;
}

/** The answer to a call. */
export interface PoolAnswer {
  readonly head: string;
  /** Whole, or as it arrives. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

/** Why a call was refused. */
export type RefusalReason =
  /** The queue is full. */
  | "full"
  /** The pool is being stopped. */
  | "stopping"
  /** The worker ended while it worked on this very call. */
  | "died"
  /** The worker ended for another reason, and the call cannot be repeated here, as its body is gone. The client can. */
  | "interrupted"
  /** No worker can be started. */
  | "unavailable"
  /** It ran for longer than a call may. */
  | "timeout"
  /** The client has gone away. */
  | "gone";

/** A call was refused, or lost with its worker. */
export class CallRefused extends Error {
  override name = "CallRefused";
  constructor(readonly reason: RefusalReason, message: string) {
    super(message);
  }
}

/** A call, and how to settle the promise of its answer. */
export class PendingCall {
  /** Was it answered or refused? */
  isSettled = false;
  /** How many workers it was given to. */
  attempts = 0;
  /** Has `mayBegin` said yes? */
  isAllowed = false;
  #listener: (() => void) | undefined;

  constructor(
    readonly id: number,
    readonly request: PoolCall,
    private readonly resolve: (answer: PoolAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  /** Does it need a worker of its own? */
  get isExclusive(): boolean {
    return this.request.mayBegin !== undefined;
  }

  /** Is its body passed on while it arrives? */
  get isUpload(): boolean {
    return !(this.request.body instanceof Uint8Array);
  }

  /** Calls `drop` when the client goes away, or at once if it has gone. */
  whenGone(drop: (call: PendingCall) => void): void {
    const signal = this.request.gone?.();
    if (signal?.aborted) return drop(this);
    if (this.#listener !== undefined) return;
    this.#listener = () => drop(this);
    signal?.addEventListener("abort", this.#listener);
  }

  answer(answer: PoolAnswer): void {
    this.#settle();
    this.resolve(answer);
  }

  fail(error: unknown): void {
    this.#settle();
    this.reject(error);
  }

  refuse(reason: RefusalReason, message: string): void {
    this.fail(new CallRefused(reason, message));
  }

  #settle(): void {
    this.isSettled = true;
    if (this.#listener !== undefined) this.request.gone?.().removeEventListener("abort", this.#listener);
  }
}
