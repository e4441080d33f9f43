/**
 * The workers of a server: who gets the next call, and what happens when one ends. It knows bytes only.
 * @module
 */
import { OwnMemory } from "./health.ts";
import { CallRefused, PendingCall, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";
import type { PrintTarget } from "./prints.ts";
import { turn } from "./turn.ts";
import { LONG, WorkerProcess } from "./worker_process.ts";

export { CallRefused, type PoolAnswer, type PoolCall, type RefusalReason } from "./pending_call.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  /** The command line of a worker, but for its last argument (`Links`), which is added. */
  readonly command: readonly string[];
  /** How many there are. */
  readonly workers: number;
  /** So many small calls may wait for a worker, and so many large ones. */
  readonly maxQueue?: number;
  /** A call may run for so many milliseconds, and then has `abortGrace` to end. Default: for ever. */
  readonly timeout?: number;
  /** A call that nobody waits for any more, and does not end within so many milliseconds, loses its worker. */
  readonly abortGrace?: number;
  /** Writes whole lines: what the pool has to say, and what workers print. Resolves when they are written. */
  readonly log: (text: string) => Promise<void>;
  /** Where runs have their folders, with their logs. Default: there are no logs of runs. */
  readonly outputPath?: string;
}

/** The first worker could not start: nothing works. */
export class WorkerFailed extends Error {
  override name = "WorkerFailed";
}

const MAX_QUEUE = 1024;
const ABORT_GRACE = 5000;
/** Milliseconds until a worker that did not even start is started again: at first, and at most. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** Workers have so many milliseconds to end by themselves. */
const GOODBYE = 1000;
/** So many workers that could not be started, and calls no longer wait for one. */
const MOST_FAILED_STARTS = 3;
/** A call that has not begun when its worker ends is given to so many workers. */
const MOST_ATTEMPTS = 3;
/** How often it is looked at what workers do, in milliseconds: while there are calls, and else. */
const LOOK_WHEN_BUSY = LONG;
const LOOK_WHEN_IDLE = 250;
/** An idle worker may keep so many bytes of memory more than it began with. It is looked at so often, in milliseconds. */
const MOST_GROWTH = 2 ** 28;
const LOOK_AT_MEMORY = 2000;
/** Prints are not read while so many characters wait to be written. */
const MOST_UNWRITTEN = 1 << 20;

/** Starts a pool. */
export function createPool(options: PoolOptions): Pool {
  return new Pool(options);
}

/** A fixed number of worker processes behind one bounded queue. */
export class Pool {
  /** What the first worker said when it was ready. Rejects with `WorkerFailed`. */
  readonly started: Promise<Uint8Array>;
  readonly #options: PoolOptions;
  readonly #target: PrintTarget;
  #workers: WorkerProcess[] = [];
  /** How many workers were replaced. */
  restarts = 0;
  /** Calls whose bodies are there, and calls whose bodies are to be passed on as they arrive. */
  #queue: PendingCall[] = [];
  #uploads: PendingCall[] = [];
  #nextId = 1;
  #delay = 0;
  /** One after the other, while no worker was ready. */
  #failedStarts = 0;
  #draining = false;
  #stopping = false;
  #unwritten = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTimerSlow = false;
  #memory: OwnMemory | undefined;
  #releasing: Promise<void> | undefined;
  #memoryLookedAt = 0;
  #idAtLook = 0;
  #mostGrowth = MOST_GROWTH;
  #idle: (() => void)[] = [];
  #onReady: (payload: Uint8Array) => void;
  #onFailed: ((error: WorkerFailed) => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#target = { outputPath: options.outputPath, log: (text) => this.#log(text) };
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.started = promise;
    promise.catch(() => {}); // nobody may be waiting for it yet
    this.#onReady = (payload) => {
      this.#onReady = () => {};
      this.#onFailed = undefined;
      this.#memory = new OwnMemory();
      resolve(payload);
      // Only now: if the module is broken, one worker has said it.
      for (let i = 1; i < this.#options.workers && !this.#stopping; i++) this.#startWorker();
    };
    this.#onFailed = reject;
    this.#startWorker();
    this.#lookLater(LOOK_WHEN_IDLE);
  }

  /** Is there a worker, and will it take calls? */
  get ready(): boolean {
    return !this.#draining && this.#workers.some(({ isReady }) => isReady);
  }

  /** How many calls wait for a worker. */
  get queued(): number {
    return this.#queue.length + this.#uploads.length;
  }

  /** Has a worker answer. Rejects with `CallRefused`, or with what reading the body threw. */
  call(request: PoolCall): Promise<PoolAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#draining) return reject(new CallRefused("stopping", "The server is stopping"));
      if (this.#failedStarts >= MOST_FAILED_STARTS && !this.ready) {
        return reject(new CallRefused("unavailable", "No worker can be started"));
      }
      const call = new PendingCall(this.#nextId++ >>> 0, request, resolve, reject);
      const queue = this.#queueOf(call);
      if (this.#isTimerSlow) this.#lookLater(LOOK_WHEN_BUSY);
      if (queue.length === 0 && this.#dispatch(call)) return;
      if (queue.length >= (this.#options.maxQueue ?? MAX_QUEUE) && !call.isExclusive) {
        return call.refuse("full", "The queue is full");
      }
      queue.push(call);
    });
  }

  /** Takes no more calls, and waits until those that it has are answered. */
  async drain(): Promise<void> {
    this.#draining = true;
    while (this.#busy()) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Stops all workers; what they work on is refused. */
  async stop(): Promise<void> {
    this.#draining = this.#stopping = true;
    this.#refuseAll("stopping", "The server is stopping");
    clearTimeout(this.#timer);
    for (const worker of this.#workers) worker.isReady ? worker.close() : worker.kill();
    const killer = setTimeout(() => this.#workers.forEach((worker) => worker.kill()), this.#busy() ? 0 : GOODBYE);
    while (this.#workers.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(killer);
    await this.#releasing;
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

  /** Gives the call to the worker with the least to do, if any may have more. */
  #dispatch(call: PendingCall): boolean {
    const now = call.isUpload ? performance.now() : 0;
    let best: WorkerProcess | undefined;
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.takenBy !== undefined || worker.calls.length >= worker.depth) continue;
      if (call.isExclusive && worker.isBusy) continue;
      if (call.isUpload && worker.isReceiving(now, this.#uploads.length)) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    if (best === undefined) return false;
    if (call.isExclusive) void this.#reserve(best, call);
    else best.send(call);
    return true;
  }

  /** Gives the worker to a long call, if that may begin. */
  async #reserve(worker: WorkerProcess, call: PendingCall): Promise<void> {
    worker.takenBy = call;
    try {
      if (!call.isAllowed) call.isAllowed = await call.request.mayBegin!();
      if (!call.isAllowed) call.refuse("gone", "The call may not begin");
    } catch (error) {
      call.fail(error);
    }
    if (this.#stopping && !call.isSettled) call.refuse("stopping", "The server is stopping");
    if (!call.isSettled && worker.isReady) return worker.send(call);
    worker.takenBy = undefined;
    if (!call.isSettled) this.#queueOf(call).unshift(call);
    this.#progress();
  }

  /** Gives out what waits, and tells those who wait for the end of it all. */
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

  #lookLater(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#isTimerSlow = milliseconds === LOOK_WHEN_IDLE;
    this.#timer = setTimeout(async () => {
      // The answer to what seems to run for long may have come while this process was busy.
      if (this.#hasLongCall()) await turn();
      if (this.#stopping) return;
      this.#look();
      if (this.#isTimerSlow) this.#giveMemoryBack();
      this.#lookLater(this.#busy() ? LOOK_WHEN_BUSY : LOOK_WHEN_IDLE);
    }, milliseconds);
  }

  #hasLongCall(): boolean {
    const now = performance.now();
    return this.#workers.some((worker) => worker.busyFor(now) > LONG);
  }

  #look(): void {
    const now = performance.now();
    const recalled: PendingCall[] = [];
    for (const worker of this.#workers) {
      worker.readPrints(this.#unwritten > MOST_UNWRITTEN);
      if (worker.isBusy) worker.checkHealth(now);
      if (worker.busyFor(now) <= LONG) continue;
      // what turns out to be a long call has nobody wait behind it
      recalled.push(...worker.recall());
      this.#watch(worker, now);
    }
    this.#queue.unshift(...recalled);
    this.#progress();
    for (const queue of [this.#queue, this.#uploads]) {
      for (const call of queue) {
        call.whenGone(() => {
          const at = queue.indexOf(call);
          // A worker has got it since: `#watch` looks after it when it runs for long.
          if (at < 0) return;
          queue.splice(at, 1);
          call.refuse("gone", "The client went away");
        });
      }
    }
  }

  /**
   * When there was nothing to do for a while, the server and its workers give back the memory that they do not use. A
   * worker that keeps much all the same is replaced. Each time twice as much is let pass: a module may need it.
   */
  #giveMemoryBack(): void {
    const now = performance.now();
    if (now - this.#memoryLookedAt < LOOK_AT_MEMORY) return;
    this.#memoryLookedAt = now;
    const isQuiet = this.#nextId === this.#idAtLook;
    this.#idAtLook = this.#nextId;
    if (!isQuiet) return;
    this.#releasing = this.#memory?.release();
    for (const worker of this.#workers) {
      if (!worker.isReady) continue;
      const growth = worker.releaseMemory();
      if (growth < this.#mostGrowth) continue;
      this.#mostGrowth = 2 * growth;
      return worker.retire(`was ended because it kept ${Math.round(growth / 2 ** 20)} MiB of memory`);
    }
  }

  /** A call that runs for long ends when its time is up, or its client goes away. */
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

  /** The call that the worker was in fails with it; those that had not begun go to another. */
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
      if (call.id === worker.diedIn && worker.isExcused) {
        call.refuse("interrupted", "The worker was lost to an error of an earlier call; send it again");
      } else if (worker.hasDiedIn(call)) call.refuse("died", `The worker ${reason} while it worked on this call`);
      else if (worker.mayHaveBegun(call)) call.refuse("interrupted", "The worker was lost; send it again");
      else if (call.attempts >= MOST_ATTEMPTS) call.refuse("died", `The worker ${reason} before it began this call`);
      else again.push(call);
    }
    this.#queue.unshift(...again);
    this.#progress();
  }

  /** At once, unless it did not even start: then later and later. */
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
