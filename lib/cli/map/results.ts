import { type FormatName, infoOf } from "../../formats/registry.ts";
import type { Chunks } from "../../storage/backend.ts";
import { join } from "../../storage/location.ts";
import { isTemporary } from "../../storage/local.ts";
import { isUri } from "../../uri.ts";
import { exists, remove, write } from "../../storage/storage.ts";

/** `FOLDER/results`. Relative references in a result start from this folder. */
export class Results {
  readonly location: string;
  readonly #extension: string;

  constructor(folder: string, format: FormatName) {
    this.location = join(folder, "results");
    this.#extension = infoOf(format).extension;
  }

  #file(name: string): string {
    return join(this.location, `${name}.${this.#extension}`);
  }

  /** Removes the temporary files of killed processes. No other process may be writing. */
  async tidy(): Promise<void> {
    if (isUri(this.location)) return;
    for await (const { name } of Deno.readDir(this.location)) {
      if (isTemporary(name)) await Deno.remove(`${this.location}/${name}`);
    }
  }

  /** Is the folder empty? A remote folder always counts as empty: there, only the records say what was computed. */
  async isEmpty(): Promise<boolean> {
    if (isUri(this.location)) return true;
    for await (const _ of Deno.readDir(this.location)) return false;
    return true;
  }

  async has(name: string): Promise<boolean> {
    return await exists(this.#file(name));
  }

  /** Removes what an earlier call of this name left: a result that is not current, and the folder of its run. */
  async clear(name: string): Promise<void> {
    await remove(this.#file(name));
    if (isUri(this.location)) return;
    await Deno.remove(`${this.location}/run_${name}`, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** Writes a result, whole or not at all. */
  async write(name: string, chunks: Chunks): Promise<void> {
    await write(this.#file(name), chunks);
  }
}
