import { RunFolder } from "./run_folder.ts";

/** How many calls write to each log, by its path: concurrent calls of one run share a log. */
const writers = new Map<string, number>();

/** The file `logs/tesseract.log` of a run whose prints arrive from another process. Made when something is written. */
export class RunLog {
  readonly #folder: RunFolder;
  #file: Deno.FsFile | undefined;
  #path = "";

  /**
   * The log of an earlier run of the same name is emptied, unless another call of that run is still writing to it. With
   * `continues` it is always kept, and added to.
   */
  constructor(folder: string, private readonly continues = false) {
    this.#folder = new RunFolder(folder);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file ??= this.#open();
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }

  /** Closes the log, and uploads it if the folder is remote. */
  async end(): Promise<void> {
    if (this.#file !== undefined) {
      this.#file.close();
      this.#file = undefined;
      const others = writers.get(this.#path)! - 1;
      if (others > 0) writers.set(this.#path, others);
      else writers.delete(this.#path);
    }
    await this.#folder.publish();
  }

  #open(): Deno.FsFile {
    this.#path = this.#folder.file("logs/tesseract.log");
    const file = Deno.openSync(this.#path, { append: true, create: true });
    const others = writers.get(this.#path) ?? 0;
    writers.set(this.#path, others + 1);
    if (others === 0 && !this.continues) file.truncateSync();
    return file;
  }
}
