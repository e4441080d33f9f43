/**
 * Whether a worker process still works.
 * @module
 */
import { isStopped } from "../../host/process_state.ts";

/** A worker is broken if the rest of a frame does not come within so many milliseconds. */
const MOST_PARTIAL_FRAME = 5000;
/** A worker is broken if it has been stopped (SIGSTOP) for so many milliseconds. */
const MOST_STOPPED = 3000;
/** Milliseconds between two checks whether it is stopped. */
const CHECK_EVERY = 1000;

/** The health of a worker process. */
export class Health {
  #stoppedSince: number | undefined;
  #checkedAt = 0;

  constructor(private readonly pid: number) {}

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
