/**
 * Writes what a worker prints, of one call after the other.
 * @module
 */
import type { PrintingCall, PrintTarget } from "./worker_prints.ts";
import { RunPrints } from "./run_prints.ts";

/** Writes what one worker prints. */
export class PrintWriter {
  #call: PrintingCall | undefined;
  #prints: RunPrints | undefined;

  constructor(private readonly target: PrintTarget) {}

  /** `call`: the one that has printed the bytes; `undefined`: they were printed between calls. */
  async write(call: PrintingCall | undefined, bytes: Uint8Array): Promise<void> {
    if (this.#prints === undefined || this.#call?.id !== call?.id) {
      await this.end();
      this.#call = call;
      this.#prints = new RunPrints(call, this.target);
    }
    await this.#prints.write(bytes);
  }

  /** Nothing more comes, or nothing more of this call. */
  async end(): Promise<void> {
    const prints = this.#prints;
    this.#prints = undefined;
    await prints?.end();
  }
}
