/**
 * The worker processes of a pool: a fixed number of them, each replaced when it ends.
 * @module
 */
import type { WorkerEnd } from "./worker_calls.ts";
import type { PrintTarget } from "./run_prints.ts";
import { type WorkerEvents, WorkerProcess } from "./worker_process.ts";

/** The first worker could not start, so the pool is of no use. */
export class WorkerFailed extends Error {
  override name = "WorkerFailed";
}

/** Milliseconds until a worker that did not even start is started again: at first, and at most. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** After so many workers in a row could not be started, calls are refused instead of queued. */
const MOST_FAILED_STARTS = 3;
/** When the pool stops, workers have so many milliseconds to end by themselves. */
const EXIT_GRACE = 1000;

/** The workers. They start at once. */
export class Workers {
  /** Those that run or are being started. */
  all: WorkerProcess[] = [];
  /** How many were replaced. */
  restarts = 0;
  /** The payload of the first worker's READY. Rejects with `WorkerFailed`. */
  readonly started: Promise<Uint8Array>;
  readonly #first = Promise.withResolvers<Uint8Array>();
  #hasStarted = false;
  #isStopping = false;
  /** The timers of workers that are going to be started. */
  readonly #pendingStarts = new Set<ReturnType<typeof setTimeout>>();
  /** Before the next start, in milliseconds. */
  #delay = 0;
  /** In a row, while no worker was ready. */
  #failedStarts = 0;

  /** `events.ended` is called after the successor has been started, or its start scheduled. */
  constructor(
    private readonly command: readonly string[],
    private readonly count: number,
    private readonly target: PrintTarget,
    private readonly events: Omit<WorkerEvents, "ready">,
  ) {
    this.started = this.#first.promise;
    this.#start();
  }

  /** Is there one that takes calls? */
  get someReady(): boolean {
    return this.all.some(({ isReady }) => isReady);
  }

  get someBusy(): boolean {
    return this.all.some(({ isBusy }) => isBusy);
  }

  /** Is there none, and could the last ones not be started? */
  get cannotStart(): boolean {
    return this.#failedStarts >= MOST_FAILED_STARTS && !this.someReady;
  }

  /** Ends all workers: those that are idle by themselves, the others at once. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#pendingStarts) clearTimeout(timer);
    for (const worker of this.all) worker.isReady ? worker.close() : worker.kill();
    const killer = setTimeout(() => this.all.forEach((worker) => worker.kill()), this.someBusy ? 0 : EXIT_GRACE);
    await Promise.all(this.all.map(({ ended }) => ended));
    clearTimeout(killer);
  }

  #start(): void {
    const worker = new WorkerProcess(this.command, this.target, {
      ready: (payload) => this.#ready(payload),
      progress: this.events.progress,
      ended: (worker, end) => this.#ended(worker, end),
    });
    this.all.push(worker);
  }

  #ready(payload: Uint8Array): void {
    this.#delay = this.#failedStarts = 0;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#first.resolve(payload);
      // The others start only now: if the user module is broken, that is reported once.
      for (let i = 1; i < this.count && !this.#isStopping; i++) this.#start();
    }
    this.events.progress();
  }

  #ended(worker: WorkerProcess, end: WorkerEnd): void {
    this.all = this.all.filter((other) => other !== worker);
    if (!this.#isStopping) {
      const { reason, message } = end;
      if (!this.#hasStarted) {
        return this.#first.reject(new WorkerFailed(message ?? `the worker ${reason} before it was ready`));
      }
      this.target.log(
        `A worker ${reason}; it is replaced.${message === undefined ? "" : ` It said: ${message}`}\n`,
      );
      this.#replace(worker);
    }
    this.events.ended(worker, end);
  }

  /** Starts another worker: at once if this one was ready, else after a delay that grows. */
  #replace({ wasReady }: WorkerProcess): void {
    this.restarts++;
    if (wasReady) return this.#start();
    if (!this.someReady) this.#failedStarts++;
    this.#delay = Math.min(LONGEST_DELAY, Math.max(FIRST_DELAY, this.#delay * 2));
    const timer = setTimeout(() => {
      this.#pendingStarts.delete(timer);
      this.#start();
    }, this.#delay);
    this.#pendingStarts.add(timer);
  }
}
