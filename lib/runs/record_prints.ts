/**
 * The log of a call in this process: what is printed meanwhile goes to stderr and to a file.
 * @module
 */
import { type Descriptors, descriptors, flushNativePrints, printDescriptors, redirect } from "../host/descriptors.ts";
import { interceptPrints } from "../host/intercept_prints.ts";
import { onNativeCode } from "../host/native_code.ts";
import type { RunFolder } from "./run_folder.ts";

const LOG = "logs/tesseract.log";

/**
 * From now on what is printed is also in the run's log, which is made when something is. Returns what ends it.
 *
 * Prints of JavaScript are sent to the file, and from there to stderr, one by one: whatever else this process has to
 * say goes straight to stderr, as the last words of one that crashes. Once native code is loaded, everything goes to
 * the file as it is printed, and is passed on to stderr with the next print of JavaScript, or when the call ends.
 */
export function recordPrints(folder: RunFolder): () => void {
  const libc = descriptors();
  if (libc === undefined) return () => {};
  const writeError = Deno.stderr.writeSync.bind(Deno.stderr);
  let log: Log | undefined;
  let isOver = false;
  let inPrint = false;
  let native = false;

  /** There is no log any more: what is printed goes to stderr alone. */
  const giveUp = (error: unknown) => {
    isOver = true;
    log = undefined;
    const reason = error instanceof Error ? error.message : error;
    writeError(new TextEncoder().encode(`Warning: the run log cannot be written: ${reason}\n`));
  };
  /** The file to write to, if there can be one. */
  const open = (): Log | undefined => {
    if (log !== undefined || isOver) return log;
    try {
      log = new Log(libc, folder.file(LOG));
    } catch (error) {
      giveUp(error);
    }
    return log;
  };

  const stopIntercepting = interceptPrints((print) => {
    // one print may be made of others
    const log = inPrint ? undefined : open();
    if (log === undefined) return print();
    inPrint = true;
    log.redirect();
    try {
      return print();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      log.restore();
      log.skip();
      log.close();
      giveUp(error);
    } finally {
      inPrint = false;
      if (!isOver) {
        log.restore();
        log.passOn(writeError);
        if (native) log.redirect();
      }
    }
    return print();
  });
  const stopListening = onNativeCode(() => {
    native = true;
    // what was printed before is none of this run
    flushNativePrints();
    open()?.redirect();
  });
  const end = () => {
    removeEventListener("unload", end);
    stopListening();
    stopIntercepting();
    isOver = true;
    if (native) flushNativePrints();
    log?.restore();
    log?.passOn(writeError);
    if (log?.close() === 0) folder.remove(LOG);
    log = undefined;
  };
  // user code may end the process
  addEventListener("unload", end);
  return end;
}

/** Does the file system refuse something, as where the disk is full? */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && /\(os error \d+\)/.test(error.message);
}

/** The file, and where was printed before. */
class Log {
  readonly #fd: number;
  readonly #reader: Deno.FsFile;
  readonly #saved: readonly (readonly [fd: number, copy: number])[];

  constructor(private readonly libc: Descriptors, path: string) {
    this.#fd = libc.creat(new TextEncoder().encode(`${path}\0`), 0o644);
    if (this.#fd < 0) {
      // says why
      Deno.openSync(path, { write: true, create: true }).close();
      throw new Error(`${path} cannot be opened`);
    }
    const targets = printDescriptors();
    this.#reader = Deno.openSync(path);
    this.#saved = targets.map((fd) => [fd, libc.dup(fd)]);
  }

  redirect(): void {
    for (const [fd] of this.#saved) redirect(this.libc, fd, this.#fd);
  }

  restore(): void {
    for (const [fd, copy] of this.#saved) redirect(this.libc, fd, copy);
  }

  /** Writes elsewhere, too, what is new in the file. */
  passOn(write: (bytes: Uint8Array) => number): void {
    const piece = new Uint8Array(1 << 16);
    for (let read = this.#reader.readSync(piece); read !== null; read = this.#reader.readSync(piece)) {
      for (let done = 0; done < read;) done += write(piece.subarray(done, read));
    }
  }

  /** What is new in the file is only the beginning of a print. */
  skip(): void {
    this.#reader.seekSync(0, Deno.SeekMode.End);
  }

  /** Returns the size of the file. */
  close(): number {
    const { size } = this.#reader.statSync();
    this.#reader.close();
    for (const fd of [this.#fd, ...this.#saved.map(([, copy]) => copy)]) this.libc.close(fd);
    return size;
  }
}
