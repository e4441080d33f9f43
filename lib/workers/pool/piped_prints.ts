/**
 * What a worker prints before it has the file for its prints, and where there are no such files all that it prints: it
 * comes through pipes.
 * @module
 */
import type { PrintingCall, PrintTarget } from "./prints.ts";
import { RunPrints } from "./run_prints.ts";

/** The piped prints of one worker. */
export class PipedPrints {
  #call: PrintingCall | undefined;
  #prints: RunPrints | undefined;

  constructor(private readonly target: PrintTarget) {}

  /** `call`: the one that the worker is in. */
  async write(call: PrintingCall | undefined, bytes: Uint8Array): Promise<void> {
    if (this.#prints === undefined || this.#call !== call) {
      await this.end();
      this.#call = call;
      this.#prints = new RunPrints(call, this.target);
    }
    await this.#prints.write(bytes);
  }

  /** Nothing more comes, or not of this call. */
  async end(): Promise<void> {
    await this.#prints?.end();
    this.#prints = undefined;
  }
}
