/**
 * Upkeep of memory: an idle server and its workers give back what they do not use.
 * @module
 */
import { releaseMemory } from "../../host/memory.ts";
import { memoryOf } from "../../host/process_state.ts";
import type { WorkerProcess } from "./worker_process.ts";

/** How often the memory of an idle server and of its workers is checked, in milliseconds. */
const CHECK_EVERY = 2000;
/** A process that has grown by less than so many bytes need not release memory. */
const WORTH_RELEASING = 2 ** 25;
/** An idle worker may keep so many bytes more than it began with. */
const MOST_GROWTH = 2 ** 28;

/** How much memory a process occupies. */
export class MemoryUse {
  readonly #atFirst: number;
  #sinceRelease: number;

  constructor(private readonly pid: number) {
    this.#atFirst = this.#sinceRelease = memoryOf(pid);
  }

  /** By how many bytes it has grown since this object was made. */
  get growth(): number {
    return memoryOf(this.pid) - this.#atFirst;
  }

  /** Has it grown much since this was last true? Then it should release memory: what it still has later is in use. */
  isWorthReleasing(): boolean {
    const now = memoryOf(this.pid);
    const isWorth = now - this.#sinceRelease > WORTH_RELEASING;
    if (isWorth || now < this.#sinceRelease) this.#sinceRelease = now;
    return isWorth;
  }
}

/** Looks after the memory of a server and its workers. */
export class MemoryUpkeep {
  /** The last release of this process's memory. */
  released: Promise<void> = Promise.resolve();
  readonly #own = new MemoryUse(Deno.pid);
  #mostGrowth = MOST_GROWTH;
  #checkedAt = 0;
  #callsAtCheck = 0;

  /**
   * If there were no calls since the last check, has every process release memory. A worker that keeps much all the same
   * is replaced; then the limit is doubled, because the module may need that much. `calls`: how many there were so far.
   */
  check(workers: readonly WorkerProcess[], calls: number): void {
    const now = performance.now();
    if (now - this.#checkedAt < CHECK_EVERY) return;
    this.#checkedAt = now;
    const hadCalls = calls !== this.#callsAtCheck;
    this.#callsAtCheck = calls;
    if (hadCalls) return;
    if (this.#own.isWorthReleasing()) this.released = releaseMemory();
    for (const worker of workers) {
      if (!worker.isReady) continue;
      const memory = worker.memory!;
      if (memory.isWorthReleasing()) {
        worker.releaseMemory();
        continue; // The next check shows what it keeps.
      }
      const { growth } = memory;
      if (growth < this.#mostGrowth) continue;
      this.#mostGrowth = 2 * growth;
      return worker.retire(`was ended because it kept ${Math.round(growth / 2 ** 20)} MiB of memory`);
    }
  }
}
