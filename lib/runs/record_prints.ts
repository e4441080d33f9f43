import { type Redirection, redirectPrints, writeTo } from "../host/descriptors.ts";
import { interceptPrints } from "../host/intercept_prints.ts";
import { cString, type Libc, withLibc } from "../host/libc.ts";
import type { RunFolder } from "./run_folder.ts";

const LOG = "logs/tesseract.log";

/**
 * From now on all that this process and its child programs print goes to the run's log. It is copied to stderr after
 * each print of JavaScript and at the end, so prints of native code appear there later. Returns a function that ends
 * the recording, and removes the log if it is empty.
 */
export function recordPrints(folder: RunFolder): () => void {
  return withLibc((libc) => record(libc, folder)) ?? (() => {});
}

function record(libc: Libc, folder: RunFolder): () => void {
  const log = openLog(libc, folder);
  let isOver = false;
  let isPrinting = false;

  const stopIntercepting = interceptPrints((print) => {
    // One function that prints may call another.
    if (isPrinting || isOver) return print();
    if (log instanceof LogFile) {
      isPrinting = true;
      try {
        return print();
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // The file has only the beginning of this print. All of it is printed again to stderr.
        log.skip();
        giveUp(error);
      } finally {
        isPrinting = false;
        if (!isOver) log.copyToStderr();
      }
    } else giveUp(log);
    return print();
  });

  /** Stops recording with a warning; from then on prints go to stderr alone. */
  function giveUp(error: unknown): void {
    end();
    const reason = error instanceof Error ? error.message : error;
    const warning = new TextEncoder().encode(`Warning: the run log cannot be written: ${reason}\n`);
    Deno.stderr.writeSync(warning);
  }
  function end(): void {
    if (isOver) return;
    isOver = true;
    removeEventListener("unload", end);
    stopIntercepting();
    if (log instanceof LogFile && log.close() === 0) folder.remove(LOG);
  }
  // User code may end the process.
  addEventListener("unload", end);
  return end;
}

/** Is it an error of the system, such as a full disk? */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && /\(os error \d+\)/.test(error.message);
}

/** The log, or the error that kept it from being created, which is reported when something is first printed. */
function openLog(libc: Libc, folder: RunFolder): LogFile | unknown {
  try {
    return new LogFile(libc, folder.file(LOG));
  } catch (error) {
    return error;
  }
}

/** The file of a log, to which everything printed goes. */
class LogFile {
  readonly #reader: Deno.FsFile;
  readonly #prints: Redirection;

  constructor(private readonly libc: Libc, path: string) {
    // Deno's error says why a file cannot be created; libc opens it again, since Deno does not give its descriptor.
    Deno.openSync(path, { write: true, create: true, truncate: true }).close();
    const fd = libc.creat(cString(path), 0o644);
    this.#reader = Deno.openSync(path);
    this.#prints = redirectPrints(libc, fd);
    libc.close(fd);
  }

  /** Copies to stderr what was added to the file since the last copy. */
  copyToStderr(): void {
    const piece = new Uint8Array(1 << 16);
    for (let count; (count = this.#reader.readSync(piece)) !== null;) {
      writeTo(this.libc, this.#prints.stderr, piece.subarray(0, count), "stderr");
    }
  }

  /** Leaves out of the next copy what was added to the file. */
  skip(): void {
    this.#reader.seekSync(0, Deno.SeekMode.End);
  }

  /** Ends the redirection of prints. Returns the size of the file. */
  close(): number {
    this.libc.fflush(null); // the C library buffers output that does not go to a terminal
    this.copyToStderr();
    this.#prints.undo();
    const { size } = this.#reader.statSync();
    this.#reader.close();
    return size;
  }
}
