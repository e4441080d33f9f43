/**
 * The workers of a server: which of them gets the next call, and what happens when one ends. The pool passes heads and
 * bodies on as they are.
 * @module
 */
import { letLoopTurn } from "../../host/event_loop.ts";
import { releaseMemory } from "../../host/memory.ts";
import { MemoryUse } from "./health.ts";
import { CallRefused, PendingCall, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";
import type { PrintTarget } from "./worker_prints.ts";
import { LONG_CALL, WorkerProcess } from "./worker_process.ts";

export { CallRefused, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";

export interface PoolOptions {
  /** The command line of a worker without its last argument (`ConnectionPaths`). */
  readonly command: readonly string[];
  /** The number of workers. */
  readonly workers: number;
  /** So many calls may wait for a worker; counted apart are those whose bodies are passed on as they arrive. */
  readonly maxQueue?: number;
  /** A call may run for so many milliseconds, and then has `abortGrace` to end. Default: for ever. */
  readonly timeout?: number;
  /** A call whose answer is not wanted any more has so many milliseconds to end before its worker is killed. */
  readonly abortGrace?: number;
  /** Writes whole lines: messages of the pool, and what workers print. Resolves when they are written. */
  readonly log: (text: string) => Promise<void>;
  /** Where the folders of runs are, with their logs. Default: there are no logs of runs. */
  readonly outputPath?: string;
}

/** The first worker could not start, so the pool is of no use. */
export class WorkerFailed extends Error {
  override name = "WorkerFailed";
}

const MAX_QUEUE = 1024;
const ABORT_GRACE = 5000;
/** Milliseconds until a worker that did not even start is started again: at first, and at most. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** When the pool stops, workers have so many milliseconds to end by themselves. */
const EXIT_GRACE = 1000;
/** After so many workers in a row could not be started, calls are refused instead of queued. */
const MOST_FAILED_STARTS = 3;
/** A call that has not begun when its worker ends is given to another worker, but to so many at the most. */
const MOST_ATTEMPTS = 3;
/** How often workers are checked, in milliseconds: while there are calls, and while there are none. */
const CHECK_WHEN_BUSY = LONG_CALL;
const CHECK_WHEN_IDLE = 250;
/** An idle worker may keep so many bytes of memory more than it began with. */
const MOST_GROWTH = 2 ** 28;
/** How often the memory of an idle server and of its workers is checked, in milliseconds. */
const CHECK_MEMORY_EVERY = 2000;
/** The output of workers is not read while so many characters wait to be written to stderr. */
const MOST_UNWRITTEN = 1 << 20;

/** A fixed number of worker processes behind one bounded queue. They start at once. */
export class Pool {
  /** The payload of the first worker's READY. Rejects with `WorkerFailed`. */
  readonly started: Promise<Uint8Array>;
  readonly #options: PoolOptions;
  readonly #target: PrintTarget;
  #workers: WorkerProcess[] = [];
  /** How many workers were replaced. */
  restarts = 0;
  /** Calls that wait for a worker: those whose bodies are there, and those whose bodies are passed on as they arrive. */
  #queue: PendingCall[] = [];
  #uploads: PendingCall[] = [];
  #nextId = 1;
  /** Before the next start, in milliseconds. */
  #delay = 0;
  /** In a row, while no worker was ready. */
  #failedStarts = 0;
  #draining = false;
  #stopping = false;
  /** Characters that are given to `log` and not written. */
  #unwritten = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTimerSlow = false;
  /** Of this process. */
  #memory: MemoryUse | undefined;
  #releasing: Promise<void> | undefined;
  #turning: Promise<unknown> | undefined;
  #memoryCheckedAt = 0;
  #nextIdAtCheck = 0;
  #mostGrowth = MOST_GROWTH;
  #idle: (() => void)[] = [];
  #onReady: (payload: Uint8Array) => void;
  #onFailed: ((error: WorkerFailed) => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#target = { outputPath: options.outputPath, log: (text) => this.#log(text) };
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.started = promise;
    promise.catch(() => {}); // It may reject before it is awaited.
    this.#onReady = (payload) => {
      this.#onReady = () => {};
      this.#onFailed = undefined;
      this.#memory = new MemoryUse(Deno.pid);
      resolve(payload);
      // The others start only now: if the user module is broken, that is reported once.
      for (let i = 1; i < this.#options.workers && !this.#stopping; i++) this.#startWorker();
    };
    this.#onFailed = reject;
    this.#startWorker();
    this.#checkIn(CHECK_WHEN_IDLE);
  }

  /** Is there a worker that takes calls? */
  get ready(): boolean {
    return !this.#draining && this.#workers.some(({ isReady }) => isReady);
  }

  /** How many calls wait for a worker. */
  get queued(): number {
    return this.#queue.length + this.#uploads.length;
  }

  /** Has a worker answer a call. Rejects with `CallRefused`, or with what reading the body threw. */
  call(request: PoolCall): Promise<PoolAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#draining) return reject(new CallRefused("stopping", "The server is stopping"));
      if (this.#failedStarts >= MOST_FAILED_STARTS && !this.ready) {
        return reject(new CallRefused("unavailable", "No worker can be started"));
      }
      const call = new PendingCall(this.#nextId++ >>> 0, request, resolve, reject);
      const queue = this.#queueOf(call);
      if (this.#isTimerSlow) this.#checkIn(CHECK_WHEN_BUSY);
      if (queue.length === 0 && this.#dispatch(call)) return;
      if (queue.length >= (this.#options.maxQueue ?? MAX_QUEUE) && !call.isExclusive) {
        return call.refuse("full", "The queue is full");
      }
      queue.push(call);
    });
  }

  /** Refuses new calls, and waits until the others are answered. */
  async drain(): Promise<void> {
    this.#draining = true;
    while (this.#busy()) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Stops all workers. Calls that are not answered are refused. */
  async stop(): Promise<void> {
    this.#draining = this.#stopping = true;
    this.#refuseAll("stopping", "The server is stopping");
    clearTimeout(this.#timer);
    for (const worker of this.#workers) worker.isReady ? worker.close() : worker.kill();
    const killer = setTimeout(() => this.#workers.forEach((worker) => worker.kill()), this.#busy() ? 0 : EXIT_GRACE);
    while (this.#workers.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(killer);
    // Nothing of the pool goes on after this.
    await Promise.all([this.#releasing, this.#turning]);
  }

  #refuseAll(reason: RefusalReason, message: string): void {
    const calls = [...this.#queue, ...this.#uploads];
    this.#queue.length = this.#uploads.length = 0;
    for (const call of calls) call.refuse(reason, message);
  }

  #queueOf(call: PendingCall): PendingCall[] {
    return call.isUpload ? this.#uploads : this.#queue;
  }

  #busy(): boolean {
    return this.#queue.length + this.#uploads.length > 0 ||
      this.#workers.some(({ isBusy }) => isBusy);
  }

  /** Gives the call to the worker with the least to do. Returns false if none may have it now. */
  #dispatch(call: PendingCall): boolean {
    const now = call.isUpload ? performance.now() : 0;
    let best: WorkerProcess | undefined;
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.reservedFor !== undefined || worker.calls.length >= worker.depth) continue;
      if (call.isExclusive && worker.isBusy) continue;
      if (call.isUpload && worker.isReceiving(now, this.#uploads.length)) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    if (best === undefined) return false;
    if (call.isExclusive) void this.#reserve(best, call);
    else best.send(call);
    return true;
  }

  /** Reserves the worker for an exclusive call, and gives it to it if it may begin. */
  async #reserve(worker: WorkerProcess, call: PendingCall): Promise<void> {
    worker.reservedFor = call;
    try {
      if (!call.isAllowed) call.isAllowed = await call.request.mayBegin!();
      if (!call.isAllowed) call.refuse("gone", "The call may not begin");
    } catch (error) {
      call.fail(error);
    }
    if (this.#stopping && !call.isSettled) call.refuse("stopping", "The server is stopping");
    if (!call.isSettled && worker.isReady) return worker.send(call);
    worker.reservedFor = undefined;
    if (!call.isSettled) this.#queueOf(call).unshift(call);
    this.#progress();
  }

  /** Gives out the calls that wait. If there are none left, `drain` may go on. */
  #progress(): void {
    for (const queue of [this.#queue, this.#uploads]) {
      while (queue.length > 0 && this.#dispatch(queue[0]!)) queue.shift();
    }
    if (this.#idle.length > 0 && !this.#busy()) this.#tellIdle();
  }

  #tellIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  #checkIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#isTimerSlow = milliseconds === CHECK_WHEN_IDLE;
    this.#timer = setTimeout(async () => {
      // If this process was busy, the answer to a call that seems to take long may be here and not read yet.
      for (let i = 0; i < 2 && this.#hasLongCall(); i++) await (this.#turning = letLoopTurn());
      if (this.#stopping) return;
      this.#checkWorkers();
      if (this.#isTimerSlow) this.#releaseMemory();
      this.#checkIn(this.#busy() ? CHECK_WHEN_BUSY : CHECK_WHEN_IDLE);
    }, milliseconds);
  }

  #hasLongCall(): boolean {
    const now = performance.now();
    return this.#workers.some((worker) => worker.busyFor(now) > LONG_CALL);
  }

  #checkWorkers(): void {
    const now = performance.now();
    const recalled: PendingCall[] = [];
    for (const worker of this.#workers) {
      worker.readPrints(this.#unwritten > MOST_UNWRITTEN);
      if (worker.isBusy) worker.checkHealth(now);
      if (worker.busyFor(now) <= LONG_CALL) continue;
      recalled.push(...worker.recall());
      this.#watch(worker, now);
    }
    this.#queue.unshift(...recalled);
    this.#progress();
    for (const queue of [this.#queue, this.#uploads]) {
      for (const call of queue) {
        call.whenGone(() => {
          const at = queue.indexOf(call);
          if (at < 0) return; // A worker has got it since. If it takes long, `#watch` replaces this function.
          queue.splice(at, 1);
          call.refuse("gone", "The client went away");
        });
      }
    }
  }

  /**
   * If there were no calls since the last check, the server and its workers release memory that they do not use. A worker
   * that keeps much all the same is replaced; then the limit is doubled, because the module may need that much.
   */
  #releaseMemory(): void {
    const now = performance.now();
    if (now - this.#memoryCheckedAt < CHECK_MEMORY_EVERY) return;
    this.#memoryCheckedAt = now;
    const hadCalls = this.#nextId !== this.#nextIdAtCheck;
    this.#nextIdAtCheck = this.#nextId;
    if (hadCalls) return;
    if (this.#memory?.isWorthReleasing()) this.#releasing = releaseMemory();
    for (const worker of this.#workers) {
      if (!worker.isReady) continue;
      const growth = worker.releaseMemory();
      if (growth < this.#mostGrowth) continue;
      this.#mostGrowth = 2 * growth;
      return worker.retire(`was ended because it kept ${Math.round(growth / 2 ** 20)} MiB of memory`);
    }
  }

  /** A call that takes long is refused when its time is up, or when its client goes away. */
  #watch(worker: WorkerProcess, now: number): void {
    const call = worker.calls[0]!;
    if (call.isSettled) return;
    const { abortGrace = ABORT_GRACE } = this.#options;
    const timeout = call.request.timeout ?? this.#options.timeout ?? Infinity;
    if (worker.busyFor(now) > timeout) {
      call.refuse("timeout", `The call took longer than ${timeout / 1000} s`);
      return worker.abandonFirst(abortGrace);
    }
    call.whenGone(() => {
      call.refuse("gone", "The client went away");
      if (worker.calls[0] === call) worker.abandonFirst(abortGrace);
    });
  }

  #startWorker(): void {
    const worker = new WorkerProcess(this.#options.command, {
      ready: (payload) => {
        this.#delay = this.#failedStarts = 0;
        this.#onReady(payload);
        this.#progress();
      },
      progress: () => this.#progress(),
      ended: (worker, reason, message) => this.#replace(worker, reason, message),
    }, this.#target);
    this.#workers.push(worker);
    void worker.run();
  }

  /** A worker has ended: the call that it worked on fails, and those that it had not begun are given to another. */
  #replace(worker: WorkerProcess, reason: string, message: string | undefined): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    const uploads = [...worker.uploads.values()].map(({ call }) => call);
    const calls = [...worker.calls, ...uploads].filter(({ isSettled }) => !isSettled);
    if (this.#stopping) {
      for (const call of calls) call.refuse("stopping", "The server is stopping");
      return this.#tellIdle();
    }
    if (this.#onFailed !== undefined) {
      return this.#onFailed(new WorkerFailed(message ?? `the worker ${reason} before it was ready`));
    }
    if (
      !worker.wasReady && !this.#workers.some(({ isReady }) => isReady) && ++this.#failedStarts >= MOST_FAILED_STARTS
    ) {
      this.#refuseAll("unavailable", "No worker can be started");
    }
    this.#log(`A worker ${reason}; it is replaced.${message === undefined ? "" : ` It said: ${message}`}\n`);
    this.restarts++;
    this.#restart(worker.wasReady);
    const again: PendingCall[] = [];
    for (const call of calls) {
      if (worker.refuseIfBegun(call, reason)) continue;
      if (call.attempts < MOST_ATTEMPTS) again.push(call);
      else call.refuse("interrupted", "Worker after worker was lost; send it again");
    }
    this.#queue.unshift(...again);
    this.#progress();
  }

  /** Starts a worker: at once if the last one was ready, else after a delay that grows. */
  #restart(wasReady: boolean): void {
    if (wasReady) return this.#startWorker();
    this.#delay = Math.min(LONGEST_DELAY, Math.max(FIRST_DELAY, this.#delay * 2));
    setTimeout(() => {
      if (!this.#stopping) this.#startWorker();
    }, this.#delay);
  }

  #log(text: string): void {
    this.#unwritten += text.length;
    void this.#options.log(text).finally(() => this.#unwritten -= text.length);
  }
}
