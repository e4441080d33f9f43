/**
 * How far a check of gradients is, for whoever sits before a terminal: a line for each endpoint, drawn over and over.
 * @module
 */
import type { OnProgress } from "../../gradients/check/types.ts";

/** What is told after each check. */
export type ProgressState = Parameters<OnProgress>[0];

/** More often nobody can see it, and terminals are slow. */
const REDRAW_AFTER_MS = 100;
const WIDTH = 30;

/** The lines on a terminal. */
export class Progress {
  private readonly states = new Map<string, ProgressState>();
  private drawnLines = 0;
  private drawnAt = -Infinity;

  constructor(private readonly write: (text: string) => void, private readonly now = () => performance.now()) {}

  /** Notes what was told, and draws it if it is time to. */
  readonly update = (state: ProgressState): void => {
    this.states.set(state.endpoint, state);
    if (this.now() - this.drawnAt >= REDRAW_AFTER_MS) this.draw();
  };

  /** Draws the last state. */
  draw(): void {
    this.drawnAt = this.now();
    const states = [...this.states.values()];
    const nameWidth = Math.max(...states.map(({ endpoint }) => endpoint.length));
    const lines = states.map((state) => `\x1b[2K${lineOf(state, nameWidth)}\n`);
    this.write((this.drawnLines > 0 ? `\x1b[${this.drawnLines}A` : "") + lines.join(""));
    this.drawnLines = lines.length;
  }
}

function lineOf({ endpoint, done, total, failures }: ProgressState, nameWidth: number): string {
  const part = total === 0 ? 1 : done / total;
  const bar = "━".repeat(Math.round(WIDTH * part)).padEnd(WIDTH);
  const percent = `${Math.floor(100 * part)}`.padStart(3);
  return `Checking ${endpoint.padEnd(nameWidth)} ${bar} ${percent} % ${failures} failures`;
}
