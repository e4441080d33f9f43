/**
 * A run that this server takes care of.
 * @module
 */
import { eventFile } from "../../runs/run_events.ts";
import { EventFile } from "../../runs/long/events.ts";
import type { RunState } from "../../runs/long/state.ts";
import type { CallHead } from "../../workers/protocol/messages.ts";
import { PublishedEvents } from "./event_spool.ts";

/** A run that is queued here, or runs here. */
export class ActiveRun {
  /** Ends the call. */
  readonly controller = new AbortController();
  /** Has this server begun it? */
  hasBegun = false;
  /** Is its end being stored? */
  isEnding = false;
  /** Does its state in the store lag behind? */
  isStale = false;
  readonly arrived = performance.now();
  begunAt = 0;
  answeredAt = 0;
  /** What of its events is in the store. */
  readonly published = new PublishedEvents();
  readonly #events: EventFile;
  #readTo = 0;
  readonly #tell: ReturnType<typeof eventFile>;

  /** `path`: the local file of its events. */
  constructor(public state: RunState, readonly path: string) {
    this.#events = new EventFile(path);
    this.#tell = eventFile(path);
  }

  get id(): string {
    return this.state.run_id;
  }

  /** What its worker must know. */
  get head(): CallHead {
    const { endpoint, run_id: runId, request: { bodyFormat, format, compression } } = this.state;
    return { endpoint, runId, bodyFormat, format, ...compression === "lz4" && { compression }, events: this.path };
  }

  /** Takes lines that user code prints. */
  readonly printed = (lines: readonly string[]): void =>
    this.#tell(...lines.map((line) => ({ type: "log", data: { line } } as const)));

  /** Reads what progress the worker has told. Resolves with whether there is any. */
  readProgress(): boolean {
    const { progress, next } = this.#events.progress(this.#readTo);
    this.#readTo = next;
    if (progress === undefined) return false;
    this.state = { ...this.state, progress };
    return this.isStale = true;
  }

  /** Nothing more is read or told. */
  close(): void {
    this.#events.close();
    this.#tell.close();
  }
}
