/**
 * The runs of this server, from when they are queued until they have ended.
 * @module
 */
import { forEach } from "../../for_each.ts";
import { RENEWAL, type Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunState } from "../../runs/long/state.ts";
import type { RunStore } from "../../runs/long/store.ts";
import { StorageError } from "../../storage/error.ts";
import { CallRefused } from "../../workers/pool/pool.ts";
import { refusal, respond } from "../call.ts";
import { type Body, wholeIfSmall } from "../whole_if_small.ts";
import { ActiveRun } from "./active_run.ts";
import { type Background, MOST_ATTEMPTS, pause } from "./background.ts";
import { type Ending, endingOf, failed, reasonOf } from "./ending.ts";
import type { EventFiles } from "./event_files.ts";
import { AT_ONCE } from "./keeper.ts";
import type { LongRunOptions } from "./options.ts";
import { RunQueue } from "./run_queue.ts";
import type { Watches } from "./watches.ts";

/** Bytes. A stored request of at most this size is read whole: if the worker ends before the run begins, another gets it. */
const LARGEST_WHOLE = 1 << 20;
/** Milliseconds between two looks at the progress of runs. */
const READ_PROGRESS_EVERY = 50;
/** Milliseconds between searches for new events, which are copied to the output path if it is a URI. */
const PUBLISH_EVERY = 1000;

/** Has the pool compute the runs of this server, and keeps the store and clients informed. */
export class OwnRuns {
  /** Those that have not ended. */
  readonly queue: RunQueue;
  /** Does the server stop? Then no more runs begin. */
  isStopping = false;

  constructor(
    private readonly store: RunStore,
    private readonly servers: Servers,
    private readonly options: LongRunOptions,
    private readonly events: EventFiles,
    private readonly watches: Watches,
    private readonly background: Background,
  ) {
    this.queue = new RunQueue(options);
  }

  /** Begins to keep the store, and clients, informed. */
  start(): void {
    this.background.every(RENEWAL, () => this.#syncAll());
    this.background.every(READ_PROGRESS_EVERY, () => this.#readProgress());
    if (this.events.isRemote) this.background.every(PUBLISH_EVERY, () => this.#publishEvents());
  }

  enqueue(state: RunState): void {
    const former = this.queue.withId(state.run_id);
    if (former !== undefined) this.giveUp(former, undefined);
    const run = new ActiveRun(state, this.events.path(state));
    this.queue.add(run);
    this.#schedule();
  }

  #schedule(): void {
    for (let run: ActiveRun | undefined; !this.isStopping && (run = this.queue.take()) !== undefined;) {
      void this.background.attempt(() => this.#run(run), run.id).then(() => {
        this.queue.giveBack(run);
        if (run.controller.signal.aborted) void this.#clear(run);
        this.#schedule();
      });
    }
  }

  async #run(run: ActiveRun): Promise<void> {
    const { options } = this;
    let body: Body | undefined;
    let response: Response;
    try {
      body = await wholeIfSmall(await this.store.stream(run.state, "request"), LARGEST_WHOLE);
      const answer = await options.pool.call({
        head: JSON.stringify(run.head),
        body,
        runId: run.id,
        gone: () => run.controller.signal,
        mayBegin: () => this.#mayBegin(run),
        timeout: options.runTimeout ?? Infinity,
        printed: run.printed,
      });
      response = respond(answer, options.log, { runId: run.id });
    } catch (error) {
      // What no worker has got is still open.
      if (!run.hasBegun && !(body instanceof Uint8Array)) await body?.return?.().catch(() => {});
      if (!this.queue.has(run) || run.controller.signal.aborted) return;
      if (!run.hasBegun) return await this.#notBegun(run, error);
      response = refusal(error, options, { runId: run.id });
    }
    options.ran(run.state.endpoint, (run.begunAt - run.arrived) / 1000, (performance.now() - run.begunAt) / 1000);
    if (!this.queue.has(run)) return void await response.body?.cancel();
    await this.end(run, await endingOf(response, (chunks) => this.store.write(run.state, "answer", chunks)));
  }

  /** A worker is free: the run begins, unless it was cancelled or another server has begun it. */
  async #mayBegin(run: ActiveRun): Promise<boolean> {
    if (this.isStopping || run.controller.signal.aborted) return false;
    if (!await this.store.begin(run.state, this.servers.own)) {
      this.giveUp(run, await this.store.stateOf(run.state));
      return false;
    }
    run.hasBegun = true;
    run.begunAt = performance.now();
    run.state = { ...run.state, status: "running", started: new Date().toISOString(), owner: this.servers.own };
    run.isStale = true;
    await this.#store(run);
    this.watches.changed(run.state, run.state);
    return !run.controller.signal.aborted;
  }

  /** The run could not begin: if the reason may pass, it is tried again, else the run has failed. */
  async #notBegun(run: ActiveRun, error: unknown): Promise<void> {
    const mayPass = error instanceof StorageError && error.kind !== "not-found" && error.kind !== "refused" ||
      error instanceof CallRefused && error.reason !== "died";
    if (this.isStopping) return;
    if (mayPass) return await pause();
    const reason = `${error instanceof StorageError ? "its request cannot be read: " : ""}${reasonOf(error)}`;
    await this.end(run, failed(`The run could not begin: ${reason}`));
  }

  /** Stores the final state of a run, however often that fails: until then it is known to this server alone. */
  async end(run: ActiveRun, ending: Ending): Promise<void> {
    if (!this.queue.has(run) || run.isEnding) return;
    run.isEnding = true;
    run.readProgress();
    const state = { ...run.state, ...ending, finished: new Date().toISOString() };
    for (let attempt = 1; this.queue.has(run); attempt++) {
      try {
        await this.events.publish(state, run.published).catch((error) => {
          if (attempt < MOST_ATTEMPTS && !this.isStopping) throw error;
        });
        const ended = await this.store.end(state);
        return ended === undefined ? this.giveUp(run, undefined) : void this.#leave(run, ended);
      } catch (error) {
        this.options.log.error(`The end of the run cannot be stored: ${reasonOf(error)}`, { runId: run.id });
        // Clients are told before the end is stored only here: normally the store decides, as another server may have
        // ended the run differently.
        run.state = state;
        this.watches.changed(state, state);
        if (this.isStopping) return;
        await pause();
      }
    }
  }

  /** The run is no longer queued or computed here. Resolves when all its events are stored. */
  async #leave(run: ActiveRun, state: RunState | undefined): Promise<void> {
    if (!this.queue.has(run)) return;
    this.queue.remove(run);
    run.close();
    this.watches.changed(run.state, state);
    // The last events may not be stored yet, if another server has ended the run. After that the local copy may go.
    if (state !== undefined) await this.events.publish(run.state, run.published).catch(() => {});
    if (!this.watches.has(run.state)) this.events.drop(run.state);
  }

  /** As `#leave`, for a run that a client or another server has ended or forgotten: its call is aborted. */
  giveUp(run: ActiveRun, state: RunState | undefined): void {
    void this.#leave(run, state);
    run.controller.abort();
    if (!this.queue.given.includes(run)) void this.#clear(run);
  }

  /** Removes what this server has written of a run that was forgotten meanwhile. */
  async #clear({ state, published }: ActiveRun): Promise<void> {
    await published.writing.catch(() => {});
    await this.background.attempt(async () => {
      if (!await this.store.isKept(state)) await this.store.clear(state);
    }, state.run_id);
  }

  /** Stores the state of a run if it has changed. If that fails, it is tried again with the next renewal. */
  async #store(run: ActiveRun): Promise<void> {
    if (!run.isStale) return;
    run.isStale = false;
    try {
      await this.store.update(run.state);
    } catch {
      run.isStale = true;
    }
  }

  #readProgress(): void {
    for (const run of this.queue.computing) {
      if (!hasEnded(run.state) && run.readProgress()) this.watches.changed(run.state, run.state);
    }
  }

  /** Copies new events of running runs to the store, for other servers. */
  async #publishEvents(): Promise<void> {
    await forEach(this.queue.computing, AT_ONCE, async (run) => {
      if (!this.queue.has(run) || run.isEnding || performance.now() < run.published.nextAt) return;
      await this.background.attempt(() => this.events.publish(run.state, run.published), run.id);
    });
  }

  /** Reads what other servers have done to the runs of this one, and stores the progress of those that are computed. */
  async #syncAll(): Promise<void> {
    await forEach(this.queue.all, AT_ONCE, async (run) => {
      await this.background.attempt(async () => {
        await this.sync(run);
        if (this.queue.has(run) && run.hasBegun && !hasEnded(run.state)) await this.#store(run);
      }, run.id);
    });
  }

  /** Gives a run up if another server has cancelled or forgotten it, or has taken this server for dead. */
  async sync(run: ActiveRun): Promise<void> {
    const found = await this.store.look(run.state);
    if (this.queue.has(run) && found !== "goes on") this.giveUp(run, await this.store.stateOf(run.state));
  }
}
