/**
 * Work on long runs that no client waits for.
 * @module
 */
import { UnreadableRun } from "../../runs/long/store.ts";
import { StorageError } from "../../storage/error.ts";
import type { Log } from "../log.ts";

/**
 * After so many failed attempts to store the events of a run, its end is stored without them; and after so many to find
 * out whether a run was created, that stays unknown.
 */
export const MOST_ATTEMPTS = 10;
/** Milliseconds until the next attempt, if something fails that must be done. */
const RETRY_AFTER = 3000;

/** Waits before the next attempt. */
export const pause = () => new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, RETRY_AFTER)));

/** Actions that are performed in the background, now or again and again. */
export class Background {
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  constructor(private readonly log: Log) {}

  /** Performs an action. Errors of the storage are ignored: it is tried again, or matters to nobody. */
  async attempt(action: () => unknown, runId?: string): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof StorageError || error instanceof UnreadableRun) return;
      this.log.error(`Long runs: ${Deno.inspect(error)}`, { runId });
    }
  }

  /** Performs an action every so many milliseconds until `stop`, but not again before it has ended. */
  every(milliseconds: number, action: () => unknown): void {
    let isBusy = false;
    const timer = setInterval(async () => {
      if (isBusy) return;
      isBusy = true;
      await this.attempt(action);
      isBusy = false;
    }, milliseconds);
    Deno.unrefTimer(timer);
    this.#timers.push(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
