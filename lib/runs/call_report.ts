import type { TesseractModule } from "../api/tesseract.ts";

/** What to print. */
export interface ReportOptions {
  readonly profiling: boolean;
  readonly tracing: boolean;
}

/** The steps of a call, in their order. */
type Step = "decode" | "validate inputs" | "call" | "validate outputs" | "encode";

/** The profile and the trace of a call: how long its steps took, and its inputs. */
export class CallReport {
  readonly #steps: (readonly [Step, number])[] = [];
  readonly #start = performance.now();
  #last = this.#start;
  #inputs = "";

  constructor(private readonly endpoint: string, private readonly options: ReportOptions) {}

  /** Ends a step, which began when the one before it ended. */
  done(step: Step): void {
    const now = performance.now();
    this.#steps.push([step, now - this.#last]);
    this.#last = now;
  }

  /** Keeps the inputs as text: the user's function may change them in place. */
  takes(payload: unknown): void {
    const fields = Object.entries(payload ?? {});
    this.#inputs = fields.map(([name, value]) => `${name}: ${inOneLine(value)}\n`).join("");
  }

  /** The same module with functions that are timed. */
  timed(module: TesseractModule): TesseractModule {
    const functions = Object.fromEntries(
      Object.entries(module.functions).map(([name, call]) => [name, async (...args: readonly unknown[]) => {
        try {
          return await call(...args);
        } finally {
          this.done("call");
        }
      }]),
    );
    return { ...module, functions };
  }

  /** Prints the profile, the trace, or both. At the end of a call this is a part of the run's log. */
  print(): void {
    const { profiling, tracing } = this.options;
    const bytes = new TextEncoder().encode(
      (profiling ? this.#profile() : "") + (tracing ? `--- Trace of ${this.endpoint} ---\n${this.#inputs}` : ""),
    );
    for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
  }

  #profile(): string {
    const total: [string, number] = ["total", performance.now() - this.#start];
    const rows = [...this.#steps, total].map(([step, time]) =>
      `${step.padEnd(20)}${time.toFixed(3).padStart(12)} ms\n`
    );
    return `--- Profile of ${this.endpoint} ---\n${rows.join("")}`;
  }
}

/** A value in one line, with long lists and strings cut. */
function inOneLine(value: unknown): string {
  return Deno.inspect(value, {
    iterableLimit: 10,
    strAbbreviateSize: 80,
    depth: 10,
    compact: true,
    breakLength: Infinity,
  });
}
