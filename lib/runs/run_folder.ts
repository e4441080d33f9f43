/**
 * The folder of a run.
 * @module
 */

/** A folder that is made when the first file goes into it. */
export class RunFolder {
  /** Folders in it that are there, by their paths from it. */
  readonly #made = new Set<string>();

  /** `path` is absolute. */
  constructor(readonly path: string) {}

  /** Makes the folder, and everything above it. */
  make(): void {
    this.#make("");
  }

  /** The absolute path of a file in the folder, such as `logs/metrics.csv`. The folder that the file lies in is made. */
  file(name: string): string {
    this.#make(parentOf(name));
    return `${this.path}/${name}`;
  }

  /** Removes a file, and the folder that it lies in if there is nothing else in it. */
  remove(name: string): void {
    if (!remove(`${this.path}/${name}`)) return;
    const parent = parentOf(name);
    if (parent !== "" && remove(`${this.path}/${parent}`)) this.#made.delete(parent);
  }

  /** Removes the folder if it was made here, and nothing was put into it. */
  removeIfEmpty(): void {
    if (this.#made.size === 1 && this.#made.has("") && remove(this.path)) this.#made.clear();
  }

  #make(folder: string): void {
    if (this.#made.has(folder)) return;
    Deno.mkdirSync(`${this.path}/${folder}`, { recursive: true });
    this.#made.add(folder);
  }
}

const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));

/** Removes a file or an empty folder, if there is one. */
function remove(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch {
    return false;
  }
}
