/**
 * The long runs of a server: they are queued here until a worker is free, and their state is kept in the store, where
 * other servers see it.
 * @module
 */
import { type RunStore, UnreadableRun } from "../../runs/long/store.ts";
import { RENEWAL, type Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";
import { forEach } from "../../for_each.ts";
import { inTime } from "../../in_time.ts";
import { StorageError } from "../../storage/error.ts";
import { CallRefused } from "../../workers/pool/pool.ts";
import { refusal, respond } from "../call.ts";
import { type Body, wholeIfSmall } from "../whole_if_small.ts";
import { ActiveRun } from "./active_run.ts";
import { EventFiles } from "./event_files.ts";
import { type Ending, endingOf, failed, reasonOf } from "./ending.ts";
import { AT_ONCE, Keeper } from "./keeper.ts";
import type { LongRunOptions } from "./options.ts";
import { RunQueue } from "./run_queue.ts";
import { POLL_STATE, Watches } from "./watches.ts";

const LOST = "The server ended while it worked on this run";
const STOPPED = "The server was stopped before this run had ended";
/** Bytes. A stored request of at most this size is read whole: if the worker ends before the run begins, another gets it. */
const LARGEST_WHOLE = 1 << 20;
/** Milliseconds until the next attempt, if a run cannot begin or its end cannot be stored. */
const RETRY_AFTER = 3000;
/** Milliseconds between two looks at the progress of runs. */
const READ_PROGRESS_EVERY = 50;
/** Milliseconds between searches for new events, which are copied to the output path if it is a URI. */
const PUBLISH_EVERY = 1000;
/**
 * After so many failed attempts to store the events of a run, its end is stored without them; and after so many to find
 * out whether a run was created, that stays unknown.
 */
const MOST_ATTEMPTS = 10;
/** When a server stops, user code has at most so many milliseconds to react to the signal that its call is aborted. */
const ABORT_GRACE_AT_STOP = 1000;

/** The long runs of a server. */
export class LongRuns {
  readonly watches: Watches;
  readonly keeper: Keeper;
  /** The runs of this server that have not ended. */
  readonly queue: RunQueue;
  #isStopping = false;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #events: EventFiles;

  constructor(readonly store: RunStore, readonly servers: Servers, readonly options: LongRunOptions) {
    this.queue = new RunQueue(options);
    this.#events = new EventFiles(store);
    this.watches = new Watches({
      load: async (run) => {
        const found = await this.find(run.run_id);
        const state = found?.uid === run.uid ? found : undefined;
        if (state !== undefined && this.queue.find(run) === undefined) await this.#events.bring(state);
        return state;
      },
      path: (run) => this.#events.path(run),
      isOwn: (run) => this.queue.find(run) !== undefined,
      left: (run) => {
        if (this.queue.find(run) === undefined) this.#events.drop(run);
      },
      pollState: this.#events.isRemote ? POLL_STATE.remote : POLL_STATE.local,
    });
    this.keeper = new Keeper(store, servers, {
      ...options,
      active: (run) => this.queue.find(run)?.state,
      takeUp: (state) => this.#takeUp(state),
      forget: (run) => this.forget(run),
    });
  }

  /** Finds out what the store can do, and takes over the runs of servers that have ended. */
  async start(): Promise<void> {
    await this.store.probe();
    await this.#events.open();
    if (!this.store.isExclusive) {
      void this.options.log.lines(
        "Warning: where the output path is, no server can tell whether another was first (it lacks conditional writes, " +
          "or hard links): keep long runs by one server only.\n",
      );
    }
    await this.servers.renew();
    const attempt = (action: () => unknown) => this.#attempt(action);
    const every = (milliseconds: number, action: () => unknown) => {
      let isBusy = false;
      const timer = setInterval(async () => {
        if (isBusy) return;
        isBusy = true;
        await attempt(action);
        isBusy = false;
      }, milliseconds);
      Deno.unrefTimer(timer);
      this.#timers.push(timer);
    };
    every(RENEWAL, () => inTime(this.servers.renew(), 5 * RENEWAL, () => new Error("too slow")).catch(() => {}));
    every(RENEWAL, () => this.#syncAll());
    every(READ_PROGRESS_EVERY, () => this.#readProgress());
    if (this.#events.isRemote) every(PUBLISH_EVERY, () => this.#publishEvents());
    this.keeper.start(attempt, every);
  }

  /** Performs an action in the background. Errors of the storage are ignored: it is tried again, or matters to nobody. */
  async #attempt(action: () => unknown, runId?: string): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof StorageError || error instanceof UnreadableRun) return;
      this.options.log.error(`Long runs: ${Deno.inspect(error)}`, { runId });
    }
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * The state of a run; `undefined`: there is none. If the storage fails, a run of this server has the state that this
   * server knows; with `isSure` the error is thrown instead.
   */
  async find(id: string, isSure = false): Promise<RunState | undefined> {
    const own = this.queue.withId(id);
    if (own !== undefined) {
      // Another server may just have cancelled or forgotten it.
      await this.#sync(own).catch((error) => {
        if (isSure || !(error instanceof StorageError)) throw error;
      });
      if (this.queue.has(own)) return own.state;
    }
    const state = await this.store.read(id);
    if (state === undefined) return undefined;
    if (!hasEnded(state)) return await this.servers.isAlive(state.owner) ? state : await this.#takeUp(state);
    if (Date.now() - Date.parse(state.finished!) < this.options.runTtl) return state;
    await this.forget(state);
    return undefined;
  }

  /** Counts and queues a run that this server has just created, in the places that were `reserved` for it. */
  created(state: RunState, reserved: DisposableStack): void {
    reserved.dispose();
    this.keeper.created();
    this.#enqueue(state);
  }

  /**
   * After an error of `store.create`, which may have created the run nevertheless: other servers may have told clients
   * that it is accepted, and leave it to this one. Finds out whether it is there; if so, it is queued, else its files are
   * removed. If the store fails again, that is tried again later.
   */
  async settle(state: RunState, reserved: DisposableStack, attempt = 1): Promise<void> {
    try {
      if (await this.store.isKept(state)) this.created(state, reserved);
      else await this.store.clear(state);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (attempt === MOST_ATTEMPTS || this.#isStopping) return;
      void pause().then(() => this.settle(state, reserved, attempt + 1));
    }
  }

  #enqueue(state: RunState): void {
    const former = this.queue.withId(state.run_id);
    if (former !== undefined) this.#giveUp(former, undefined);
    const run = new ActiveRun(state, this.#events.path(state));
    this.queue.add(run);
    this.#schedule();
  }

  /** Cancels a run that has not ended. Resolves with its final state; `undefined`: it was forgotten meanwhile. */
  async cancel(state: RunState): Promise<RunState | undefined> {
    const finished = new Date().toISOString();
    const before = this.queue.find(state);
    if (before !== undefined) await this.#events.publish(state, before.published).catch(() => {});
    const ended = await this.store.end({ ...state, status: "cancelled", finished });
    const own = this.queue.find(state);
    if (own !== undefined) this.#giveUp(own, ended);
    this.watches.changed(state, ended);
    return ended;
  }

  /** Removes everything about a run that has ended. */
  async forget(run: RunKey): Promise<void> {
    const own = this.queue.find(run);
    if (own !== undefined) this.#giveUp(own, undefined);
    if (await this.store.forget(run)) this.keeper.forgotten();
    this.watches.changed(run, undefined);
  }

  /** Begins no more runs, and ends the requests that wait for news of runs. Queued runs stay queued in the store. */
  drain(): void {
    this.#isStopping = true;
    for (const run of this.queue.given) if (!run.hasBegun) run.controller.abort();
    this.watches.close();
  }

  /** Ends the runs that are being computed, and leaves the queued ones to other servers. */
  async stop(): Promise<void> {
    this.drain();
    for (const timer of this.#timers) clearInterval(timer);
    const { computing } = this.queue;
    for (const run of computing) run.controller.abort();
    await Promise.all(computing.map((run) => this.#end(run, failed(STOPPED))));
    if (computing.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(this.options.abortGrace, ABORT_GRACE_AT_STOP)));
    }
    await this.servers.leave(this.queue.all.length > 0).catch(() => {});
    await this.#events.close();
  }

  #schedule(): void {
    for (let run: ActiveRun | undefined; !this.#isStopping && (run = this.queue.take()) !== undefined;) {
      void this.#attempt(() => this.#run(run), run.id).then(() => {
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
    run.answeredAt = performance.now();
    options.ran(run.state.endpoint, (run.begunAt - run.arrived) / 1000, (run.answeredAt - run.begunAt) / 1000);
    if (!this.queue.has(run)) return void await response.body?.cancel();
    await this.#end(run, await endingOf(response, (chunks) => this.store.write(run.state, "answer", chunks)));
  }

  /** A worker is free: the run begins, unless it was cancelled or another server has begun it. */
  async #mayBegin(run: ActiveRun): Promise<boolean> {
    if (this.#isStopping || run.controller.signal.aborted) return false;
    if (!await this.store.begin(run.state, this.servers.own)) {
      this.#giveUp(run, await this.store.stateOf(run.state));
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
    if (this.#isStopping) return;
    if (mayPass) return await pause();
    const reason = `${error instanceof StorageError ? "its request cannot be read: " : ""}${reasonOf(error)}`;
    await this.#end(run, failed(`The run could not begin: ${reason}`));
  }

  /** Stores the final state of a run, however often that fails: until then it is known to this server alone. */
  async #end(run: ActiveRun, ending: Ending): Promise<void> {
    if (!this.queue.has(run) || run.isEnding) return;
    run.isEnding = true;
    run.readProgress();
    const state = { ...run.state, ...ending, finished: new Date().toISOString() };
    for (let attempt = 1; this.queue.has(run); attempt++) {
      try {
        await this.#events.publish(state, run.published).catch((error) => {
          if (attempt < MOST_ATTEMPTS && !this.#isStopping) throw error;
        });
        const ended = await this.store.end(state);
        return ended === undefined ? this.#giveUp(run, undefined) : void this.#leave(run, ended);
      } catch (error) {
        this.options.log.error(`The end of the run cannot be stored: ${reasonOf(error)}`, { runId: run.id });
        // Clients are told before the end is stored only here: normally the store decides, as another server may have
        // ended the run differently.
        run.state = state;
        this.watches.changed(state, state);
        if (this.#isStopping) return;
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
    if (state !== undefined) await this.#events.publish(run.state, run.published).catch(() => {});
    if (!this.watches.has(run.state)) this.#events.drop(run.state);
  }

  /** As `#leave`, for a run that a client or another server has ended or forgotten: its call is aborted. */
  #giveUp(run: ActiveRun, state: RunState | undefined): void {
    void this.#leave(run, state);
    run.controller.abort();
    if (!this.queue.isGiven(run)) void this.#clear(run);
  }

  /** Removes what this server has written of a run that was forgotten meanwhile. */
  async #clear({ state, published }: ActiveRun): Promise<void> {
    await published.writing.catch(() => {});
    await this.#attempt(async () => {
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
      if (!this.queue.has(run) || run.isEnding) return;
      await this.#attempt(() => this.#events.publishIfDue(run.state, run.published), run.id);
    });
  }

  /** Reads what other servers have done to the runs of this one, and stores the progress of those that are computed. */
  async #syncAll(): Promise<void> {
    await forEach(this.queue.all, AT_ONCE, async (run) => {
      await this.#attempt(async () => {
        await this.#sync(run);
        if (this.queue.has(run) && run.hasBegun && !hasEnded(run.state)) await this.#store(run);
      }, run.id);
    });
  }

  /** Gives a run up if another server has cancelled or forgotten it, or has taken this server for dead. */
  async #sync(run: ActiveRun): Promise<void> {
    const found = await this.store.look(run.state);
    if (this.queue.has(run) && found !== "goes on") this.#giveUp(run, await this.store.stateOf(run.state));
  }

  /** Takes over a run of a server that has ended: queues it, or marks it as failed if it had begun. */
  async #takeUp(state: RunState): Promise<RunState | undefined> {
    const own = this.queue.find(state);
    if (own !== undefined) return own.state;
    const begunBy = state.status === "running" ? state.owner : await this.store.begunBy(state);
    if (begunBy !== undefined) {
      if (begunBy !== state.owner && await this.servers.isAlive(begunBy)) return state;
      const finished = new Date().toISOString();
      return await this.store.end({ ...state, ...failed(LOST), finished });
    }
    if (this.#isStopping) return state;
    const taken = { ...state, owner: this.servers.own };
    await this.store.update(taken);
    if (this.queue.find(taken) === undefined) this.#enqueue(taken);
    return taken;
  }
}

const pause = () => new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, RETRY_AFTER)));
