/**
 * When a server is told to stop.
 * @module
 */
import { exitCodeOfSignal } from "../host/signals.ts";

/** Whether, and how often, the server was told to stop. */
export class Stop {
  /** Was it told to stop? */
  isAsked = false;
  readonly #asked = Promise.withResolvers<void>();
  readonly #demanded = Promise.withResolvers<number>();
  /** Resolves when it is told to finish what runs, and end. */
  readonly asked = this.#asked.promise;
  /** Resolves when it is told so again, to end at once: with the exit code. */
  readonly demanded = this.#demanded.promise;

  /**
   * Listens to SIGINT and SIGTERM, and to the end of an inherited pipe: nobody writes to it, but its other end is closed
   * when the process that started this one ends.
   */
  constructor(parentPipeFd?: number) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        if (this.isAsked) this.#demanded.resolve(exitCodeOfSignal(signal));
        else this.#ask();
      });
    }
    if (parentPipeFd === undefined) return;
    const pipe = Deno.openSync(`/dev/fd/${parentPipeFd}`);
    void pipe.readable.pipeTo(new WritableStream()).catch(() => {}).then(() => this.#ask());
  }

  #ask(): void {
    this.isAsked = true;
    this.#asked.resolve();
  }
}
