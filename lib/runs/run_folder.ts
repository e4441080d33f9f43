import { importLater } from "../import_later.ts";
import { join } from "../storage/location.ts";
import { isUri } from "../uri.ts";
import { isThere, whyNoFile } from "../storage/regular_file.ts";
import { ifAbandoned } from "../storage/unfinished.ts";

/**
 * The folder of a run, which is made when the first file goes into it. If it is remote, its files are collected in a
 * temporary folder, and uploaded by `publish`. A scratch folder is removed by `publish` instead.
 */
export class RunFolder {
  #local: string | undefined;
  /** The folders in it that are known to exist, by their paths relative to it; `""` is the folder itself. */
  readonly #made = new Set<string>();
  /** Has `make` created the folder? */
  #isNew = false;
  /** Removes the temporary folder; `undefined` if there is none. */
  #clear: (() => void) | undefined;

  /** `location` is absolute, or a URI. */
  constructor(readonly location: string, private readonly isScratch = false) {
    this.#local = isUri(location) ? undefined : location;
  }

  /** Makes the folder, and everything above it. */
  make(): void {
    this.#isNew ||= this.#made.size === 0 && !isThere(this.location);
    this.#make("");
  }

  /** The local path of a file in the folder, such as `logs/metrics.csv`. The folder that the file lies in is made. */
  file(name: string): string {
    if (this.#local !== undefined) this.#refuseOthers(this.#local, name);
    return `${this.#make(parentOf(name))}/${name}`;
  }

  /** Removes a file, and the folder that it lies in if there is nothing else in it. */
  remove(name: string): void {
    const local = this.#local;
    if (local === undefined || !remove(`${local}/${name}`)) return;
    const parent = parentOf(name);
    if (parent !== "" && remove(`${local}/${parent}`)) this.#made.delete(parent);
  }

  /** Removes the folder if `make` has created it, and nothing was put into it. */
  removeIfEmpty(): void {
    if (this.#isNew && remove(this.location)) this.#made.clear();
  }

  /** To be called when no more files come: uploads them if the folder is remote, and removes a temporary folder. */
  async publish(): Promise<void> {
    const clear = this.#clear;
    if (clear === undefined) return;
    const local = this.#local!;
    this.#clear = undefined;
    this.#made.clear();
    try {
      if (this.isScratch) return;
      this.#local = undefined;
      const { write } = await importLater<typeof import("../storage/storage.ts")>("storage/storage.ts");
      for (const name of filesIn(local)) {
        await write(join(this.location, name), [await Deno.readFile(`${local}/${name}`)]);
      }
    } finally {
      clear();
    }
  }

  #make(folder: string): string {
    if (this.#local === undefined || this.isScratch) this.#clear ??= this.#makeTemporary();
    const local = this.#local!;
    if (!this.#made.has(folder)) {
      Deno.mkdirSync(`${local}/${folder}`, { recursive: true });
      this.#made.add(folder);
    }
    return local;
  }

  /** Throws if the path has a symbolic link, which could lead out of the folder, or ends at a pipe or the like. */
  #refuseOthers(local: string, name: string): void {
    const parts = name.split("/");
    for (let count = 1; count <= parts.length; count++) {
      const path = parts.slice(0, count).join("/");
      const why = whyNoFile(`${local}/${path}`);
      // A parent that "is not a file" is a folder; if it is a pipe, creating a file in it fails anyway.
      if (why !== undefined && (count === parts.length || why === "is a symbolic link")) {
        throw new Error(`${path} in the folder of the run ${why}`);
      }
    }
  }

  #makeTemporary(): () => void {
    if (this.isScratch) Deno.mkdirSync(this.location, { mode: 0o700 });
    const folder = this.#local ??= Deno.makeTempDirSync({ prefix: "tesseract-" });
    const clear = () => {
      try {
        Deno.removeSync(folder, { recursive: true });
      } catch {
        // It is gone already.
      }
    };
    const done = ifAbandoned(clear);
    return () => {
      clear();
      done();
    };
  }
}

/** The path for a scratch folder, which does not exist yet. */
export function scratchPath(): string {
  const folder = Deno.env.get("TMPDIR") || "/tmp";
  return `${folder.replace(/\/+$/, "")}/tesseract-${crypto.randomUUID()}`;
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
