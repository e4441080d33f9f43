/**
 * The long runs of a server: they wait here for a worker, and what becomes of them is kept in the store.
 * @module
 */
import { shortened } from "../../runs/record_text.ts";
import { type RunStore, UnreadableRun } from "../../runs/long/store.ts";
import { RENEWAL, type Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunState } from "../../runs/long/state.ts";
import { inTime } from "../../in_time.ts";
import { isUri } from "../../uri.ts";
import { StorageError } from "../../storage/error.ts";
import { CallRefused, type Pool } from "../../workers/pool/pool.ts";
import type { CallHead } from "../../workers/protocol/heads.ts";
import { refusal, respond } from "../call.ts";
import type { Log } from "../log.ts";
import { ActiveRun } from "./active_run.ts";
import { type Ending, endingOf } from "./ending.ts";
import { Keeper } from "./keeper.ts";
import { bodyForPool } from "./submit.ts";
import { LOOK_AT_STATE, Watches } from "./watches.ts";

/** What long runs need of their server. */
export interface LongRunOptions {
  readonly pool: Pick<Pool, "call">;
  readonly workers: number;
  readonly debug: boolean;
  readonly log: Log;
  /** How many may wait. */
  readonly maxQueue: number;
  /** How many are kept. */
  readonly maxRuns: number;
  /** How long one is kept after its end, and how long it may take; in milliseconds. */
  readonly runTtl: number;
  readonly runTimeout: number | undefined;
  readonly abortGrace: number;
  /** A run has had a worker: seconds that it waited, and that it ran. */
  readonly ran: (endpoint: string, queued: number, ran: number) => void;
}

const LOST = "The server ended while it worked on this run";
const STOPPED = "The server was stopped before this run had ended";
/** What could not begin or could not be stored is tried again after so many milliseconds. */
const AGAIN = 3000;
/** Progress is read so often. */
const LOOK = 50;
/** When a server stops, user code has at most so long to notice. */
const LAST_GRACE = 1000;

/** The long runs of a server. */
export class LongRuns {
  readonly watches: Watches;
  readonly keeper: Keeper;
  readonly #active = new Map<string, ActiveRun>();
  #queue: ActiveRun[] = [];
  /** Those that the pool has. */
  readonly #given = new Set<ActiveRun>();
  #isStopping = false;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #isRenewing = false;
  #spool: string | undefined;

  constructor(readonly store: RunStore, readonly servers: Servers, readonly options: LongRunOptions) {
    const isRemote = isUri(store.outputPath);
    this.watches = new Watches({
      load: async (id) => {
        const state = await this.find(id);
        return { state, events: await this.#eventsOf(id, state) };
      },
      isOwn: (id) => this.#active.has(id),
      left: (id) => this.#dropEvents(id),
      lookAtState: isRemote ? LOOK_AT_STATE.remote : LOOK_AT_STATE.local,
    });
    this.keeper = new Keeper(store, servers, {
      ...options,
      active: (id) => this.#active.get(id)?.state,
      takeUp: (state) => this.#takeUp(state),
      forget: (id) => this.forget(id),
    });
  }

  /** Finds out what the store can do, and takes up what other servers have left. */
  async start(): Promise<void> {
    await this.store.probe();
    if (isUri(this.store.outputPath)) this.#spool = await Deno.makeTempDir({ prefix: "tesseract-runs-" });
    if (!this.store.isExclusive) {
      void this.options.log.lines(
        "Warning: where the output path is, no server can tell whether another was first (it lacks conditional writes, " +
          "or hard links): keep long runs by one server only.\n",
      );
    }
    await this.servers.renew();
    const every = (milliseconds: number, action: () => unknown) => {
      const timer = setInterval(action, milliseconds);
      Deno.unrefTimer(timer);
      this.#timers.push(timer);
    };
    every(RENEWAL, () => void this.#renew());
    every(LOOK, () => this.#readProgress());
    this.keeper.start(every);
  }

  /** How many wait for a worker, but for those that wait in the pool. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many have begun, and have not ended. */
  get running(): number {
    return [...this.#given].filter(({ hasBegun }) => hasBegun).length;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Is there a place for one more in the queue? */
  get hasPlace(): boolean {
    return this.#given.size < this.options.workers || this.#queue.length < this.options.maxQueue;
  }

  /** How a run stands; `undefined`: there is none. */
  async find(id: string): Promise<RunState | undefined> {
    const own = this.#active.get(id);
    // Another server may have cancelled what waits here.
    if (own !== undefined && (own.state.status !== "queued" || !await this.store.hasEnded(id))) return own.state;
    const state = await this.store.read(id);
    if (state === undefined || own !== undefined) return state;
    if (!hasEnded(state)) return await this.#checked(state);
    if (Date.now() - Date.parse(state.finished!) < this.options.runTtl) return state;
    await this.forget(id);
    return undefined;
  }

  /** A run that was just created waits for a worker. */
  enqueue(state: RunState): void {
    const run = new ActiveRun(state, this.#localEvents(state.run_id));
    this.#active.set(run.id, run);
    this.#queue.push(run);
    this.#schedule();
  }

  /** Cancels a run that has not ended. Resolves with the state in which it has ended. */
  async cancel(state: RunState): Promise<RunState> {
    const finished = new Date().toISOString();
    const ended = await this.store.end({ ...state, status: "cancelled", finished });
    const own = this.#active.get(state.run_id);
    if (own !== undefined) {
      this.#leave(own, ended);
      own.controller.abort();
      // While it has the worker, it may go on printing.
    }
    this.watches.changed(state.run_id, ended);
    return ended;
  }

  /** Removes all that is there of a run which has ended. */
  async forget(id: string): Promise<void> {
    await this.store.forget(id);
    this.keeper.forgotten(id);
    this.watches.changed(id, undefined);
  }

  /** Begins no more, and keeps nobody waiting. What is queued stays so in the store. */
  drain(): void {
    this.#isStopping = true;
    for (const run of this.#given) if (!run.hasBegun) run.controller.abort();
    this.watches.close();
  }

  /** Ends what still runs, and leaves the rest to other servers. */
  async stop(): Promise<void> {
    this.drain();
    for (const timer of this.#timers) clearInterval(timer);
    const running = [...this.#given].filter((run) => run.hasBegun);
    for (const run of running) run.controller.abort();
    await Promise.all(running.map((run) => this.#end(run, { status: "failed", error: STOPPED, answer: null })));
    if (running.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(this.options.abortGrace, LAST_GRACE)));
    }
    await this.servers.leave(this.#active.size > 0).catch(() => {});
    if (this.#spool !== undefined) await Deno.remove(this.#spool, { recursive: true }).catch(() => {});
  }

  #schedule(): void {
    while (!this.#isStopping && this.#given.size < this.options.workers) {
      const run = this.#queue.shift();
      if (run === undefined) return;
      this.#given.add(run);
      const failed = (error: unknown) => this.options.log.error(Deno.inspect(error), { runId: run.id });
      void this.#run(run).catch(failed).finally(() => {
        this.#given.delete(run);
        this.#schedule();
      });
    }
  }

  async #run(run: ActiveRun): Promise<void> {
    const { options } = this;
    let response: Response;
    try {
      const body = await bodyForPool(await this.store.stream(run.id, `request.${run.state.request.body}`));
      const answer = await options.pool.call({
        head: JSON.stringify(headOf(run)),
        body,
        runId: run.id,
        gone: () => run.controller.signal,
        mayBegin: () => this.#mayBegin(run),
        timeout: options.runTimeout ?? Infinity,
        printed: run.printed,
      });
      response = respond(answer, options.log, { runId: run.id });
    } catch (error) {
      if (!this.#active.has(run.id) || run.controller.signal.aborted) return;
      if (!run.hasBegun) return await this.#notBegun(run, error);
      response = refusal(error, options, { runId: run.id });
    }
    run.answeredAt = performance.now();
    options.ran(run.state.endpoint, (run.begunAt - run.arrived) / 1000, (run.answeredAt - run.begunAt) / 1000);
    if (!this.#active.has(run.id)) return void await response.body?.cancel();
    await this.#end(run, await endingOf(response, (chunks) => this.store.write(run.id, "answer", chunks)));
  }

  /** A worker is there: the run begins, if it is still there and no other server has begun it. */
  async #mayBegin(run: ActiveRun): Promise<boolean> {
    if (this.#isStopping || run.controller.signal.aborted) return false;
    if (!await this.store.begin(run.state, this.servers.own)) {
      this.#leave(run, await this.store.read(run.id));
      return false;
    }
    run.hasBegun = true;
    run.begunAt = performance.now();
    run.state = { ...run.state, status: "running", started: new Date().toISOString(), owner: this.servers.own };
    run.isStale = true;
    await this.#store(run);
    this.watches.changed(run.id, run.state);
    return !run.controller.signal.aborted;
  }

  /** It could not begin: what is not the fault of the run is tried again. */
  async #notBegun(run: ActiveRun, error: unknown): Promise<void> {
    const isForNow = error instanceof StorageError && error.kind !== "not-found" && error.kind !== "refused" ||
      error instanceof CallRefused && error.reason !== "died";
    if (this.#isStopping) return;
    if (isForNow) {
      await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, AGAIN)));
      if (this.#active.has(run.id)) this.#queue.unshift(run);
      return;
    }
    const reason = error instanceof StorageError
      ? `its request cannot be read: ${error.reason}`
      : error instanceof UnreadableRun
      ? error.message
      : String(error);
    await this.#end(run, { status: "failed", error: shortened(`The run could not begin: ${reason}`), answer: null });
  }

  /** Stores how a run has ended, however long that takes: until then this server knows it. */
  async #end(run: ActiveRun, ending: Ending): Promise<void> {
    if (this.#active.get(run.id) !== run || hasEnded(run.state)) return;
    run.readProgress();
    run.state = { ...run.state, ...ending, finished: new Date().toISOString() };
    await this.#publishEvents(run);
    for (;;) {
      try {
        return this.#leave(run, await this.store.end(run.state));
      } catch (error) {
        this.options.log.error(`The end of the run cannot be stored: ${reasonOf(error)}`, { runId: run.id });
        this.watches.changed(run.id, run.state);
        if (this.#isStopping) return;
        await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, AGAIN)));
      }
    }
  }

  /** This server has nothing to do with the run any more. */
  #leave(run: ActiveRun, state: RunState | undefined): void {
    if (this.#active.get(run.id) !== run) return;
    this.#active.delete(run.id);
    const at = this.#queue.indexOf(run);
    if (at >= 0) this.#queue.splice(at, 1);
    run.close();
    this.watches.changed(run.id, state);
    if (!this.watches.has(run.id)) this.#dropEvents(run.id);
  }

  /** What was brought here to be read, or has gone to the store, and nobody reads any more. */
  #dropEvents(id: string): void {
    if (!isUri(this.store.outputPath) || this.#active.has(id)) return;
    void Deno.remove(this.#localEvents(id)).catch(() => {});
  }

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
    for (const run of this.#given) {
      if (run.hasBegun && !hasEnded(run.state) && run.readProgress()) this.watches.changed(run.id, run.state);
    }
  }

  /** The mark is renewed, and what changed in running runs is stored. */
  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      await inTime(this.servers.renew(), 5 * RENEWAL, () => new Error("too slow")).catch(() => {});
      for (const run of [...this.#given]) {
        if (!run.hasBegun || hasEnded(run.state)) continue;
        if (await this.store.hasEnded(run.id)) await this.#endedElsewhere(run);
        else await this.#store(run);
      }
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof UnreadableRun)) {
        this.options.log.error(`Long runs: ${Deno.inspect(error)}`, {});
      }
    } finally {
      this.#isRenewing = false;
    }
  }

  /** Another server has cancelled the run, or has given this server up. */
  async #endedElsewhere(run: ActiveRun): Promise<void> {
    const state = await this.store.read(run.id);
    if (hasEnded(run.state)) return;
    this.#leave(run, state);
    run.controller.abort();
  }

  /** A run that has not ended, and that another server takes care of: if that has ended, this one does. */
  async #checked(state: RunState): Promise<RunState> {
    if (await this.servers.isAlive(state.owner)) return state;
    return await this.#takeUp(state);
  }

  /** Takes up what a server that has ended had to do. Resolves with how the run stands then. */
  async #takeUp(state: RunState): Promise<RunState> {
    const id = state.run_id;
    const own = this.#active.get(id);
    if (own !== undefined) return own.state;
    const begunBy = state.status === "running" ? state.owner : await this.store.begunBy(id);
    if (begunBy !== undefined) {
      if (begunBy !== state.owner && await this.servers.isAlive(begunBy)) return state;
      const finished = new Date().toISOString();
      return await this.store.end({ ...state, status: "failed", error: LOST, finished });
    }
    if (this.#isStopping) return state;
    const taken = { ...state, owner: this.servers.own };
    await this.store.update(taken);
    if (!this.#active.has(id)) this.enqueue(taken);
    return taken;
  }

  /** Events are written to a local file, which goes to the store when the run has ended. */
  #localEvents(id: string): string {
    if (!isUri(this.store.outputPath)) return this.store.file(id, "events.jsonl");
    return `${this.#spool!}/${id}.jsonl`;
  }

  async #publishEvents(run: ActiveRun): Promise<void> {
    if (!isUri(this.store.outputPath)) return;
    const bytes = await Deno.readFile(run.path).catch(() => undefined);
    if (bytes !== undefined) await this.store.write(run.id, "events.jsonl", [bytes]).catch(() => {});
  }

  /** The local file of the events of any run; that of one that has ended is brought here. */
  async #eventsOf(id: string, state: RunState | undefined): Promise<string> {
    const path = this.#localEvents(id);
    if (!isUri(this.store.outputPath) || this.#active.has(id) || state === undefined || !hasEnded(state)) return path;
    try {
      const chunks = await this.store.stream(id, "events.jsonl");
      await Deno.writeFile(path, ReadableStream.from(chunks));
    } catch {
      // There are none.
    }
    return path;
  }
}

const reasonOf = (error: unknown): string => error instanceof StorageError ? error.reason : String(error);

function headOf({ state, path }: ActiveRun): CallHead {
  const { endpoint, run_id: runId, request: { bodyFormat, format, compression } } = state;
  return { endpoint, runId, bodyFormat, format, ...compression === "lz4" && { compression }, events: path };
}
