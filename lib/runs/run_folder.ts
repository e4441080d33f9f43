/**
 * The folder of a run.
 * @module
 */
import { importLater } from "../import_later.ts";
import { isUri, join } from "../storage/location.ts";

/**
 * A folder that is made when the first file goes into it. Where it is not on this machine, its files are put together
 * in a temporary folder, and sent there by `publish`.
 */
export class RunFolder {
  #local: string | undefined;
  /** Folders in it that are there, by their paths from it. */
  readonly #made = new Set<string>();

  /** `location` is absolute, or a URI. */
  constructor(readonly location: string) {
    this.#local = isUri(location) ? undefined : location;
  }

  /** Makes the folder, and everything above it. */
  make(): void {
    this.#make("");
  }

  /** The local path of a file in the folder, such as `logs/metrics.csv`. The folder that the file lies in is made. */
  file(name: string): string {
    return `${this.#make(parentOf(name))}/${name}`;
  }

  /** Removes a file, and the folder that it lies in if there is nothing else in it. */
  remove(name: string): void {
    const local = this.#local;
    if (local === undefined || !remove(`${local}/${name}`)) return;
    const parent = parentOf(name);
    if (parent !== "" && remove(`${local}/${parent}`)) this.#made.delete(parent);
  }

  /** Removes the folder if it was made here, and nothing was put into it. */
  removeIfEmpty(): void {
    if (this.#made.size === 1 && this.#made.has("") && remove(this.location)) this.#made.clear();
  }

  /** Nothing more comes: sends the files to where the folder is. */
  async publish(): Promise<void> {
    const staging = this.#local;
    if (staging === undefined || staging === this.location) return;
    this.#local = undefined;
    this.#made.clear();
    try {
      const { write } = await importLater<typeof import("../storage/storage.ts")>("storage/storage.ts");
      for (const name of filesIn(staging)) {
        await write(join(this.location, name), [await Deno.readFile(`${staging}/${name}`)]);
      }
    } finally {
      await Deno.remove(staging, { recursive: true });
    }
  }

  #make(folder: string): string {
    const local = this.#local ??= Deno.makeTempDirSync({ prefix: "tesseract-" });
    if (!this.#made.has(folder)) {
      Deno.mkdirSync(`${local}/${folder}`, { recursive: true });
      this.#made.add(folder);
    }
    return local;
  }
}

const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));

/** The files in a folder and those below it, by their paths from it. */
function* filesIn(folder: string, below = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
    if (isDirectory) yield* filesIn(folder, `${below}${name}/`);
    else yield `${below}${name}`;
  }
}

/** Removes a file or an empty folder, if there is one. */
function remove(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch {
    return false;
  }
}
