/**
 * What a worker prints through pipes: all before it has opened its print file, and everything where there are no files in
 * memory.
 * @module
 */
import type { PrintingCall, PrintTarget } from "./worker_prints.ts";
import { RunPrints } from "./run_prints.ts";

/** What one worker prints through pipes. */
export class PipedPrints {
  #call: PrintingCall | undefined;
  #prints: RunPrints | undefined;

  constructor(private readonly target: PrintTarget) {}

  /** `call`: the one that the worker computes. */
  async write(call: PrintingCall | undefined, bytes: Uint8Array): Promise<void> {
    if (this.#prints === undefined || this.#call !== call) {
      await this.end();
      this.#call = call;
      this.#prints = new RunPrints(call, this.target);
    }
    await this.#prints.write(bytes);
  }

  /** Nothing more comes, or nothing more of this call. */
  async end(): Promise<void> {
    await this.#prints?.end();
    this.#prints = undefined;
  }
}
