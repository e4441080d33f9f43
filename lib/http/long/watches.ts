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
  /** The state, and the local file of the events. */
  load(run: RunKey): Promise<{ readonly state: RunState | undefined; readonly events: string }>;
  /** Is it a run of this server? Then every change is reported by `changed`, and its state need not be polled. */
  isOwn(run: RunKey): boolean;
  /** Called when no client watches a run any more, nor is about to. */
  left?(run: RunKey): void;
  /** Milliseconds. */
  readonly pollState: number;
}

interface Watched {
  readonly run: RunKey;
  state: RunState | undefined;
  path: string;
  file: EventFile;
  size: number;
  /** How many clients watch it. */
  users: number;
  polledAt: number;
  isPolling: boolean;
  readonly wakes: Set<() => void>;
}

/** The runs that are watched, by UUID: a client that watches one is not told of a later run with the same run id. */
export class Watches {
  readonly #watched = new Map<string, Watched>();
  /** How many clients are about to watch a run: its state and events are being loaded. */
  readonly #opening = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(private readonly options: WatchOptions) {}

  /** Begins to watch a run. */
  async open({ run_id, uid }: RunKey): Promise<EventSource> {
    const run = { run_id, uid };
    let watched = this.#watched.get(uid);
    if (watched === undefined) {
      this.#opening.set(uid, (this.#opening.get(uid) ?? 0) + 1);
      try {
        const { state, events } = await this.options.load(run);
        watched = this.#watched.get(uid) ?? {
          run,
          state,
          path: events,
          file: new EventFile(events),
          size: 0,
          users: 0,
          polledAt: performance.now(),
          isPolling: false,
          wakes: new Set(),
        };
        this.#watched.set(uid, watched);
      } finally {
        const others = this.#opening.get(uid)! - 1;
        if (others > 0) this.#opening.set(uid, others);
        else this.#opening.delete(uid);
        if (watched === undefined) this.#leave(run);
      }
    }
    watched.users++;
    this.#timer ??= setInterval(() => this.#poll(), POLL);
    return this.#source(watched);
  }

  #leave(run: RunKey): void {
    if (!this.has(run)) this.options.left?.(run);
  }

  #source(watched: Watched): EventSource {
    const { run } = watched;
    let isOpen = true;
    return {
      state: () => Promise.resolve(this.#isClosed || !isOpen ? undefined : watched.state),
      get file() {
        return watched.file;
      },
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
        if (!isOpen) return;
        isOpen = false;
        if (--watched.users > 0) return;
        watched.file.close();
        if (this.#watched.get(run.uid) === watched) this.#watched.delete(run.uid);
        this.#leave(run);
        if (this.#watched.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  /** Does a client watch the run, or is one about to? */
  has({ uid }: RunKey): boolean {
    return this.#watched.has(uid) || this.#opening.has(uid);
  }

  /** The state of a run has changed; `undefined`: it is forgotten. */
  changed({ uid }: RunKey, state: RunState | undefined): void {
    const watched = this.#watched.get(uid);
    if (watched === undefined) return;
    watched.state = state;
    wakeAll(watched);
  }

  /** Ends all streams and all waiting, because the server stops. */
  close(): void {
    this.#isClosed = true;
    for (const watched of this.#watched.values()) wakeAll(watched);
  }

  #poll(): void {
    const now = performance.now();
    for (const watched of this.#watched.values()) {
      const { size } = watched.file;
      if (size !== watched.size) {
        watched.size = size;
        wakeAll(watched);
      }
      if (watched.state !== undefined && hasEnded(watched.state)) continue;
      if (this.options.isOwn(watched.run) || watched.isPolling || now - watched.polledAt < this.options.pollState) {
        continue;
      }
      void this.#pollState(watched);
    }
  }

  async #pollState(watched: Watched): Promise<void> {
    watched.isPolling = true;
    try {
      const { state, events } = await this.options.load(watched.run);
      if (events !== watched.path) {
        watched.file.close();
        watched.path = events;
        watched.file = new EventFile(events);
      }
      if (!this.options.isOwn(watched.run)) this.#compare(watched, state);
    } catch {
      // The next poll tries again.
    }
    watched.polledAt = performance.now();
    watched.isPolling = false;
  }

  #compare(watched: Watched, state: RunState | undefined): void {
    const hasChanged = state?.status !== watched.state?.status ||
      state?.progress?.fraction !== watched.state?.progress?.fraction ||
      state?.progress?.message !== watched.state?.progress?.message;
    if (hasChanged) this.changed(watched.run, state);
  }
}

function wakeAll({ wakes }: Watched): void {
  for (const wake of [...wakes]) wake();
}
