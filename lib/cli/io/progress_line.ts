import { cut } from "../../message_text.ts";
import { interceptPrints } from "../../host/intercept_prints.ts";
import type { RunEvent } from "../../runs/run_events.ts";
import { barOf } from "./progress_bars.ts";

const CLEAR = "\r\x1b[2K";
/** A message is cut here, so that the bar stays one line. */
const LONGEST = 39;

/**
 * The progress of a call on a terminal: a bar, drawn when user code first reports it. What user code prints meanwhile
 * appears above the bar.
 */
export class ProgressLine {
  #stopIntercepting: (() => void) | undefined;
  #isShown = false;

  /** `write` writes to the terminal, also while the prints of user code are redirected. */
  constructor(private readonly write: (text: string) => void) {}

  readonly take = (...events: readonly RunEvent[]): void => {
    for (const { type, data } of events) {
      if (type !== "progress") continue;
      this.#stopIntercepting ??= interceptPrints((print) => {
        this.#clear();
        return print();
      });
      const message = cut(data.message ?? "", LONGEST).replace(/\p{Cc}/gu, " ");
      this.write(`${CLEAR}${barOf(data.fraction, 1)} ${message}`);
      this.#isShown = true;
    }
  };

  /** The call has ended. */
  end(): void {
    this.#stopIntercepting?.();
    this.#clear();
  }

  #clear(): void {
    if (this.#isShown) this.write(CLEAR);
    this.#isShown = false;
  }
}
