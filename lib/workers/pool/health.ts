/**
 * Whether a worker process can be relied on, as seen from outside.
 * @module
 */
import { isStopped, memoryOf } from "../../host/process_state.ts";

/** Half a frame whose rest does not come within so many milliseconds is a broken worker; */
const TORN = 5000;
/** and so is one that somebody has stopped (SIGSTOP) for so long. It is looked at so often. */
const STOPPED = 3000;
const LOOK = 1000;

/** The health of one process. */
export class Health {
  readonly #memoryAtFirst: number;
  #stoppedSince: number | undefined;
  #lookedAt = 0;

  /** To be made when the worker is ready. */
  constructor(private readonly pid: number) {
    this.#memoryAtFirst = memoryOf(pid);
  }

  /** So much more memory it has than when it was ready, in bytes. */
  get memoryGrowth(): number {
    return memoryOf(this.pid) - this.#memoryAtFirst;
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
