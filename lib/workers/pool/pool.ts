/**
 * The workers of a server behind one queue: which of them gets the next call, and when a call is given up. The pool
 * passes heads and bodies on as they are.
 * @module
 */
import { letLoopTurn } from "../../host/event_loop.ts";
import { MemoryUpkeep } from "./memory_upkeep.ts";
import { CallRefused, PendingCall, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";
import { LONG_CALL, type WorkerEnd } from "./worker_calls.ts";
import type { WorkerProcess } from "./worker_process.ts";
import { Workers } from "./workers.ts";

export { CallRefused, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";
export { WorkerFailed } from "./workers.ts";

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

const MAX_QUEUE = 1024;
const ABORT_GRACE = 5000;
/** A call that has not begun when its worker ends is given to another worker, but to so many at the most. */
const MOST_ATTEMPTS = 3;
/** How often workers are checked, in milliseconds: while there are calls, and while there are none. */
const CHECK_WHEN_BUSY = LONG_CALL;
const CHECK_WHEN_IDLE = 250;
/** The output of workers is not read while so many characters wait to be written to stderr. */
const MOST_UNWRITTEN = 1 << 20;

/** A fixed number of worker processes behind one bounded queue. They start at once. */
export class Pool {
  /** The payload of the first worker's READY. Rejects with `WorkerFailed`. */
  readonly started: Promise<Uint8Array>;
  readonly #options: PoolOptions;
  readonly #workers: Workers;
  /** Calls that wait for a worker: those whose bodies are there, and those whose bodies are passed on as they arrive. */
  #queue: PendingCall[] = [];
  #uploads: PendingCall[] = [];
  #nextId = 1;
  #draining = false;
  #stopping = false;
  #whenIdle: (() => void)[] = [];
  /** Characters that are given to `log` and not written. */
  #unwritten = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTimerSlow = false;
  #turning: Promise<unknown> | undefined;
  /** `undefined` until a worker is ready. */
  #memory: MemoryUpkeep | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    const log = (text: string) => {
      this.#unwritten += text.length;
      void options.log(text).finally(() => this.#unwritten -= text.length);
    };
    this.#workers = new Workers(options.command, options.workers, { outputPath: options.outputPath, log }, {
      progress: () => this.#progress(),
      ended: (worker, end) => this.#ended(worker, end),
    });
    this.started = this.#workers.started;
    this.started.then(() => this.#memory = new MemoryUpkeep(), () => {});
    this.#checkIn(CHECK_WHEN_IDLE);
  }

  /** Is there a worker that takes calls? */
  get ready(): boolean {
    return !this.#draining && this.#workers.someReady;
  }

  /** How many calls wait for a worker. */
  get queued(): number {
    return this.#queue.length + this.#uploads.length;
  }

  /** How many workers were replaced. */
  get restarts(): number {
    return this.#workers.restarts;
  }

  /** Has a worker answer a call. Rejects with `CallRefused`, or with what reading the body threw. */
  call(request: PoolCall): Promise<PoolAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#draining) return reject(new CallRefused("stopping", "The server is stopping"));
      if (this.#workers.cannotStart) return reject(new CallRefused("unavailable", "No worker can be started"));
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
    while (this.#busy()) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Stops all workers. Calls that are not answered are refused. */
  async stop(): Promise<void> {
    this.#draining = this.#stopping = true;
    this.#refuseQueued("stopping", "The server is stopping");
    clearTimeout(this.#timer);
    await this.#workers.stop();
    this.#progress(); // Ends the wait of `drain` if there was no worker.
    // Nothing of the pool goes on after this.
    await Promise.all([this.#memory?.released, this.#turning]);
  }

  #refuseQueued(reason: RefusalReason, message: string): void {
    const calls = [...this.#queue, ...this.#uploads];
    this.#queue.length = this.#uploads.length = 0;
    for (const call of calls) call.refuse(reason, message);
  }

  #queueOf(call: PendingCall): PendingCall[] {
    return call.isUpload ? this.#uploads : this.#queue;
  }

  #busy(): boolean {
    return this.queued > 0 || this.#workers.someBusy;
  }

  /** Gives the call to the worker with the least to do. Returns false if none may have it now. */
  #dispatch(call: PendingCall): boolean {
    let best: WorkerProcess | undefined;
    for (const worker of this.#workers.all) {
      if (!worker.mayTake(call, this.#uploads.length)) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    if (best === undefined) return false;
    if (call.isExclusive) void this.#reserve(best, call);
    else best.send(call);
    return true;
  }

  /** Reserves the worker for an exclusive call, and gives it to it if it may begin. */
  async #reserve(worker: WorkerProcess, call: PendingCall): Promise<void> {
    worker.calls.reservedFor = call;
    try {
      if (!call.isAllowed) call.isAllowed = await call.request.mayBegin!();
      if (!call.isAllowed) call.refuse("gone", "The call may not begin");
    } catch (error) {
      call.fail(error);
    }
    if (this.#stopping && !call.isSettled) call.refuse("stopping", "The server is stopping");
    if (!call.isSettled && worker.isReady) return worker.send(call);
    worker.calls.reservedFor = undefined;
    if (!call.isSettled) this.#queueOf(call).unshift(call);
    this.#progress();
  }

  /** Gives out the calls that wait. If there are none left, `drain` may go on. */
  #progress(): void {
    for (const queue of [this.#queue, this.#uploads]) {
      while (queue.length > 0 && this.#dispatch(queue[0]!)) queue.shift();
    }
    if (this.#whenIdle.length === 0 || this.#busy()) return;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  /** A worker has ended: the call that it worked on fails, and those that it had not begun are given to another. */
  #ended({ calls }: WorkerProcess, end: WorkerEnd): void {
    if (this.#stopping) {
      for (const call of calls.unsettled) call.refuse("stopping", "The server is stopping");
      return this.#progress();
    }
    if (this.#workers.cannotStart) this.#refuseQueued("unavailable", "No worker can be started");
    const again: PendingCall[] = [];
    for (const call of calls.refuseBegun(end)) {
      if (call.attempts < MOST_ATTEMPTS) again.push(call);
      else call.refuse("interrupted", "Worker after worker was lost; send it again");
    }
    this.#queue.unshift(...again);
    this.#progress();
  }

  #checkIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#isTimerSlow = milliseconds === CHECK_WHEN_IDLE;
    this.#timer = setTimeout(async () => {
      // If this process was busy, the answer to a call that seems to take long may be here and not read yet.
      for (let i = 0; i < 2 && this.#hasLongCall(); i++) await (this.#turning = letLoopTurn());
      if (this.#stopping) return;
      this.#checkWorkers();
      if (this.#isTimerSlow) this.#memory?.check(this.#workers.all, this.#nextId);
      this.#checkIn(this.#busy() ? CHECK_WHEN_BUSY : CHECK_WHEN_IDLE);
    }, milliseconds);
  }

  #hasLongCall(): boolean {
    const now = performance.now();
    return this.#workers.all.some(({ calls }) => calls.busyFor(now) > LONG_CALL);
  }

  /** Reads what workers have printed, and takes care of calls that take long, or wait for long. */
  #checkWorkers(): void {
    const now = performance.now();
    const recalled: PendingCall[] = [];
    for (const worker of this.#workers.all) {
      worker.readPrints(this.#unwritten > MOST_UNWRITTEN);
      if (worker.isBusy) worker.checkHealth(now);
      if (worker.calls.busyFor(now) <= LONG_CALL) continue;
      recalled.push(...worker.recall());
      this.#watch(worker, now);
    }
    this.#queue.unshift(...recalled);
    this.#progress();
    for (const call of [...this.#queue, ...this.#uploads]) call.whenGone(this.#gone);
  }

  /** A call that takes long is refused when its time is up, or when its client goes away. */
  #watch(worker: WorkerProcess, now: number): void {
    const { calls } = worker;
    const call = calls.sent[0]!;
    if (call.isSettled) return;
    const { abortGrace = ABORT_GRACE } = this.#options;
    const timeout = call.request.timeout ?? this.#options.timeout ?? Infinity;
    if (calls.busyFor(now) > timeout) {
      call.refuse("timeout", `The call took longer than ${timeout / 1000} s`);
      return worker.abandonFirst(abortGrace);
    }
    call.whenGone(this.#gone);
  }

  /** The client of a call that waits, or takes long, has gone away. */
  readonly #gone = (call: PendingCall): void => {
    const queue = this.#queueOf(call);
    const at = queue.indexOf(call);
    const worker = this.#workers.all.find(({ calls }) => calls.sent[0] === call);
    if (at >= 0) queue.splice(at, 1);
    else if (worker === undefined) return; // A worker has it, behind another call. If it takes long, `#watch` calls this again.
    call.refuse("gone", "The client went away");
    worker?.abandonFirst(this.#options.abortGrace ?? ABORT_GRACE);
  };
}
