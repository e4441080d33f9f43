/**
 * What a call reports while it runs: its progress, and events for clients that watch it.
 * @module
 */

import { whyNoFile } from "../storage/regular_file.ts";
import { jsonValue, shortened, shown } from "./record_text.ts";

export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  readonly message: string | null;
}

/** An event of a run that has not ended. */
export type RunEvent =
  | { readonly type: "progress"; readonly data: Progress }
  | { readonly type: "log"; readonly data: { readonly line: string } }
  | {
    readonly type: "metric";
    readonly data: { readonly key: string; readonly value: number; readonly step: number; readonly timestamp: string };
  };

/** Takes events as they happen. It must not fail. */
export type TakeEvent = (...events: readonly RunEvent[]) => void;

/** The function by which user code reports its progress. Only the first 4000 characters of a message are passed on. */
export type TellProgress = (fraction: number, message?: string) => void;

/** Progress is passed on at most once in this many milliseconds: user code may report it in its innermost loop. */
const PAUSE = 50;

/** Checks the progress that user code reports, and passes on the newest, at most once in `PAUSE` milliseconds. */
export class ProgressTeller {
  #toldAt = -Infinity;
  #pending: Progress | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly take: TakeEvent | undefined) {}

  readonly tell: TellProgress = (fraction, message) => {
    if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1)) {
      throw new TypeError(`progress: expected a number from 0 to 1, got ${shown(fraction)}`);
    }
    if (message !== undefined && typeof message !== "string") {
      throw new TypeError(`progress: expected a string as the message, got ${shown(message)}`);
    }
    if (this.take === undefined) return;
    this.#pending = { fraction, message: message === undefined ? null : shortened(message) };
    const left = this.#toldAt + PAUSE - performance.now();
    if (left <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), left);
  };

  /** Passes on the progress that waits for its turn, if there is any. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const data = this.#pending;
    if (data === undefined) return;
    this.#pending = undefined;
    this.#toldAt = performance.now();
    this.take?.({ type: "progress", data });
  }
}

/**
 * Appends events to a file at once, each as one line of JSON: other processes read it while this one computes. An event
 * that cannot be written (the disk is full, or the path is not a regular file) is lost, and the run goes on. An event
 * after `close`, as from a timer of user code, is dropped, since the run has ended.
 */
export function eventWriter(path: string): TakeEvent & { readonly close: () => void } {
  const encoder = new TextEncoder();
  let file: Deno.FsFile | undefined;
  let isClosed = false;
  const take = (...events: readonly RunEvent[]) => {
    if (isClosed || file === undefined && whyNoFile(path) !== undefined) return;
    try {
      file ??= Deno.openSync(path, { append: true, create: true });
      // In a single write, so that lines of the server and of its worker, which append to the same file, do not mix.
      file.writeSync(encoder.encode(events.map((event) => `${JSON.stringify(event, jsonValue)}\n`).join("")));
    } catch {
      // There is nowhere to report it: the events are lost.
    }
  };
  return Object.assign(take, {
    close: () => {
      file?.close();
      file = undefined;
      isClosed = true;
    },
  });
}
