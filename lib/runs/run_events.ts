/**
 * What a call tells while it runs: its progress, and events for those who watch it.
 * @module
 */

import { whyNoFile } from "../storage/regular_file.ts";
import { jsonValue, shortened, shown } from "./record_text.ts";

/** How far a run is. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  readonly message: string | null;
}

/** Something that happens in a run while it goes on. */
export type RunEvent =
  | { readonly type: "progress"; readonly data: Progress }
  | { readonly type: "log"; readonly data: { readonly line: string } }
  | {
    readonly type: "metric";
    readonly data: { readonly key: string; readonly value: number; readonly step: number; readonly timestamp: string };
  };

/** Takes events as they happen. It must not fail. */
export type TakeEvent = (...events: readonly RunEvent[]) => void;

/** The function with which user code tells its progress. Of a message the first 4000 characters are passed on. */
export type TellProgress = (fraction: number, message?: string) => void;

/** Progress is told at most once in so many milliseconds: user code may tell it in its innermost loop. */
const PAUSE = 50;

/** Checks what user code tells of its progress, and passes the newest of it on. */
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

  /** Passes on what was held back. */
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
 * Appends events to a file, a line of JSON each, at once: other processes read it while this one computes. What cannot be
 * written, as on a full disk, or where something else lies there, is lost; the run goes on. So is what comes after `close`, as from a timer of user code: the
 * run has ended.
 */
export function eventFile(path: string): TakeEvent & { readonly close: () => void } {
  const encoder = new TextEncoder();
  let file: Deno.FsFile | undefined;
  let isClosed = false;
  const take = (...events: readonly RunEvent[]) => {
    if (isClosed || file === undefined && whyNoFile(path) !== undefined) return;
    try {
      file ??= Deno.openSync(path, { append: true, create: true });
      // In one piece: the server and its worker write to the same file.
      file.writeSync(encoder.encode(events.map((event) => `${JSON.stringify(event, jsonValue)}\n`).join("")));
    } catch {
      // Nobody could be told.
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
