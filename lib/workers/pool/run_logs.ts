/**
 * Prints go to the server's log and to the log of their run.
 * @module
 */
import { RunLog } from "../../runs/run_log.ts";
import { join } from "../../storage/location.ts";
import { linesTo } from "./lines.ts";
import type { Printed, PrintSink } from "./prints.ts";

/** The label of a call is the name of its run, which has a folder in the output path. */
export function runLogs(outputPath: string, log: (text: string) => Promise<void>): PrintSink {
  const lines = linesTo(log);
  const both = (label: string, printed: Printed, isNew: boolean): Printed =>
    label === "" ? printed : new Both(new RunLog(join(outputPath, `run_${label}`), isNew), printed, log);
  return {
    ofCall: (label) => both(label, lines.ofCall(label), true),
    stray: (label, running) => {
      const printed = lines.stray(label, running);
      return running ? both(label, printed, false) : printed;
    },
  };
}

/** First the file, which the client may be waiting for. A log that cannot be written fails no call. */
class Both implements Printed {
  #broken = false;

  constructor(
    private readonly file: RunLog,
    private readonly lines: Printed,
    private readonly log: (text: string) => Promise<void>,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.#attempt(() => this.file.write(bytes));
    await this.lines.write(bytes);
  }

  async end(): Promise<void> {
    await this.#attempt(() => this.file.end());
    await this.lines.end();
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    if (this.#broken) return;
    try {
      await action();
    } catch (error) {
      this.#broken = true;
      await this.log(`Warning: a run log cannot be written: ${error instanceof Error ? error.message : error}\n`);
    }
  }
}
