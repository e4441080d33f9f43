/**
 * Upkeep of all runs in an output path: old ones are forgotten, and those of servers that have ended are taken over.
 * @module
 */
import { forEach } from "../../for_each.ts";
import { removeLitter } from "../../runs/long/litter.ts";
import { type RunStore, UnreadableRun } from "../../runs/long/store.ts";
import type { Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";
import { StorageError } from "../../storage/error.ts";
import { isUri } from "../../uri.ts";
import type { Background } from "./background.ts";
import type { LongRuns } from "./long_runs.ts";
import type { LongRunOptions } from "./options.ts";
import type { RunQueue } from "./run_queue.ts";

/** Milliseconds between searches for servers that have ended. */
const FIND_DEAD_EVERY = 4000;
/** Milliseconds between searches for runs older than `runTtl`: half of that, within these limits. */
const SWEEP = { least: 1000, most: 60_000 };
/** Milliseconds between removals of the files that killed servers have left half written. */
const TIDY = 6 * 3_600_000;
/** How many runs are read at a time. */
export const AT_ONCE = 16;
/** If there are too many runs, this share of `maxRuns` is forgotten at once: to find the oldest, all are read. */
const SHARE = 1 / 50;

/** Looks after all runs. */
export class Keeper {
  /** Runs that have ended, which never change again, by UUID. */
  readonly #ended = new Map<string, RunState>();
  /** How many runs there are in the output path, as far as this server knows. */
  #count = 0;
  /** How many runs this server has created, less those that it has forgotten. */
  #changes = 0;
  /** For how many runs, whose bodies are still arriving, room is reserved. */
  #reserved = 0;
  #reserving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: RunStore,
    private readonly servers: Servers,
    private readonly options: Pick<LongRunOptions, "maxRuns" | "runTtl">,
    /** The runs of this server. */
    private readonly queue: RunQueue,
    private readonly runs: Pick<LongRuns, "forget" | "takeUp">,
  ) {}

  start(background: Background): void {
    const tidy = () => this.#tidy();
    // `#tidy` comes second: it skips the runs that have ended, which `#takeUpAll` finds out.
    void background.attempt(() => this.#takeUpAll(() => true)).then(() => background.attempt(tidy));
    background.every(FIND_DEAD_EVERY, () => this.#findDead());
    background.every(TIDY, tidy);
    background.every(Math.min(SWEEP.most, Math.max(SWEEP.least, this.options.runTtl / 2)), () => this.#sweep());
  }

  /** May this server accept runs? If the storage has no exclusive creation, only while there is no other server. */
  async isAllowed(): Promise<boolean> {
    return this.store.isExclusive || (await this.servers.others()).alive.length === 0;
  }

  created(): void {
    this.#count++;
    this.#changes++;
  }

  forgotten(): void {
    this.#count--;
    this.#changes--;
  }

  /** Reserves room for a run until it is disposed of, and forgets the oldest if need be; `undefined`: there is none. */
  async reserve(): Promise<Disposable | undefined> {
    // One after the other, because two at a time would forget the same runs.
    const reserving = this.#reserving.catch(() => {}).then(() => this.#makeRoom());
    this.#reserving = reserving;
    if (!await reserving) return undefined;
    return { [Symbol.dispose]: () => void this.#reserved-- };
  }

  async #makeRoom(): Promise<boolean> {
    const { maxRuns } = this.options;
    const tooMany = () => this.#count + this.#reserved + 1 - maxRuns;
    if (tooMany() > 0) {
      const ended = (await this.list()).filter(hasEnded).reverse();
      const share = Math.floor(maxRuns * SHARE);
      if (tooMany() > 0) {
        for (const run of ended.slice(0, Math.max(tooMany(), share))) await this.runs.forget(run);
      }
    }
    if (tooMany() > 0) return false;
    this.#reserved++;
    return true;
  }

  /** All runs, the newest first. */
  async list(): Promise<RunState[]> {
    const before = this.#changes;
    const keys = await this.store.list();
    this.#count = keys.length + this.#changes - before;
    const known = new Set(keys.map(({ uid }) => uid));
    for (const uid of this.#ended.keys()) if (!known.has(uid)) this.#ended.delete(uid);
    const states: RunState[] = [];
    await forEach(keys, AT_ONCE, async (key) => {
      const state = this.queue.find(key)?.state ?? this.#ended.get(key.uid) ?? await this.#read(key);
      if (state === undefined) return;
      states.push(state);
      if (hasEnded(state) && this.queue.find(key) === undefined) this.#ended.set(key.uid, state);
    });
    return states.sort((a, b) => a.created < b.created ? 1 : a.created > b.created ? -1 : a.run_id < b.run_id ? 1 : -1);
  }

  /** `undefined`: it is being created or forgotten just now, or cannot be read. */
  async #read(run: RunKey): Promise<RunState | undefined> {
    try {
      return await this.store.stateOf(run);
    } catch (error) {
      if (error instanceof UnreadableRun || error instanceof StorageError) return undefined;
      throw error;
    }
  }

  async #findDead(): Promise<void> {
    const { dead } = await this.servers.others();
    if (dead.length === 0) return;
    if (await this.#takeUpAll((owner) => dead.includes(owner))) {
      for (const name of dead) await this.servers.forget(name);
    }
  }

  /** Takes over the runs of servers that have ended, the oldest first. Resolves with whether that succeeded for all. */
  async #takeUpAll(of: (owner: string) => boolean): Promise<boolean> {
    let isDone = true;
    for (const state of (await this.list()).reverse()) {
      if (hasEnded(state) || this.queue.find(state) !== undefined || !of(state.owner)) continue;
      try {
        if (!await this.servers.isAlive(state.owner)) await this.runs.takeUp(state);
      } catch {
        isDone = false;
      }
    }
    return isDone;
  }

  /** Removes what a server has left that was killed while it created or forgot a run. */
  async #tidy(): Promise<void> {
    await removeLitter(this.store.outputPath);
    if (!isUri(this.store.outputPath)) return;
    await forEach(await this.store.list(), AT_ONCE, async (run) => {
      if (this.queue.find(run) === undefined && !this.#ended.has(run.uid)) await this.store.clearIfLitter(run);
    });
  }

  async #sweep(): Promise<void> {
    const old = Date.now() - this.options.runTtl;
    for (const state of await this.list()) {
      const { finished } = state;
      if (finished !== null && Date.parse(finished) < old && this.queue.find(state) === undefined) {
        await this.runs.forget(state);
      }
    }
  }
}
