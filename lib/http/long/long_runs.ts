/**
 * The long runs of an output path, as one server sees them: its own, and those of other servers, whose state is in the
 * store.
 * @module
 */
import type { RunStore } from "../../runs/long/store.ts";
import { RENEWAL, type Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";
import { inTime } from "../../in_time.ts";
import { StorageError } from "../../storage/error.ts";
import { Background, MOST_ATTEMPTS, pause } from "./background.ts";
import { EventFiles } from "./event_files.ts";
import { failed } from "./ending.ts";
import { Keeper } from "./keeper.ts";
import type { LongRunOptions } from "./options.ts";
import { OwnRuns } from "./own_runs.ts";
import type { RunQueue } from "./run_queue.ts";
import { POLL_STATE, Watches } from "./watches.ts";

const LOST = "The server ended while it worked on this run";
const STOPPED = "The server was stopped before this run had ended";
/** When a server stops, user code has at most so many milliseconds to react to the signal that its call is aborted. */
const ABORT_GRACE_AT_STOP = 1000;

/** The long runs of a server. */
export class LongRuns {
  readonly watches: Watches;
  readonly keeper: Keeper;
  /** The runs of this server that have not ended. */
  readonly queue: RunQueue;
  readonly #own: OwnRuns;
  readonly #events: EventFiles;
  readonly #background: Background;

  constructor(readonly store: RunStore, readonly servers: Servers, readonly options: LongRunOptions) {
    this.#events = new EventFiles(store);
    this.#background = new Background(options.log);
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
    this.#own = new OwnRuns(store, servers, options, this.#events, this.watches, this.#background);
    this.queue = this.#own.queue;
    this.keeper = new Keeper(store, servers, options, this.queue, this);
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
    const renew = () => inTime(this.servers.renew(), 5 * RENEWAL, () => new Error("too slow")).catch(() => {});
    this.#background.every(RENEWAL, renew);
    this.#own.start();
    this.keeper.start(this.#background);
  }

  get isStopping(): boolean {
    return this.#own.isStopping;
  }

  /**
   * The state of a run; `undefined`: there is none. If the storage fails, a run of this server has the state that this
   * server knows; with `isSure` the error is thrown instead.
   */
  async find(id: string, isSure = false): Promise<RunState | undefined> {
    const own = this.queue.withId(id);
    if (own !== undefined) {
      // Another server may just have cancelled or forgotten it.
      await this.#own.sync(own).catch((error) => {
        if (isSure || !(error instanceof StorageError)) throw error;
      });
      if (this.queue.has(own)) return own.state;
    }
    const state = await this.store.read(id);
    if (state === undefined) return undefined;
    if (!hasEnded(state)) return await this.servers.isAlive(state.owner) ? state : await this.takeUp(state);
    if (Date.now() - Date.parse(state.finished!) < this.options.runTtl) return state;
    await this.forget(state);
    return undefined;
  }

  /** Counts and queues a run that this server has just created, in the places that were `reserved` for it. */
  created(state: RunState, reserved: DisposableStack): void {
    reserved.dispose();
    this.keeper.created();
    this.#own.enqueue(state);
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
      if (attempt === MOST_ATTEMPTS || this.isStopping) return;
      void pause().then(() => this.settle(state, reserved, attempt + 1));
    }
  }

  /** Cancels a run that has not ended. Resolves with its final state; `undefined`: it was forgotten meanwhile. */
  async cancel(state: RunState): Promise<RunState | undefined> {
    const finished = new Date().toISOString();
    const before = this.queue.find(state);
    if (before !== undefined) await this.#events.publish(state, before.published).catch(() => {});
    const ended = await this.store.end({ ...state, status: "cancelled", finished });
    const own = this.queue.find(state);
    if (own !== undefined) this.#own.giveUp(own, ended);
    this.watches.changed(state, ended);
    return ended;
  }

  /** Removes everything about a run that has ended. */
  async forget(run: RunKey): Promise<void> {
    const own = this.queue.find(run);
    if (own !== undefined) this.#own.giveUp(own, undefined);
    if (await this.store.forget(run)) this.keeper.forgotten();
    this.watches.changed(run, undefined);
  }

  /** Begins no more runs, and ends the requests that wait for news of runs. Queued runs stay queued in the store. */
  drain(): void {
    this.#own.isStopping = true;
    for (const run of this.queue.given) if (!run.hasBegun) run.controller.abort();
    this.watches.close();
  }

  /** Ends the runs that are being computed, and leaves the queued ones to other servers. */
  async stop(): Promise<void> {
    this.drain();
    this.#background.stop();
    const { computing } = this.queue;
    for (const run of computing) run.controller.abort();
    await Promise.all(computing.map((run) => this.#own.end(run, failed(STOPPED))));
    if (computing.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(this.options.abortGrace, ABORT_GRACE_AT_STOP)));
    }
    await this.servers.leave(this.queue.all.length > 0).catch(() => {});
    await this.#events.close();
  }

  /** Takes over a run of a server that has ended: queues it, or marks it as failed if it had begun. */
  async takeUp(state: RunState): Promise<RunState | undefined> {
    const own = this.queue.find(state);
    if (own !== undefined) return own.state;
    const begunBy = state.status === "running" ? state.owner : await this.store.begunBy(state);
    if (begunBy !== undefined) {
      if (begunBy !== state.owner && await this.servers.isAlive(begunBy)) return state;
      const finished = new Date().toISOString();
      return await this.store.end({ ...state, ...failed(LOST), finished });
    }
    if (this.isStopping) return state;
    const taken = { ...state, owner: this.servers.own };
    await this.store.update(taken);
    if (this.queue.find(taken) === undefined) this.#own.enqueue(taken);
    return taken;
  }
}
