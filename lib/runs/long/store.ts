/**
 * Long runs as files in an output path, which several servers may share.
 *
 * The folder of a run has, besides the logs and files of any run, `run.json`, and files whose names end in the run's
 * UUID: `request`, `state`, `events`, `answer`, and two that are only ever created, by the first server that tries:
 * `begun` before the run begins, `ended` when it has ended. So at most one server begins a run, and a run ends only
 * once.
 *
 * `run.json` is also only created, by the first server that uses this name, and says which UUID the name stands for. So
 * a server that does not know yet that its run was forgotten, and the name used again, writes to no file of the new
 * run. The list of all runs is the folder `.tesseract/runs/`, with a file for each run.
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

/** The folder of a run has no valid state: its files are damaged. */
export class UnreadableRun extends Error {
  override name = "UnreadableRun";
}

const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(JSON.stringify(value));

export class RunStore {
  /** Can the storage create a file only if there is none? If not, only one server at a time may begin runs. */
  isExclusive = true;

  constructor(readonly outputPath: string) {}

  file({ run_id, uid }: RunKey, part: Part): string {
    return this.#inFolder(run_id, `${part}.${uid}`);
  }

  /** Finds out whether the storage has exclusive creation (`isExclusive`). Throws if nothing can be written. */
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

  /** The state of a run; `undefined`: there is none, or its name is that of another run now. Throws `UnreadableRun`. */
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

  /** Stores a new run, whose body must be stored already. Resolves with `false` if there is a run of this name. */
  async create(state: RunState): Promise<boolean> {
    await write(this.#listed(state), [json(state.created)]);
    return await this.#create(this.#inFolder(state.run_id, "run.json"), state);
  }

  /** Stores the new state of a run that has not ended. */
  async update(state: RunState): Promise<void> {
    await this.write(state, "state", [json(state)]);
  }

  /** Claims the run for a server, its `owner`. Resolves with whether that server may begin the run. */
  async begin(run: RunKey, owner: string): Promise<boolean> {
    // This server may have created the file in an earlier attempt that failed later.
    if (!await this.#create(this.file(run, "begun"), { owner }) && await this.begunBy(run) !== owner) return false;
    return await this.look(run) === "goes on";
  }

  /** The server that has begun the run; `undefined`: none has; empty: the file that says so is damaged. */
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

  /** What the storage says about the run: another server may have ended or forgotten it. */
  async look(run: RunKey): Promise<"goes on" | "ended" | "forgotten"> {
    if (await exists(this.file(run, "ended"))) return "ended";
    return await this.isKept(run) ? "goes on" : "forgotten";
  }

  /** Does its name still stand for this run? A damaged `run.json` counts as that of this run. */
  async isKept({ run_id, uid }: RunKey): Promise<boolean> {
    const text = await readText(this.#inFolder(run_id, "run.json"));
    return text !== undefined && (parseState(text, run_id)?.uid ?? uid) === uid;
  }

  /** Stores a file of the run. If that fails, the folder is removed if it was created for this file. */
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

  /** Reads a file of the run. Throws `UnreadableRun` if it is not a regular file. */
  async stream(run: RunKey, part: Part): Promise<AsyncIterable<Uint8Array>> {
    const location = this.file(run, part);
    await refuseLinks(location);
    if (await isUnreadable(location)) throw new UnreadableRun(`run ${run.run_id}: its ${part} is not a file`);
    return await stream(location);
  }

  /** All runs in the list, some of which may not exist any more. */
  async list(): Promise<RunKey[]> {
    return (await list(join(this.outputPath, ".tesseract/runs"))).flatMap((name) => runListedAs(name) ?? []);
  }

  /** Removes a run with all files in its folder. Resolves with `false` if its name does not stand for it any more. */
  async forget(run: RunKey): Promise<boolean> {
    await refuseLinks(this.#inFolder(run.run_id, "run.json"));
    // The files are listed before the check, so that none of them can belong to a later run of the same name.
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

  /** Removes the files that have the run's UUID in their names, when the run is forgotten or could not be created. */
  async clear(run: RunKey): Promise<void> {
    const folder = this.#folder(run.run_id);
    const names = await list(folder);
    await this.#empty(run.run_id, names.filter((name) => name.endsWith(`.${run.uid}`)));
    await remove(this.#listed(run));
    if (!isUri(folder)) await removeIfEmpty(folder);
  }

  /** Clears a run that has been in the list of all runs for a long time, but does not exist. */
  async clearIfLitter(run: RunKey): Promise<void> {
    // The content of the file in the list is the time at which `create` wrote it.
    const created = Date.parse((await readText(this.#listed(run)) ?? "").replaceAll('"', ""));
    if (Date.now() - created > OLD && !await this.isKept(run)) await this.clear(run);
  }

  /**
   * Removes these files but for `run.json`, which must go last: if this process is killed, the run can still be forgotten.
   */
  async #empty(id: string, names: readonly string[]): Promise<void> {
    for (const name of names) if (name !== "run.json") await removeTree(this.#inFolder(id, name));
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
