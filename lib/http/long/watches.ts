/**
 * Clients that wait for changes of runs. Each run is polled once, however many clients wait for it.
 * @module
 */
import { EventFile, type EventSource } from "../../runs/long/events.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";

/** Milliseconds between looks at the sizes of files of events. */
const POLL = 40;
/** Milliseconds between reads of the state of another server's run, if the output path is local or a URI. */
export const POLL_STATE = { local: 400, remote: 2000 } as const;
/** Milliseconds after which `change` resolves without one: streams then send a comment, which keeps them open. */
const SILENCE = 15_000;

/** How runs are found and polled. */
export interface WatchOptions {
  /** The state. When this resolves, the events that the run had before are in its local file. */
  load(run: RunKey): Promise<RunState | undefined>;
  /** The local file of its events. */
  path(run: RunKey): string;
  /** Is it a run of this server? Then every change is reported by `changed`, and its state need not be polled. */
  isOwn(run: RunKey): boolean;
  /** Called when no client watches a run any more, nor is about to. */
  left?(run: RunKey): void;
  /** Milliseconds. */
  readonly pollState: number;
}

class Watched {
  state: RunState | undefined;
  /** Of the file, when it was last looked at. */
  size = 0;
  /** How many clients watch it, or are about to: its state and events are being loaded. */
  users = 0;
  /** How often `changed` was called. */
  changes = 0;
  /** The first load, which all clients that come during it wait for. */
  loaded: Promise<void> | undefined;
  polledAt = 0;
  isPolling = false;
  readonly wakes = new Set<() => void>();

  constructor(readonly run: RunKey, readonly file: EventFile) {}

  wakeAll(): void {
    for (const wake of [...this.wakes]) wake();
  }
}

/** The runs that are watched, by UUID: a client that watches one is not told of a later run with the same run id. */
export class Watches {
  readonly #watched = new Map<string, Watched>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(private readonly options: WatchOptions) {}

  /** Begins to watch a run. */
  async open({ run_id, uid }: RunKey): Promise<EventSource> {
    const run = { run_id, uid };
    const watched = this.#watched.get(uid) ?? new Watched(run, new EventFile(this.options.path(run)));
    this.#watched.set(uid, watched);
    watched.users++;
    try {
      await (watched.loaded ??= this.#load(watched));
    } catch (error) {
      this.#leave(watched);
      throw error;
    }
    this.#timer ??= setInterval(() => this.#poll(), POLL);
    return this.#source(watched);
  }

  /** A client does not watch the run any more. */
  #leave(watched: Watched): void {
    if (--watched.users > 0) return;
    watched.file.close();
    this.#watched.delete(watched.run.uid);
    this.options.left?.(watched.run);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #source(watched: Watched): EventSource {
    let isOpen = true;
    return {
      state: () => Promise.resolve(this.#isClosed || !isOpen ? undefined : watched.state),
      file: watched.file,
      change: (milliseconds = SILENCE) =>
        new Promise((resolve) => {
          if (this.#isClosed) return resolve(true);
          const end = (hasChanged: boolean) => {
            clearTimeout(timer);
            watched.wakes.delete(wake);
            resolve(hasChanged);
          };
          const wake = () => end(true);
          const timer = setTimeout(end, milliseconds, false);
          watched.wakes.add(wake);
        }),
      close: () => {
        if (isOpen) this.#leave(watched);
        isOpen = false;
      },
    };
  }

  /** Does a client watch the run, or is one about to? */
  has({ uid }: RunKey): boolean {
    return this.#watched.has(uid);
  }

  /** The state of a run has changed; `undefined`: it is forgotten. */
  changed({ uid }: RunKey, state: RunState | undefined): void {
    const watched = this.#watched.get(uid);
    if (watched === undefined) return;
    watched.changes++;
    watched.state = state;
    watched.wakeAll();
  }

  /** Ends all streams and all waiting, because the server stops. */
  close(): void {
    this.#isClosed = true;
    for (const watched of this.#watched.values()) watched.wakeAll();
  }

  #poll(): void {
    const now = performance.now();
    for (const watched of this.#watched.values()) {
      const { size } = watched.file;
      if (size !== watched.size) {
        watched.size = size;
        watched.wakeAll();
      }
      if (watched.state !== undefined && hasEnded(watched.state)) continue;
      if (this.options.isOwn(watched.run) || watched.isPolling || now - watched.polledAt < this.options.pollState) {
        continue;
      }
      // If it fails, the next poll tries again.
      void this.#load(watched).catch(() => {});
    }
  }

  async #load(watched: Watched): Promise<void> {
    watched.isPolling = true;
    const { run, changes } = watched;
    try {
      const state = await this.options.load(run);
      // A change that was reported meanwhile may be newer than what was loaded.
      if (watched.changes === changes && differ(state, watched.state)) this.changed(run, state);
    } finally {
      watched.polledAt = performance.now();
      watched.isPolling = false;
    }
  }
}

const differ = (one: RunState | undefined, other: RunState | undefined): boolean =>
  one?.status !== other?.status || one?.progress?.fraction !== other?.progress?.fraction ||
  one?.progress?.message !== other?.progress?.message;
