/**
 * Whether a worker process can be relied on, as seen from outside.
 * @module
 */
import { releaseMemory } from "../../host/memory.ts";
import { isStopped, memoryOf } from "../../host/process_state.ts";

/** Half a frame whose rest does not come within so many milliseconds is a broken worker; */
const TORN = 5000;
/** and so is one that somebody has stopped (SIGSTOP) for so long. It is looked at so often. */
const STOPPED = 3000;
const LOOK = 1000;

/** A process that has grown by so many bytes is worth a look at what it could give back. */
const WORTH_RELEASING = 2 ** 25;

/** How much memory a process occupies. */
export class MemoryUse {
  readonly #atFirst: number;
  #afterRelease: number;

  constructor(private readonly pid: number) {
    this.#atFirst = this.#afterRelease = memoryOf(pid);
  }

  /** So many bytes more than at first. */
  get growth(): number {
    return memoryOf(this.pid) - this.#atFirst;
  }

  /** Has it grown much since this was last true? */
  isWorthReleasing(): boolean {
    const now = memoryOf(this.pid);
    const isWorth = now - this.#afterRelease > WORTH_RELEASING;
    // What is still there at the next look is in use.
    if (isWorth || now < this.#afterRelease) this.#afterRelease = now;
    return isWorth;
  }
}

/** The memory of this process. */
export class OwnMemory extends MemoryUse {
  constructor() {
    super(Deno.pid);
  }

  /** Gives back what is not in use any more, if that may be much. */
  async release(): Promise<void> {
    if (this.isWorthReleasing()) await releaseMemory();
  }
}

/** The health of one process. */
export class Health {
  readonly memory: MemoryUse;
  #stoppedSince: number | undefined;
  #lookedAt = 0;

  /** To be made when the worker is ready. */
  constructor(private readonly pid: number) {
    this.memory = new MemoryUse(pid);
  }

  /** Why it will answer no more, to follow "it"; `undefined` as far as can be told. `tornSince`: of its connection. */
  check(now: number, tornSince: number | undefined): string | undefined {
    if (tornSince !== undefined && now - tornSince > TORN) return "was ended because it sent half a message";
    if (now - this.#lookedAt < LOOK) return undefined;
    this.#lookedAt = now;
    this.#stoppedSince = isStopped(this.pid) ? this.#stoppedSince ?? now : undefined;
    const isTooLong = this.#stoppedSince !== undefined && now - this.#stoppedSince >= STOPPED;
    return isTooLong ? "was ended because it had been stopped by a signal" : undefined;
  }
}
