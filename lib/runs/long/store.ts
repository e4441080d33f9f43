/**
 * Long runs as files in an output path, of which several servers may take care.
 *
 * The folder of a run has, beside what runs.md names, `run.json`, and files whose names end in the run's UUID: `request`,
 * `state`, `events`, `answer`, and two that are written only once, by whoever comes first: `begun` before the run begins,
 * `ended` when it has ended. So of several servers one at most begins a run, and it ends in one way.
 *
 * `run.json` is written once, by whoever comes first with this name, and says which UUID the name stands for. So a server
 * that does not know yet that its run was forgotten, and its name used again, writes no file of the new run.
 * `.tesseract/runs/` has a file for each run: a list of them.
 * @module
 */
import type { Chunks } from "../../storage/backend.ts";
import { folderOf, join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { create, exists, list, remove, removeTree, StorageError, stream, write } from "../../storage/storage.ts";
import { isUnreadable, readText, refuseLinks } from "./files.ts";
import { OLD, removeIfEmpty } from "./litter.ts";
import { listedName, type Part, PREFIX, runListedAs } from "./names.ts";
import { hasEnded, parseState, type RunKey, type RunState } from "./state.ts";

/** What stands in the folder of a run cannot be read as a state. */
export class UnreadableRun extends Error {
  override name = "UnreadableRun";
}

const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(JSON.stringify(value));

/** The long runs in an output path. */
export class RunStore {
  /** Does the storage say who was first to write a file? If not, a single server must take care of all runs. */
  isExclusive = true;

  constructor(readonly outputPath: string) {}

  /** The place of a file of a run. */
  file({ run_id, uid }: RunKey, part: Part): string {
    return this.#inFolder(run_id, `${part}.${uid}`);
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

  /** The state of a run; `undefined`: there is none, or its name stands for another one now. Throws `UnreadableRun`. */
  async stateOf({ run_id, uid }: RunKey): Promise<RunState | undefined> {
    const state = await this.read(run_id);
    return state?.uid === uid ? state : undefined;
  }

  /** The state of the run of this name; `undefined`: there is none. Throws `UnreadableRun`. */
  async read(id: string): Promise<RunState | undefined> {
    const text = await readText(this.#inFolder(id, "run.json"));
    if (text === undefined) return undefined;
    const first = parseState(text, id);
    if (first === undefined) throw new UnreadableRun(`run ${id}: its record is damaged`);
    return await this.#read(first, "ended") ?? await this.#read(first, "state") ?? first;
  }

  async #read(key: RunKey, part: "state" | "ended"): Promise<RunState | undefined> {
    const text = await readText(this.file(key, part));
    if (text === undefined) return undefined;
    const state = parseState(text, key.run_id);
    if (state?.uid === key.uid && (part === "state" || hasEnded(state))) return state;
    throw new UnreadableRun(`run ${key.run_id}: its record is damaged`);
  }

  /** Stores a new run. Resolves with `false` if there is one of this name. The body has been stored. */
  async create(state: RunState): Promise<boolean> {
    await write(this.#listed(state), [json(state.created)]);
    return await this.#create(this.#inFolder(state.run_id, "run.json"), state);
  }

  /** Stores the state of a run that goes on. */
  async update(state: RunState): Promise<void> {
    await this.write(state, "state", [json(state)]);
  }

  /** Is this server the one that may begin the run? */
  async begin(run: RunKey, owner: string): Promise<boolean> {
    // It may have been this server already, which then could not go on.
    if (!await this.#create(this.file(run, "begun"), { owner }) && await this.begunBy(run) !== owner) return false;
    return await this.look(run) === "goes on";
  }

  /** The server that has begun the run; `undefined`: nobody has. */
  async begunBy(run: RunKey): Promise<string | undefined> {
    const text = await readText(this.file(run, "begun"));
    if (text === undefined) return undefined;
    try {
      return String(JSON.parse(text).owner);
    } catch {
      return "";
    }
  }

  /**
   * Ends the run as `state` says, if it has not ended already. Resolves with the state in which it has ended;
   * `undefined`: it is forgotten.
   */
  async end(state: RunState): Promise<RunState | undefined> {
    if (await this.#create(this.file(state, "ended"), state)) {
      if (await this.isKept(state)) return state;
      await this.clear(state);
      return undefined;
    }
    const location = this.file(state, "ended");
    if (await isUnreadable(location)) throw new StorageError("failed", location, "what lies there is not a file");
    const text = await readText(location);
    return text === undefined ? undefined : parseState(text, state.run_id) ?? state;
  }

  /** What has become of the run, whatever this server knows? */
  async look(run: RunKey): Promise<"goes on" | "ended" | "forgotten"> {
    if (await exists(this.file(run, "ended"))) return "ended";
    return await this.isKept(run) ? "goes on" : "forgotten";
  }

  /** Does its name still stand for this run? A damaged record may be its own. */
  async isKept({ run_id, uid }: RunKey): Promise<boolean> {
    const text = await readText(this.#inFolder(run_id, "run.json"));
    return text !== undefined && (parseState(text, run_id)?.uid ?? uid) === uid;
  }

  /** Stores a file of the run. Where that fails, no new folder is left. */
  async write(run: RunKey, part: Part, chunks: Chunks): Promise<void> {
    const location = this.file(run, part);
    await refuseLinks(location);
    const isFirst = !isUri(location) && !await exists(folderOf(location));
    try {
      await write(location, chunks);
    } catch (error) {
      if (isFirst) await removeIfEmpty(folderOf(location));
      throw error;
    }
  }

  /** Reads a file of the run. Throws `UnreadableRun` where something else lies there. */
  async stream(run: RunKey, part: Part): Promise<AsyncIterable<Uint8Array>> {
    const location = this.file(run, part);
    await refuseLinks(location);
    if (await isUnreadable(location)) throw new UnreadableRun(`run ${run.run_id}: its ${part} is not a file`);
    return await stream(location);
  }

  /** All runs, perhaps also some of which there is nothing else any more. */
  async list(): Promise<RunKey[]> {
    return (await list(join(this.outputPath, ".tesseract/runs"))).flatMap((name) => runListedAs(name) ?? []);
  }

  /** Removes a run with all files in its folder. Resolves with `false` if its name stands for it no more. */
  async forget(run: RunKey): Promise<boolean> {
    await refuseLinks(this.#inFolder(run.run_id, "run.json"));
    // In this order: what was there before is of no later run.
    const names = await list(this.#folder(run.run_id));
    const isKept = await this.isKept(run);
    if (isKept) {
      await this.#empty(run.run_id, names);
      // Another server may have forgotten it in the meantime.
      if (await this.isKept(run)) await remove(this.#inFolder(run.run_id, "run.json"));
    }
    await this.clear(run);
    return isKept;
  }

  /** Removes a run whose `run.json` cannot be read. */
  async forgetDamaged(id: string): Promise<void> {
    await refuseLinks(this.#inFolder(id, "run.json"));
    const listed = (await this.list()).filter(({ run_id }) => run_id === id);
    await this.#empty(id, await list(this.#folder(id)));
    await removeTree(this.#folder(id));
    for (const run of listed) await remove(this.#listed(run));
  }

  /** Removes what only this run can have: what is left of one that is forgotten, or was not created. */
  async clear(run: RunKey): Promise<void> {
    const folder = this.#folder(run.run_id);
    for (const name of await list(folder)) {
      if (!name.endsWith(`.${run.uid}`)) continue;
      await removeTree(join(folder, name));
    }
    await remove(this.#listed(run));
    if (!isUri(folder)) await removeIfEmpty(folder);
  }

  /** Clears a run that stands in the list of all runs for a long time, and is not there. */
  async clearIfLitter(run: RunKey): Promise<void> {
    // `create` has written there when that was.
    const created = Date.parse((await readText(this.#listed(run)) ?? "").replaceAll('"', ""));
    if (Date.now() - created > OLD && !await this.isKept(run)) await this.clear(run);
  }

  /** `run.json` stays to the last: if this process ends before, the run can still be forgotten. */
  async #empty(id: string, names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (name === "run.json") continue;
      await removeTree(this.#inFolder(id, name));
    }
  }

  #folder(id: string): string {
    return join(this.outputPath, `${PREFIX}${id}`);
  }

  #inFolder(id: string, name: string): string {
    return join(this.outputPath, `${PREFIX}${id}/${name}`);
  }

  #listed(run: RunKey): string {
    return join(this.outputPath, `.tesseract/runs/${listedName(run)}`);
  }

  async #create(location: string, value: unknown): Promise<boolean> {
    await refuseLinks(location);
    if (this.isExclusive) return await create(location, json(value));
    if (await exists(location)) return false;
    await write(location, [json(value)]);
    return true;
  }
}
