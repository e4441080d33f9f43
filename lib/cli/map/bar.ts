import { barOf } from "../io/progress_bars.ts";

/** How many calls ended in which way. */
export interface Counts {
  /** `undefined`: not known yet. */
  total: number | undefined;
  succeeded: number;
  failed: number;
  /** How many of these had ended before this process began. */
  before: number;
}

const REDRAW_AFTER = 200;

/** A bar on a terminal, redrawn in place. Lines that are printed appear above it. */
export class Bar {
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #start = performance.now();

  constructor(private readonly counts: Counts, private readonly writeError: (text: string) => void, isShown: boolean) {
    if (isShown) this.#timer = setInterval(() => this.writeError(`\r\x1b[2K${this.#line()}`), REDRAW_AFTER);
  }

  /** Writes whole lines. */
  print(text: string): void {
    this.writeError(this.#timer === undefined ? text : `\r\x1b[2K${text}${this.#line()}`);
  }

  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.writeError("\r\x1b[2K");
  }

  #line(): string {
    const { total, succeeded, failed, before } = this.counts;
    const ended = succeeded + failed;
    const rate = (ended - before) / ((performance.now() - this.#start) / 1000);
    const part = total === undefined ? `${ended}` : `${barOf(ended, total)} ${ended}/${total}`;
    const left = total === undefined || rate === 0 ? "" : `, ${durationOf((total - ended) / rate)} to go`;
    return `${part}, ${rate.toPrecision(3)}/s, ${failed} failed${left}`;
  }
}

/** `45 s`, `3 min`, `5.2 h` */
export function durationOf(seconds: number): string {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The line at the end. */
export function summary({ total, succeeded, failed, before }: Counts, seconds: number): string {
  const ended = succeeded + failed;
  const all = total ?? ended;
  const earlier = before === 0 ? "" : ` (${before} of them before)`;
  const left = all === ended ? "" : `, ${all - ended} left`;
  return `${all} ${all === 1 ? "payload" : "payloads"}: ${succeeded} succeeded, ${failed} failed${earlier}${left}, ` +
    `in ${durationOf(seconds)}`;
}
