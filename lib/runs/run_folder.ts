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
    this.#make(name.slice(0, Math.max(0, name.lastIndexOf("/"))));
    return `${this.path}/${name}`;
  }

  /** Removes the folder if this run made it, and put nothing into it. */
  removeIfEmpty(): void {
    if (!this.#made.has("") || this.#made.size > 1) return;
    try {
      Deno.removeSync(this.path);
    } catch {
      // There is something in it, by whomever.
    }
    this.#made.clear();
  }

  #make(folder: string): void {
    if (this.#made.has(folder)) return;
    Deno.mkdirSync(`${this.path}/${folder}`, { recursive: true });
    this.#made.add(folder);
  }
}
