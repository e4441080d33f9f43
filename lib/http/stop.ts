/**
 * When a server is told to stop.
 * @module
 */
import { exitCodeOfSignal } from "../host/signals.ts";

/** Whether, and how often, the server was told to stop. */
export interface Stop {
  /** Was it told to stop? */
  readonly isAsked: boolean;
  /** Resolves when it is told to finish what runs, and end. */
  readonly asked: Promise<void>;
  /** Resolves when it is told so again, to end at once: with the exit code. */
  readonly demanded: Promise<number>;
}

/**
 * Listens to SIGINT and SIGTERM, and to the end of an inherited pipe: nobody writes to it, but its other end is closed
 * when the process that started this one ends.
 */
export function listenForStop(parentPipeFd?: number): Stop {
  const asked = Promise.withResolvers<void>();
  const demanded = Promise.withResolvers<number>();
  let isAsked = false;
  const ask = () => {
    isAsked = true;
    asked.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (isAsked) demanded.resolve(exitCodeOfSignal(signal));
      else ask();
    });
  }
  if (parentPipeFd !== undefined) {
    const pipe = Deno.openSync(`/dev/fd/${parentPipeFd}`);
    void pipe.readable.pipeTo(new WritableStream()).catch(() => {}).then(ask);
  }
  return {
    get isAsked() {
      return isAsked;
    },
    asked: asked.promise,
    demanded: demanded.promise,
  };
}
