/**
 * Who waits for what happens in runs: one look at each run, however many wait.
 * @module
 */
import { EventFile, type EventSource } from "../../runs/long/events.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";

/** Files of events are looked at so often, in milliseconds; */
const LOOK = 40;
/** and the state of a run of another server: local, or in a store. */
export const LOOK_AT_STATE = { local: 400, remote: 2000 } as const;
/** So long a stream brings nothing, at most. */
const SILENCE = 15_000;

/** How those who watch find a run that this server does not run itself. */
export interface WatchOptions {
  /** The state, and the local file of the events. */
  load(run: RunKey): Promise<{ readonly state: RunState | undefined; readonly events: string }>;
  /** Does this server run it? Then it tells of every change. */
  isOwn(run: RunKey): boolean;
  /** Nobody watches it any more. */
  left?(run: RunKey): void;
  readonly lookAtState: number;
}

interface Watched {
  readonly run: RunKey;
  state: RunState | undefined;
  path: string;
  file: EventFile;
  size: number;
  /** So many watch. */
  users: number;
  lookedAt: number;
  isLooking: boolean;
  readonly wakes: Set<() => void>;
}

/** The runs that are watched, by their UUIDs: who watches one is told nothing of a later one of the same name. */
export class Watches {
  readonly #watched = new Map<string, Watched>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(private readonly options: WatchOptions) {}

  /** Begins to watch a run. */
  async open({ run_id, uid }: RunKey): Promise<EventSource> {
    const run = { run_id, uid };
    let watched = this.#watched.get(uid);
    if (watched === undefined) {
      const { state, events } = await this.options.load(run);
      watched = this.#watched.get(uid) ?? {
        run,
        state,
        path: events,
        file: new EventFile(events),
        size: 0,
        users: 0,
        lookedAt: performance.now(),
        isLooking: false,
        wakes: new Set(),
      };
      this.#watched.set(uid, watched);
    }
    watched.users++;
    this.#timer ??= setInterval(() => this.#look(), LOOK);
    return this.#source(watched);
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
        this.options.left?.(run);
        if (this.#watched.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  /** Does anybody watch the run? */
  has({ uid }: RunKey): boolean {
    return this.#watched.has(uid);
  }

  /** The state of a run has changed; `undefined`: it is forgotten. */
  changed({ uid }: RunKey, state: RunState | undefined): void {
    const watched = this.#watched.get(uid);
    if (watched === undefined) return;
    watched.state = state;
    wakeAll(watched);
  }

  /** Ends all waiting: the server stops. */
  close(): void {
    this.#isClosed = true;
    for (const watched of this.#watched.values()) wakeAll(watched);
  }

  #look(): void {
    const now = performance.now();
    for (const watched of this.#watched.values()) {
      const { size } = watched.file;
      if (size !== watched.size) {
        watched.size = size;
        wakeAll(watched);
      }
      if (watched.state !== undefined && hasEnded(watched.state)) continue;
      if (this.options.isOwn(watched.run) || watched.isLooking || now - watched.lookedAt < this.options.lookAtState) {
        continue;
      }
      void this.#lookAtState(watched);
    }
  }

  async #lookAtState(watched: Watched): Promise<void> {
    watched.isLooking = true;
    try {
      const { state, events } = await this.options.load(watched.run);
      if (events !== watched.path) {
        watched.file.close();
        watched.path = events;
        watched.file = new EventFile(events);
      }
      if (!this.options.isOwn(watched.run)) this.#compare(watched, state);
    } catch {
      // It is tried again.
    }
    watched.lookedAt = performance.now();
    watched.isLooking = false;
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
