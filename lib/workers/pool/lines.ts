/**
 * What a worker prints, line by line.
 * @module
 */
import type { Printed, PrintSink } from "./prints.ts";

/** A line without an end is cut here. */
const LONGEST = 1 << 16;

/** Writes whole lines, each with the prefix and a line break, all that came together in one text. */
export class LineWriter implements Printed {
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(private readonly prefix: string, private readonly log: (text: string) => Promise<void>) {}

  async write(bytes: Uint8Array): Promise<void> {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > LONGEST) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    await this.#writeLines(lines);
  }

  async end(): Promise<void> {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    await this.#writeLines(rest === "" ? [] : [rest]);
  }

  async #writeLines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.log(lines.map((line) => `${this.prefix}${line}\n`).join(""));
  }
}

/** Prints go to the log of the server, each line with the label of its call. */
export function linesTo(log: (text: string) => Promise<void>): PrintSink {
  const open = (label: string) => new LineWriter(label === "" ? "" : `[${label}] `, log);
  return { ofCall: open, stray: open };
}
