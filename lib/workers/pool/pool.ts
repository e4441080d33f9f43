/**
 * The workers of a server: who gets the next call, and what happens when one ends. It knows bytes only.
 * @module
 */
import { CallRefused, Job, type PoolAnswer, type PoolCall } from "./job.ts";
import { turn } from "./turn.ts";
import { linesTo } from "./lines.ts";
import type { PrintSink } from "./prints.ts";
import { LONG, WorkerProcess } from "./worker_process.ts";

export { CallRefused, type PoolAnswer, type PoolCall, type RefusalReason } from "./job.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  /** The command line of a worker, but for the path of the socket, which is added at its end. */
  readonly command: readonly string[];
  /** How many there are. */
  readonly workers: number;
  /** So many calls may wait for a worker. */
  readonly maxQueue?: number;
  /** Writes, in whole lines, what the pool has to say, and what workers print if `prints` does not say otherwise. */
  readonly log: (text: string) => Promise<void>;
  /** Where workers print to. */
  readonly prints?: PrintSink;
}

/** The first worker could not start: nothing works. */
export class WorkerFailed extends Error {
  override name = "WorkerFailed";
}

/** Milliseconds until a worker that did not even start is started again: at first, and at most. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** Workers have so many milliseconds to end by themselves. */
const GOODBYE = 1000;

/** Starts a pool. */
export function createPool(options: PoolOptions): Pool {
  return new Pool(options);
}

/** A fixed number of worker processes behind one bounded queue. */
export class Pool {
  /** What the first worker said when it was ready. Rejects with `WorkerFailed`. */
  readonly started: Promise<Uint8Array>;
  readonly #options: Required<PoolOptions>;
  #workers: WorkerProcess[] = [];
  /** Calls that are there, and calls whose bodies are to be passed on as they arrive. */
  #queue: Job[] = [];
  #uploads: Job[] = [];
  /** How many workers were replaced. */
  restarts = 0;
  #nextId = 1;
  #delay = 0;
  #draining = false;
  #stopping = false;
  #watcher: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void)[] = [];
  #onReady: (payload: Uint8Array) => void;
  #onFailed: ((error: WorkerFailed) => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = { maxQueue: 1024, prints: linesTo(options.log), ...options };
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.started = promise;
    this.#onReady = (payload) => {
      this.#onReady = () => {};
      this.#onFailed = undefined;
      resolve(payload);
      // Only now: if the module is broken, one worker has said it.
      for (let i = 1; i < this.#options.workers && !this.#stopping; i++) this.#startWorker();
    };
    this.#onFailed = reject;
    this.#startWorker();
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
  call(call: PoolCall): Promise<PoolAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#draining) return reject(new CallRefused("stopping", "The server is stopping"));
      const job = new Job(this.#nextId++ >>> 0, call, resolve, reject);
      const queue = this.#queueOf(job);
      if (queue.length === 0 && this.#dispatch(job)) return;
      if (this.#queue.length + this.#uploads.length >= this.#options.maxQueue) {
        return job.refuse("full", "The queue is full");
      }
      queue.push(job);
      this.#watch();
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
    for (const job of [...this.#queue, ...this.#uploads]) job.refuse("stopping", "The server is stopping");
    this.#queue = [];
    this.#uploads = [];
    clearTimeout(this.#watcher);
    for (const worker of this.#workers) worker.isReady ? worker.close() : worker.kill();
    const killer = setTimeout(() => this.#workers.forEach((worker) => worker.kill()), this.#busy() ? 0 : GOODBYE);
    while (this.#workers.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(killer);
  }

  #queueOf({ call }: Job): Job[] {
    return call.body instanceof Uint8Array ? this.#queue : this.#uploads;
  }

  #busy(): boolean {
    return this.#queue.length + this.#uploads.length > 0 ||
      this.#workers.some(({ load, upload }) => load > 0 || upload !== undefined);
  }

  /** Gives the job to the worker with the least to do, if any may have more. */
  #dispatch(job: Job): boolean {
    const isUpload = !(job.call.body instanceof Uint8Array);
    let best: WorkerProcess | undefined;
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.jobs.length >= worker.depth || (isUpload && worker.upload !== undefined)) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    if (best === undefined) return false;
    best.send(job);
    if (best.jobs.length > 1) this.#watch();
    return true;
  }

  /** Gives out what waits, and tells who waits for the end of it all. */
  #progress(): void {
    for (const queue of [this.#queue, this.#uploads]) {
      while (queue.length > 0 && this.#dispatch(queue[0]!)) queue.shift()!.unwatch();
    }
    if (this.#idle.length > 0 && !this.#busy()) this.#tellIdle();
  }

  #tellIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  /** Looks again in a moment, as long as calls wait: in the queue, or in a worker behind others. */
  #watch(): void {
    this.#watcher ??= setTimeout(async () => {
      // The answer to what seems to run for long may have come while this process was busy.
      await turn();
      this.#watcher = undefined;
      if (!this.#stopping) this.#look();
    }, LONG);
  }

  #look(): void {
    const now = performance.now();
    const recalled: Job[] = [];
    for (const worker of this.#workers) {
      // what turns out to be a long call has nobody wait behind it
      if (worker.busyFor(now) > LONG) recalled.push(...worker.recall());
      if (worker.jobs.length > 1) this.#watch();
    }
    this.#requeue(recalled);
    for (const queue of [this.#queue, this.#uploads]) {
      for (const job of queue) this.#watchClient(job);
    }
  }

  /** Drops a call from the queue when its client goes away. */
  #watchClient(job: Job): void {
    job.watch(() => {
      const queue = this.#queueOf(job);
      queue.splice(queue.indexOf(job), 1);
      job.refuse("gone", "The client went away");
    });
  }

  #requeue(jobs: readonly Job[]): void {
    this.#queue.unshift(...jobs);
    this.#progress();
    if (this.#queue.length + this.#uploads.length > 0) this.#watch();
  }

  #startWorker(): void {
    const worker = new WorkerProcess(this.#options.command, {
      ready: (payload) => {
        this.#delay = 0;
        this.#onReady(payload);
        this.#progress();
      },
      progress: () => this.#progress(),
      ended: (worker, reason, message) => this.#replace(worker, reason, message),
    }, this.#options.prints);
    this.#workers.push(worker);
    void worker.run();
  }

  /** One call fails with its worker, the others go to another. */
  #replace(worker: WorkerProcess, reason: string, message: string | undefined): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    const jobs = worker.jobs;
    worker.jobs = [];
    if (this.#stopping) {
      for (const job of jobs) job.refuse("stopping", "The server is stopping");
      worker.upload?.refuse("stopping", "The server is stopping");
      return this.#tellIdle();
    }
    if (this.#onFailed !== undefined) {
      return this.#onFailed(new WorkerFailed(message ?? `the worker ${reason} before it was ready`));
    }
    void this.#options.log(
      `A worker ${reason}; it is replaced.${message === undefined ? "" : ` It said: ${message}`}\n`,
    );
    this.restarts++;
    this.#restart(worker.wasReady);
    const culprit = worker.diedInFirst ? jobs.shift() ?? worker.upload : undefined;
    culprit?.refuse("died", `The worker ${reason} while it worked on this call`);
    if (worker.upload?.settled === false) worker.upload.refuse("interrupted", "The worker was lost; send it again");
    this.#requeue(jobs.filter((job) => {
      if (job.call.body instanceof Uint8Array) return true;
      job.refuse("interrupted", "The worker was lost; send it again");
      return false;
    }));
  }

  /** At once, unless it did not even start: then later and later. */
  #restart(wasReady: boolean): void {
    if (wasReady) return this.#startWorker();
    this.#delay = Math.min(LONGEST_DELAY, Math.max(FIRST_DELAY, this.#delay * 2));
    setTimeout(() => {
      if (!this.#stopping) this.#startWorker();
    }, this.#delay);
  }
}
