/**
 * Counts evaluations, and lets a signal end the run between two calls of user code.
 * @module
 */

/** The run was ended early. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** Milliseconds after which the event loop gets a turn, so that signals and timers are handled. */
const PAUSE_AFTER = 50;

/** Counts the calls of user code, and lets signals interrupt them. */
export class Evaluations {
  count = 0;
  private lastPause = performance.now();

  constructor(private readonly signal: AbortSignal | undefined) {}

  get aborted(): boolean {
    return this.signal?.aborted ?? false;
  }

  /** To be called before each call of user code. Throws `Interrupted` when the run is to end. */
  async beforeCall(): Promise<void> {
    const now = performance.now();
    if (this.signal && now - this.lastPause > PAUSE_AFTER) {
      await new Promise((resolve) => setTimeout(resolve));
      this.lastPause = performance.now();
    }
    if (this.aborted) throw new Interrupted();
  }
}
