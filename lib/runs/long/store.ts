/**
 * Long runs as files in an output path, of which several servers may take care.
 *
 * The folder of a run has, beside what runs.md names, `run.json` (the state), `request.<uuid>` (the body), `answer`,
 * `events.jsonl`, and two files that are written only once, by whoever comes first: `begun.json` before the run begins,
 * `ended.json` when it has ended. So of several servers one at most begins a run, and it ends in one way. `ended.json`
 * counts where `run.json` says something else. `.tesseract/runs/` has a file for each run: a list of them.
 * @module
 */
import type { Chunks } from "../../storage/backend.ts";
import { folderOf, join } from "../../storage/location.ts";
import { create, exists, list, remove, removeFolder, StorageError, stream, write } from "../../storage/storage.ts";
import { isUri } from "../../uri.ts";
import { isUnreadable, readText, refuseLinks } from "./files.ts";
import { removeIfEmpty } from "./litter.ts";
import { hasEnded, parseState, type RunState } from "./state.ts";

/** What stands in the folder of a run cannot be read as a state. */
export class UnreadableRun extends Error {
  override name = "UnreadableRun";
}

const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(JSON.stringify(value));

/** Prefixes the names of runs, which may look like those of temporary files. */
const PREFIX = "run_";

/** The long runs in an output path. */
export class RunStore {
  /** Does the storage say who was first to write a file? If not, a single server must take care of all runs. */
  isExclusive = true;

  constructor(readonly outputPath: string) {}

  /** The place of a file of a run. */
  file(id: string, name: string): string {
    return join(this.outputPath, `${PREFIX}${id}/${name}`);
  }

  /** Finds out whether the storage is exclusive. Throws where nothing can be written. */
  async probe(): Promise<void> {
    const location = join(this.outputPath, `.tesseract/probe-${crypto.randomUUID()}`);
    try {
      await create(location, json("first"));
      this.isExclusive = !await create(location, json("second"));
    } catch (error) {
      if (!(error instanceof StorageError && error.kind === "unsupported")) throw error;
      this.isExclusive = false;
    } finally {
      await remove(location).catch(() => {});
    }
  }

  /** The state of a run; `undefined`: there is none. Throws `UnreadableRun`. */
  async read(id: string): Promise<RunState | undefined> {
    const text = await readText(this.file(id, "run.json"));
    if (text === undefined) return undefined;
    const state = parseState(text, id);
    if (state !== undefined && hasEnded(state)) return state;
    const ended = await readText(this.file(id, "ended.json"));
    if (ended === undefined && state !== undefined) return state;
    const end = ended === undefined ? undefined : parseState(ended, id);
    if (end === undefined) throw new UnreadableRun(`run ${id}: its record is damaged`);
    return end;
  }

  /** Stores a new run. Resolves with `false` if there is one of this name. The body has been stored. */
  async create(state: RunState): Promise<boolean> {
    await write(this.#listed(state.run_id), [json(state.created)]);
    return await this.#create(this.file(state.run_id, "run.json"), state);
  }

  /** Stores the state of a run that goes on. */
  async update(state: RunState): Promise<void> {
    await refuseLinks(this.file(state.run_id, "run.json"));
    await write(this.file(state.run_id, "run.json"), [json(state)]);
  }

  /** Is this server the one that may begin the run? */
  async begin({ run_id }: RunState, owner: string): Promise<boolean> {
    // It may have been this server already, which then could not go on.
    if (!await this.#create(this.file(run_id, "begun.json"), { owner }) && await this.begunBy(run_id) !== owner) {
      return false;
    }
    return !await exists(this.file(run_id, "ended.json"));
  }

  /** The server that has begun the run; `undefined`: nobody has. */
  async begunBy(id: string): Promise<string | undefined> {
    const text = await readText(this.file(id, "begun.json"));
    if (text === undefined) return undefined;
    try {
      return String(JSON.parse(text).owner);
    } catch {
      return "";
    }
  }

  /** Ends the run as `state` says, if it has not ended already. Resolves with the state in which it has ended. */
  async end(state: RunState): Promise<RunState> {
    const id = state.run_id;
    const isFirst = await this.#create(this.file(id, "ended.json"), state);
    const ended = isFirst ? state : parseState(await readText(this.file(id, "ended.json")) ?? "", id) ?? state;
    // For readers a shortcut; whoever reads before this finds the other file.
    await this.update(ended).catch(() => {});
    return ended;
  }

  /** Has the run ended, whatever this server knows? */
  async hasEnded(id: string): Promise<boolean> {
    return await exists(this.file(id, "ended.json"));
  }

  /** Stores a body or an answer. Where that fails, no new folder is left. */
  async write(id: string, name: string, chunks: Chunks): Promise<void> {
    const location = this.file(id, name);
    await refuseLinks(location);
    const isFirst = !isUri(location) && !await exists(folderOf(location));
    try {
      await write(location, chunks);
    } catch (error) {
      if (isFirst) await removeIfEmpty(folderOf(location));
      throw error;
    }
  }

  /** Reads a body or an answer. Throws `UnreadableRun` where something else lies there. */
  async stream(id: string, name: string): Promise<AsyncIterable<Uint8Array>> {
    const location = this.file(id, name);
    await refuseLinks(location);
    if (await isUnreadable(location)) throw new UnreadableRun(`run ${id}: its ${name} is not a file`);
    return await stream(location);
  }

  /** Removes a file of a run, and the folder if nothing else is in it. */
  async remove(id: string, name: string): Promise<void> {
    const location = this.file(id, name);
    await remove(location);
    if (!isUri(location)) await removeIfEmpty(folderOf(location));
  }

  /** The names of all runs, perhaps also some of which there is nothing else any more. */
  async list(): Promise<string[]> {
    return (await list(join(this.outputPath, ".tesseract/runs"))).map((name) => name.slice(PREFIX.length));
  }

  /** Removes a run with all its files. */
  async forget(id: string): Promise<void> {
    await refuseLinks(this.file(id, "run.json"));
    const folder = join(this.outputPath, `${PREFIX}${id}`);
    // `run.json` goes last: if this is the last that this process does, no other run of this name can begin with the rest.
    for (const name of await list(folder)) {
      if (name === "run.json") continue;
      await removeFolder(join(folder, name));
      await remove(join(folder, name));
    }
    await removeFolder(this.file(id, "run.json"));
    await this.remove(id, "run.json");
    await removeFolder(folder);
    await remove(this.#listed(id));
  }

  #listed(id: string): string {
    return join(this.outputPath, `.tesseract/runs/${PREFIX}${id}`);
  }

  async #create(location: string, value: unknown): Promise<boolean> {
    await refuseLinks(location);
    if (this.isExclusive) return await create(location, json(value));
    if (await exists(location)) return false;
    await write(location, [json(value)]);
    return true;
  }
}
