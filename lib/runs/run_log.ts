/**
 * The log of a run whose prints arrive from another process.
 * @module
 */

/** The file `logs/tesseract.log` in the folder of a run. It is made when something is written. */
export class RunLog {
  #file: Promise<Deno.FsFile> | undefined;

  /** `isNew`: what is there of another run of the same name is replaced. */
  constructor(private readonly folder: string, private readonly isNew: boolean) {}

  /** Writes all of the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    const file = await (this.#file ??= this.#open());
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }

  /** Nothing more comes. */
  async end(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    (await file)?.close();
  }

  async #open(): Promise<Deno.FsFile> {
    const folder = `${this.folder}/logs`;
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.open(`${folder}/tesseract.log`, this.isNew ? TRUNCATE : APPEND);
  }
}

const TRUNCATE: Deno.OpenOptions = { write: true, create: true, truncate: true };
const APPEND: Deno.OpenOptions = { append: true, create: true };
