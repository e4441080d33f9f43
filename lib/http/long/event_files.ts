/**
 * The files of events, to which server and worker append. They have to be local: if the output path is a URI, they are
 * in a temporary folder of this server, and are copied to the store now and then, so that other servers can show them.
 * @module
 */
import { tryLock } from "../../host/lock.ts";
import { isUuid } from "../../runs/long/names.ts";
import type { RunStore } from "../../runs/long/store.ts";
import { hasEnded, type RunKey, type RunState } from "../../runs/long/state.ts";
import type { Source } from "../../storage/backend.ts";
import { folderOf } from "../../storage/location.ts";
import { open, StorageError, stream } from "../../storage/storage.ts";
import { isUri } from "../../uri.ts";

/**
 * While a run goes on, its events are copied to the store as a whole, because objects cannot grow: at most once in so
 * many milliseconds, and at a rate of at most so many bytes a millisecond.
 */
const PAUSE = 4000, RATE = 256;
/** So many bytes are read from the store at a time. */
const PIECE = 1 << 22;
const PREFIX = "tesseract-runs-";
/** A folder younger than this, in milliseconds, may not be locked yet by its server. */
const FRESH = 60_000;

/** How much of the events of a run is in the store. */
export class PublishedEvents {
  size = 0;
  /** When they may be copied again, as `performance.now()` counts. */
  nextAt = 0;
  /** One copy at a time: an older one must not replace a newer one. */
  writing: Promise<void> = Promise.resolve();
}

/** The local files of the events of runs. */
export class EventFiles {
  readonly isRemote: boolean;
  #folder: string | undefined;
  #unlock: (() => void) | undefined;

  constructor(private readonly store: RunStore) {
    this.isRemote = isUri(store.outputPath);
  }

  async open(): Promise<void> {
    if (!this.isRemote) return;
    this.#folder = await Deno.makeTempDir({ prefix: PREFIX });
    this.#unlock = tryLock(this.#folder);
    await removeAbandoned(folderOf(this.#folder));
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
    this.#unlock?.();
  }

  /** The local file of the events of a run. */
  path(run: RunKey): string {
    return this.isRemote ? `${this.#folder!}/${run.uid}` : this.store.file(run, "events");
  }

  /** Copies the events of a run of this server to the store, unless they are there already. */
  async publish(run: RunKey, published: PublishedEvents): Promise<void> {
    if (!this.isRemote) return;
    const write = () => this.#write(run, published);
    return await (published.writing = published.writing.then(write, write));
  }

  async #write(run: RunKey, published: PublishedEvents): Promise<void> {
    const path = this.path(run);
    const size = await Deno.lstat(path).then(({ size }) => size, () => 0);
    if (size === published.size) return;
    await this.store.write(run, "events", beginningOf(await stream(path), size));
    published.size = size;
    published.nextAt = performance.now() + Math.max(PAUSE, size / RATE);
  }

  /** Copies new events of another server's run from the store. Fails only if the run has ended: none may be missing. */
  async bring(run: RunState): Promise<void> {
    if (!this.isRemote) return;
    for (;;) {
      try {
        return await this.#bring(run);
      } catch (error) {
        if (error instanceof StorageError && error.kind === "not-found") return;
        // The object was replaced while it was read: the new one has more events.
        if (error instanceof StorageError && error.kind === "changed") continue;
        if (hasEnded(run)) throw error;
        return;
      }
    }
  }

  async #bring(run: RunKey): Promise<void> {
    const source = await open(this.store.file(run, "events"));
    try {
      using file = await Deno.open(this.path(run), { write: true, create: true });
      await copyNew(source, file);
    } finally {
      source.close();
    }
  }

  /** Removes the local copy of the events of a run. Call it when the store has them, and no client reads the copy. */
  drop(run: RunKey): void {
    if (!this.isRemote) return;
    try {
      Deno.removeSync(this.path(run)); // At once: a client that comes next must not find a file that is about to go.
    } catch {
      // It has none.
    }
  }
}

async function* beginningOf(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.subarray(0, size);
    if ((size -= chunk.length) <= 0) return;
  }
}

/**
 * Appends to a file the bytes that the source has beyond the file's size. Two calls at the same time do no harm: they
 * write the same bytes to the same places.
 */
async function copyNew(source: Source, file: Deno.FsFile): Promise<void> {
  for (let { size: at } = await file.stat(); at < source.size;) {
    const piece = new Uint8Array(Math.min(PIECE, source.size - at));
    await source.read(piece, at);
    // Synchronously: nothing else may move the position in the file meanwhile.
    file.seekSync(at, Deno.SeekMode.Start);
    for (let done = 0; done < piece.length;) done += file.writeSync(piece.subarray(done));
    at += piece.length;
  }
}

/** Removes the folders of servers that were killed. */
async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!name.startsWith(PREFIX) || !isDirectory) continue;
    await removeIfAbandoned(`${parent}/${name}`).catch(() => {}); // Another server may be removing it.
  }
}

async function removeIfAbandoned(folder: string): Promise<void> {
  const { mtime } = await Deno.lstat(folder);
  if (mtime === null || Date.now() - mtime.getTime() < FRESH) return;
  const unlock = tryLock(folder);
  if (unlock === undefined) return;
  try {
    // Other files in it are not of this program: with them, the removal of the folder fails, as it should.
    for (const { name } of Deno.readDirSync(folder)) if (isUuid(name)) Deno.removeSync(`${folder}/${name}`);
    await Deno.remove(folder);
  } finally {
    unlock();
  }
}
