import type { OnProgress } from "../../gradients/check/types.ts";

type State = Parameters<OnProgress>[0];

/** Terminals are slow, and ten redraws a second are enough. */
const REDRAW_AFTER_MS = 100;
const WIDTH = 30;

/** The progress of a check of gradients on a terminal: a bar for each endpoint, redrawn in place. */
export class ProgressBars {
  private readonly states = new Map<string, State>();
  private drawnLines = 0;
  private drawnAt = -Infinity;

  constructor(private readonly write: (text: string) => void, private readonly now = () => performance.now()) {}

  /** To be called after each check. */
  readonly update = (state: State): void => {
    this.states.set(state.endpoint, state);
    if (this.now() - this.drawnAt >= REDRAW_AFTER_MS) this.draw();
  };

  draw(): void {
    this.drawnAt = this.now();
    const states = [...this.states.values()];
    const nameWidth = Math.max(...states.map(({ endpoint }) => endpoint.length));
    const lines = states.map((state) => `\x1b[2K${lineOf(state, nameWidth)}\n`);
    this.write((this.drawnLines > 0 ? `\x1b[${this.drawnLines}A` : "") + lines.join(""));
    this.drawnLines = lines.length;
  }
}

function lineOf({ endpoint, done, total, failures }: State, nameWidth: number): string {
  return `Checking ${endpoint.padEnd(nameWidth)} ${barOf(done, total)} ${failures} failures`;
}

/** A bar, filled as far as the work is done, and the percentage. */
export function barOf(done: number, total: number): string {
  const part = total === 0 ? 1 : done / total;
  return `${"━".repeat(Math.round(WIDTH * part)).padEnd(WIDTH)} ${`${Math.floor(100 * part)}`.padStart(3)} %`;
}
