/**
 * A call on its way through the pool.
 * @module
 */

/** What a worker is asked. The head means something to the worker only. */
export interface PoolCall {
  readonly head: string;
  /** Whole, or as it arrives, each chunk until the next is asked for. What it throws fails the call. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** The run that the call belongs to: its prints are in the log of that run. Empty for documents. */
  readonly runId: string;
  /** Fires when the client has gone away. Asked for only if the call takes long. */
  readonly gone?: () => AbortSignal;
  /** Called when a worker gets it. */
  readonly begun?: () => void;
  /**
   * For a long call, which never shares a worker: asked once, when a worker has nothing else to do, whether the call may
   * begin. Until the answer the worker is given nothing, and until the call ends nothing but it. Such a call finds a
   * place in the queue even where that is full.
   */
  readonly mayBegin?: () => Promise<boolean>;
  /** It may run for so many milliseconds, whatever the pool says of other calls. */
  readonly timeout?: number;
  /** Told of the lines that the call prints. */
  readonly printed?: (lines: readonly string[]) => void;
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
  /** No worker can be started. */
  | "unavailable"
  /** It ran for longer than a call may. */
  | "timeout"
  /** The client has gone away. */
  | "gone";

/** A call that no worker answered. */
export class CallRefused extends Error {
  override name = "CallRefused";
  constructor(readonly reason: RefusalReason, message: string) {
    super(message);
  }
}

/** A call, and the promise of its answer. */
export class PendingCall {
  /** Was it answered or refused? */
  isSettled = false;
  /** So many workers were given it. */
  attempts = 0;
  /** Has `mayBegin` said so? */
  isAllowed = false;
  #onGone: (() => void) | undefined;
  #listener: (() => void) | undefined;

  constructor(
    readonly id: number,
    readonly request: PoolCall,
    private readonly resolve: (answer: PoolAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  get runId(): string {
    return this.request.runId;
  }

  get printed(): ((lines: readonly string[]) => void) | undefined {
    return this.request.printed;
  }

  /** Does it need a worker for itself? */
  get isExclusive(): boolean {
    return this.request.mayBegin !== undefined;
  }

  /** Does its body still arrive? */
  get isUpload(): boolean {
    return !(this.request.body instanceof Uint8Array);
  }

  /** Calls `drop` when the client goes away, in place of the function that was given before. */
  whenGone(drop: () => void): void {
    this.#onGone = drop;
    const signal = this.request.gone?.();
    if (signal?.aborted) return drop();
    if (this.#listener !== undefined) return;
    this.#listener = () => this.#onGone!();
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
