/**
 * A run that is queued or computed by this server.
 * @module
 */
import { eventWriter } from "../../runs/run_events.ts";
import { EventFile } from "../../runs/long/events.ts";
import type { RunState } from "../../runs/long/state.ts";
import type { CallHead } from "../../workers/protocol/messages.ts";
import { PublishedEvents } from "./event_files.ts";

/** A run that is queued or computed here. */
export class ActiveRun {
  /** Aborts the call. */
  readonly controller = new AbortController();
  /** Has this server begun it? */
  hasBegun = false;
  /** Is its end being stored? */
  isEnding = false;
  /** Is the state in the store older than this one? */
  isStale = false;
  readonly arrived = performance.now();
  begunAt = 0;
  /** How much of its events is in the store. */
  readonly published = new PublishedEvents();
  readonly #reader: EventFile;
  #readTo = 0;
  readonly #writer: ReturnType<typeof eventWriter>;

  /** `path`: the local file of its events. */
  constructor(public state: RunState, readonly path: string) {
    this.#reader = new EventFile(path);
    this.#writer = eventWriter(path);
  }

  get id(): string {
    return this.state.run_id;
  }

  /** The head of its call. */
  get head(): CallHead {
    const { endpoint, run_id: runId, request: { bodyFormat, format, compression } } = this.state;
    return { endpoint, runId, bodyFormat, format, ...compression === "lz4" && { compression }, events: this.path };
  }

  /** Appends lines that user code prints to the events. */
  readonly printed = (lines: readonly string[]): void =>
    this.#writer(...lines.map((line) => ({ type: "log", data: { line } } as const)));

  /** Reads the progress that the worker has appended to the events. Returns whether there is any. */
  readProgress(): boolean {
    const { progress, next } = this.#reader.progress(this.#readTo);
    this.#readTo = next;
    if (progress === undefined) return false;
    this.state = { ...this.state, progress };
    return this.isStale = true;
  }

  close(): void {
    this.#reader.close();
    this.#writer.close();
  }
}
