/**
 * Writes what a call prints to the log of its run, and line by line to stderr of the server.
 * @module
 */
import { RunLog } from "../../runs/run_log.ts";
import { join } from "../../storage/location.ts";
import type { PendingCall, PoolCall } from "./pending_call.ts";

/** A line is cut after so many characters, so that one without an end takes no memory. */
const LONGEST_LINE = 1 << 16;

/** Where the output of workers is written. */
export interface PrintTarget {
  /** Where runs have their folders; `undefined`: there are no logs of runs. */
  readonly outputPath: string | undefined;
  /** Takes whole lines. Nothing waits until they are written. */
  readonly log: (text: string) => void;
}

/** Takes what one call prints, or what is printed between calls, which belongs to no run. */
export class RunPrints {
  readonly #decoder = new TextDecoder();
  #line = "";
  readonly #runId: string;
  readonly #file: RunLog | undefined;
  #isFileBroken = false;

  /**
   * `call`: `undefined` for what is printed between calls, which is written to no file. A log that is there already, of an
   * earlier run with the same id, is replaced, unless the log `continues`.
   */
  constructor(
    private readonly call: Pick<PoolCall, "runId" | "printed"> | undefined,
    private readonly target: PrintTarget,
    continues = false,
  ) {
    const runId = this.#runId = call?.runId ?? "";
    const { outputPath } = target;
    if (outputPath !== undefined && runId !== "") this.#file = new RunLog(join(outputPath, `run_${runId}`), continues);
  }

  /** Resolves when the bytes are in the log of the run. */
  async write(bytes: Uint8Array): Promise<void> {
    const lines = (this.#line + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#line = lines.pop()!;
    if (this.#line.length > LONGEST_LINE) {
      lines.push(this.#line);
      this.#line = "";
    }
    this.#writeLines(lines);
    await this.#toFile((file) => file.write(bytes));
  }

  /** Nothing more comes. */
  async end(): Promise<void> {
    const rest = this.#line + this.#decoder.decode();
    this.#line = "";
    this.#writeLines(rest === "" ? [] : [rest]);
    await this.#toFile((file) => file.end());
  }

  #writeLines(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const prefix = this.#runId === "" ? "" : `[${this.#runId}] `;
    this.call?.printed?.(lines);
    this.target.log(lines.map((line) => `${prefix}${line}\n`).join(""));
  }

  /** If the log cannot be written, the call succeeds all the same. */
  async #toFile(action: (file: RunLog) => Promise<void>): Promise<void> {
    if (this.#file === undefined || this.#isFileBroken) return;
    try {
      await action(this.#file);
    } catch (error) {
      this.#isFileBroken = true;
      this.target.log(`Warning: the run log cannot be written: ${error instanceof Error ? error.message : error}\n`);
    }
  }
}

/** Writes what one worker prints, of one call after the other. */
export class PrintWriter {
  #call: PendingCall | undefined;
  #prints: RunPrints | undefined;

  constructor(private readonly target: PrintTarget) {}

  /** `call`: the one that has printed the bytes; `undefined`: they were printed between calls. */
  async write(call: PendingCall | undefined, bytes: Uint8Array): Promise<void> {
    if (this.#prints === undefined || this.#call !== call) {
      await this.end();
      this.#call = call;
      this.#prints = new RunPrints(call?.request, this.target);
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
