/**
 * The runs that are queued or computed by this server, and the places that are left.
 * @module
 */
import type { RunKey } from "../../runs/long/state.ts";
import type { ActiveRun } from "./active_run.ts";
import type { LongRunOptions } from "./options.ts";

/** So many runs as there are workers are given to the pool at a time, and `maxQueue` more may wait. */
export class RunQueue {
  /** By run id, in the order in which they came. */
  readonly #active = new Map<string, ActiveRun>();
  /** Those that the pool has: each waits for a worker, or is computed. One that was cancelled may still be computed. */
  readonly #given = new Set<ActiveRun>();
  /** Places that are reserved for runs whose bodies are still arriving. */
  #reserved = 0;

  constructor(private readonly options: Pick<LongRunOptions, "workers" | "maxQueue">) {}

  /** How many wait here. (Those that were given to the pool are counted there.) */
  get waiting(): number {
    return this.all.filter((run) => this.#waits(run)).length;
  }

  get all(): ActiveRun[] {
    return [...this.#active.values()];
  }

  get given(): ActiveRun[] {
    return [...this.#given];
  }

  /** Those that are being computed. */
  get computing(): ActiveRun[] {
    return this.given.filter(({ hasBegun }) => hasBegun);
  }

  /** Reserves a place until it is disposed of; `undefined`: the queue is full. */
  reserve(): Disposable | undefined {
    const { workers, maxQueue } = this.options;
    if (this.#given.size + this.waiting + this.#reserved >= workers + maxQueue) return undefined;
    this.#reserved++;
    return { [Symbol.dispose]: () => void this.#reserved-- };
  }

  withId(id: string): ActiveRun | undefined {
    return this.#active.get(id);
  }

  find({ run_id, uid }: RunKey): ActiveRun | undefined {
    const run = this.#active.get(run_id);
    return run?.state.uid === uid ? run : undefined;
  }

  has(run: ActiveRun): boolean {
    return this.#active.get(run.id) === run;
  }

  add(run: ActiveRun): void {
    this.#active.set(run.id, run);
  }

  /** Takes the next run, which is to be given to the pool; `undefined`: none waits, or the pool has enough of them. */
  take(): ActiveRun | undefined {
    if (this.#given.size >= this.options.workers) return undefined;
    const run = this.#active.values().find((run) => this.#waits(run));
    if (run !== undefined) this.#given.add(run);
    return run;
  }

  #waits(run: ActiveRun): boolean {
    return !run.hasBegun && !this.#given.has(run);
  }

  /** The pool has done with a run. If it is not removed, it waits again. */
  giveBack(run: ActiveRun): void {
    this.#given.delete(run);
  }

  remove(run: ActiveRun): void {
    this.#active.delete(run.id);
  }
}
