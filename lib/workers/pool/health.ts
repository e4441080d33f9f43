/**
 * Whether a process still works, and how much memory it takes, as the operating system shows it.
 * @module
 */
import { isStopped, memoryOf } from "../../host/process_state.ts";

/** A worker is broken if the rest of a frame does not come within so many milliseconds. */
const MOST_PARTIAL_FRAME = 5000;
/** A worker is broken if it has been stopped (SIGSTOP) for so many milliseconds. */
const MOST_STOPPED = 3000;
/** Milliseconds between two checks whether it is stopped. */
const CHECK_EVERY = 1000;

/** A process that has grown by less than so many bytes need not release memory. */
const WORTH_RELEASING = 2 ** 25;

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

/** The health of a worker process. */
export class Health {
  readonly memory: MemoryUse;
  #stoppedSince: number | undefined;
  #checkedAt = 0;

  /** To be made when the worker is ready, so that its memory is compared with what it took then. */
  constructor(private readonly pid: number) {
    this.memory = new MemoryUse(pid);
  }

  /** Why it must be ended, to follow "it"; `undefined` if it seems to work. */
  check(now: number, partialFrameSince = now): string | undefined {
    if (now - partialFrameSince > MOST_PARTIAL_FRAME) return "was ended because it sent half a message";
    if (now - this.#checkedAt < CHECK_EVERY) return undefined;
    this.#checkedAt = now;
    this.#stoppedSince = isStopped(this.pid) ? this.#stoppedSince ?? now : undefined;
    const isTooLong = this.#stoppedSince !== undefined && now - this.#stoppedSince >= MOST_STOPPED;
    return isTooLong ? "was ended because it had been stopped by a signal" : undefined;
  }
}
