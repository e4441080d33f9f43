/**
 * All runs of an output path: what is kept, for how long, and what servers that have ended have left.
 * @module
 */
import { forEach } from "../../for_each.ts";
import { removeLitter } from "../../runs/long/litter.ts";
import { type RunStore, UnreadableRun } from "../../runs/long/store.ts";
import type { Servers } from "../../runs/long/servers.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";
import { StorageError } from "../../storage/error.ts";
import { isUri } from "../../uri.ts";
import type { Log } from "../log.ts";

/** What it needs of the long runs of its server. */
export interface KeeperOptions {
  readonly maxRuns: number;
  readonly runTtl: number;
  readonly log: Log;
  /** A run that this server takes care of. */
  active(run: RunKey): RunState | undefined;
  /** Deals with a run whose server has ended. */
  takeUp(state: RunState): Promise<unknown>;
  forget(run: RunKey): Promise<void>;
}

/** It is looked for servers that have ended so often, in milliseconds; */
const LOOK_FOR_DEAD = 4000;
/** and for runs to forget, at least and at most. */
const SWEEP = { least: 1000, most: 60_000 };
/** and for what servers that were killed have left half written. */
const TIDY = 6 * 3_600_000;
/** So many runs are read at a time. */
export const AT_ONCE = 16;
/** Where there are too many, so many of them are forgotten at a time: to find the oldest, all are looked at. */
const SHARE = 1 / 50;

/** Looks after all runs. */
export class Keeper {
  /** Those that have ended, which never change, by their UUIDs. */
  readonly #ended = new Map<string, RunState>();
  #count = 0;
  /** How many were created since, less those that were forgotten. */
  #changes = 0;
  /** Of so many the bodies are still to come. */
  #reserved = 0;
  #reserving: Promise<unknown> = Promise.resolve();
  #isBusy = false;

  constructor(
    private readonly store: RunStore,
    private readonly servers: Servers,
    private readonly options: KeeperOptions,
  ) {}

  /** `every`: sets a timer. */
  start(every: (milliseconds: number, action: () => unknown) => void): void {
    const tidy = () => this.#tidy().catch(() => {}); // It is tried again the next time.
    // In this order: then it is known which runs have ended.
    void this.#alone(() => this.#takeUpAll(() => true)).then(tidy);
    every(LOOK_FOR_DEAD, () => void this.#alone(() => this.#lookForDead()));
    every(TIDY, tidy);
    const sweep = Math.min(SWEEP.most, Math.max(SWEEP.least, this.options.runTtl / 2));
    every(sweep, () => void this.#alone(() => this.#sweep()));
  }

  /** May this server begin runs? Where no storage says who was first, only while it is the only one. */
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

  /** Keeps room for one more, until it is released; `undefined`: there is none. The oldest that have ended make room. */
  async reserve(): Promise<Disposable | undefined> {
    // One after the other: together they would forget the same ones.
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
        for (const run of ended.slice(0, Math.max(tooMany(), share))) await this.options.forget(run);
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
      const state = this.options.active(key) ?? this.#ended.get(key.uid) ?? await this.#read(key);
      if (state === undefined) return;
      states.push(state);
      if (hasEnded(state) && this.options.active(key) === undefined) this.#ended.set(key.uid, state);
    });
    return states.sort((a, b) => a.created < b.created ? 1 : a.created > b.created ? -1 : a.run_id < b.run_id ? 1 : -1);
  }

  /** `undefined`: it is just being made or forgotten, or cannot be read. */
  async #read(run: RunKey): Promise<RunState | undefined> {
    try {
      return await this.store.stateOf(run);
    } catch (error) {
      if (error instanceof UnreadableRun || error instanceof StorageError) return undefined;
      throw error;
    }
  }

  async #lookForDead(): Promise<void> {
    const { dead } = await this.servers.others();
    if (dead.length === 0) return;
    if (await this.#takeUpAll((owner) => dead.includes(owner))) {
      for (const name of dead) await this.servers.forget(name);
    }
  }

  /** Deals with the runs of servers that have ended, the oldest first. Resolves with whether all could be dealt with. */
  async #takeUpAll(of: (owner: string) => boolean): Promise<boolean> {
    let isDone = true;
    for (const state of (await this.list()).reverse()) {
      if (hasEnded(state) || this.options.active(state) !== undefined || !of(state.owner)) continue;
      try {
        if (!await this.servers.isAlive(state.owner)) await this.options.takeUp(state);
      } catch {
        isDone = false;
      }
    }
    return isDone;
  }

  /** What a server that was killed while it made or forgot something has left. */
  async #tidy(): Promise<void> {
    await removeLitter(this.store.outputPath);
    if (!isUri(this.store.outputPath)) return;
    await forEach(await this.store.list(), AT_ONCE, async (run) => {
      if (this.options.active(run) === undefined && !this.#ended.has(run.uid)) await this.store.clearIfLitter(run);
    });
  }

  async #sweep(): Promise<void> {
    const old = Date.now() - this.options.runTtl;
    for (const state of await this.list()) {
      const { finished } = state;
      if (finished !== null && Date.parse(finished) < old && this.options.active(state) === undefined) {
        await this.options.forget(state);
      }
    }
  }

  /** One thing at a time; what the storage refuses is tried again the next time. */
  async #alone(action: () => Promise<unknown>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof StorageError)) this.options.log.error(`Long runs: ${Deno.inspect(error)}`, {});
    } finally {
      this.#isBusy = false;
    }
  }
}
