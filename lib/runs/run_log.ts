/**
 * The log of a run whose prints arrive from another process.
 * @module
 */
import { RunFolder } from "./run_folder.ts";

/** The file `logs/tesseract.log` in the folder of a run. It is made when something is written. */
export class RunLog {
  readonly #folder: RunFolder;
  #file: Deno.FsFile | undefined;

  /** `isNew`: what is there of another run of the same name is replaced. */
  constructor(folder: string, private readonly isNew: boolean) {
    this.#folder = new RunFolder(folder);
  }

  /** Writes all of the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file ??= this.#open();
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }

  /** Nothing more comes. */
  async end(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    await this.#folder.publish();
  }

  #open(): Deno.FsFile {
    return Deno.openSync(this.#folder.file("logs/tesseract.log"), this.isNew ? TRUNCATE : APPEND);
  }
}

const TRUNCATE: Deno.OpenOptions = { write: true, create: true, truncate: true };
const APPEND: Deno.OpenOptions = { append: true, create: true };
