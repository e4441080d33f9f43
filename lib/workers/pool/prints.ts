/**
 * The server's side of what a worker prints.
 *
 * Stdout and stderr of a worker are one file in memory that everything is appended to: by JavaScript, by libraries, by
 * child programs, in the order in which it is printed. The server reads it while calls run, and gives back the memory of
 * what it has read. What lies between the lengths of the file at the beginning and at the end of a call was printed
 * during that call. The worker notes the former in shared memory, and sends both with the answer. So no answer waits for
 * a print that may never come, and what a worker printed before it crashed is there.
 */
import { inTime } from "../../in_time.ts";
import { closeDescriptor, createMemoryFile, descriptorPath, mayFilesGrow, punchHole } from "../../host/memory.ts";
import type { Activity } from "../protocol/shared_memory.ts";
import { RunPrints, type WriteLines } from "./run_prints.ts";

/** An answer waits at most so many milliseconds until the log of its run is written. */
const LONGEST_WAIT = 5000;
const PIECE = 1 << 18;
const PAGE = 4096;

/** Where prints go. */
export interface PrintTarget {
  /** Where runs have their folders; `undefined`: there are no logs of runs. */
  readonly outputPath: string | undefined;
  readonly log: WriteLines;
}

/** A call, as prints know it. */
export interface PrintingCall {
  readonly id: number;
  readonly runId: string;
  /** Told of the lines that the call prints. */
  readonly printed?: ((lines: readonly string[]) => void) | undefined;
}

/** The prints of one worker. */
export class WorkerPrints {
  /** Where the worker finds the file that it prints to. */
  readonly path: string;
  readonly #buffer = new Uint8Array(PIECE);
  readonly #file: Deno.FsFile;
  /** So far the file has been read. */
  #position = 0;
  /** Its size when it was last looked at. */
  #seen = 0;
  #call: { readonly id: number; readonly prints: RunPrints } | undefined;
  #between: RunPrints | undefined;
  /** One thing after the other. */
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;

  private constructor(private readonly fd: number, private readonly target: PrintTarget) {
    this.path = descriptorPath(fd);
    this.#file = Deno.openSync(this.path);
  }

  /** `undefined` where there are no files in memory: then a worker prints to pipes. */
  static create(target: PrintTarget): WorkerPrints | undefined {
    const fd = mayFilesGrow() ? createMemoryFile("prints") : undefined;
    return fd === undefined ? undefined : new WorkerPrints(fd, target);
  }

  /** So many bytes wait to be read. */
  get unread(): number {
    return this.#size - this.#position;
  }

  /**
   * Reads what the call that runs has printed until now. `oldest` is the first call without an answer: where the worker
   * is at another, the frames that say what belongs to which are still on their way. For the same reason it reads up to
   * where it saw the end when it last looked.
   */
  read(activity: Activity, oldest: PrintingCall | undefined): void {
    const size = Math.min(this.#seen, this.#seen = this.#size);
    const isCutOff = this.#seen < this.#position;
    if (this.#isReading || size <= this.#position && !isCutOff) return;
    const isAt = () => activity.call === (oldest?.id ?? 0);
    if (!isAt()) return;
    const before = activity.printsBefore > this.#seen ? 0 : activity.printsBefore;
    if (isAt()) void this.#then(() => this.#copy(oldest === undefined ? size : before, size, oldest));
  }

  /** A call has printed this part of the file. Resolves when that is in the log of its run. */
  async ended(call: PrintingCall, from: number, to: number): Promise<void> {
    const written = this.#then(async () => {
      if (this.#position > to) this.#position = 0; // it was cut off
      await this.#copy(from, to, call);
      await this.#endCall();
    });
    await inTime(written, LONGEST_WAIT, () => "late").catch(() => {});
  }

  /**
   * A call that has been answered has printed this part, while another one was computed whose prints begin at `before`, or
   * none.
   */
  late(call: PrintingCall, from: number, to: number, current: PrintingCall | undefined, before: number): void {
    void this.#then(async () => {
      if (this.#position <= from) await this.#copy(current === undefined ? from : before, from, current);
      if (this.#position >= to) return;
      const prints = new RunPrints(call, this.target, true);
      await this.#copyTo(to, prints);
      await prints.end();
    });
  }

  /** The worker has ended while it worked on this call. */
  async finish(activity: Activity, call: PrintingCall | undefined): Promise<void> {
    const before = activity.printsBefore;
    await this.#then(async () => {
      await this.#copy(call === undefined ? this.#size : before, this.#size, call);
      await this.#endCall();
      await this.#endBetween();
      this.#file.close();
      closeDescriptor(this.fd);
    });
  }

  get #size(): number {
    return this.#file.statSync().size;
  }

  #then(action: () => Promise<void>): Promise<void> {
    this.#isReading = true;
    const done = this.#reading.then(action).catch((error) => this.target.log(`Warning: prints are lost: ${error}\n`));
    this.#reading = done;
    void done.then(() => this.#isReading = this.#reading !== done);
    return done;
  }

  /** What was not read yet is of no call up to `from`, and from there to `to` of this one. */
  async #copy(from: number, to: number, call: PrintingCall | undefined): Promise<void> {
    // A program that opens /dev/stderr as a new file cuts it off.
    if (this.#position > this.#size) this.#position = 0;
    if (this.#position < from) {
      await this.#endCall();
      await this.#copyTo(from, this.#between ??= new RunPrints(undefined, this.target));
    }
    if (this.#position >= to || call === undefined) return;
    if (this.#call?.id !== call.id) {
      await this.#endCall();
      await this.#endBetween();
      this.#call = { id: call.id, prints: new RunPrints(call, this.target) };
    }
    await this.#copyTo(to, this.#call.prints);
  }

  async #copyTo(end: number, prints: RunPrints): Promise<void> {
    while (this.#position < end) {
      this.#file.seekSync(this.#position, Deno.SeekMode.Start);
      const count = this.#file.readSync(this.#buffer.subarray(0, end - this.#position));
      if (count === null) return;
      const page = this.#position - this.#position % PAGE;
      punchHole(this.fd, page, this.#position += count);
      await prints.write(this.#buffer.subarray(0, count));
    }
  }

  async #endCall(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    await call?.prints.end();
  }

  async #endBetween(): Promise<void> {
    const between = this.#between;
    this.#between = undefined;
    await between?.end();
  }
}
