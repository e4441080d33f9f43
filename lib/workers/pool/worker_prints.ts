/**
 * How the server reads what a worker prints.
 *
 * Stdout and stderr of a worker are one file in memory, to which JavaScript, libraries and child programs append in the
 * order in which they print. The server reads it while calls run, and frees the memory of what it has read. What lies
 * between the lengths of the file at the beginning and at the end of a call was printed during that call: the worker
 * writes the former to shared memory, and sends both before the answer. So no answer waits for output that may never
 * come, and what a worker printed just before it crashed is not lost.
 * @module
 */
import { inTime } from "../../in_time.ts";
import { closeDescriptor, createMemoryFile, descriptorPath, mayFilesGrow, punchHole } from "../../host/memory.ts";
import type { Activity } from "../protocol/shared_memory.ts";
import type { PendingCall } from "./pending_call.ts";
import { type PrintTarget, PrintWriter, RunPrints } from "./run_prints.ts";

/** An answer waits at most so many milliseconds until the log of its run is written. */
const LONGEST_WAIT = 5000;
/** So many bytes are read at a time. */
const BUFFER_SIZE = 1 << 18;
const PAGE = 4096;
/** So many answered calls are remembered: what they print later goes to the logs of their runs. */
const MOST_ANSWERED = 1000;

/** The print file of one worker. */
export class WorkerPrints {
  /** The path that the worker opens. */
  readonly path: string;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  readonly #file: Deno.FsFile;
  /** Up to where the file has been read. */
  #position = 0;
  /** The size of the file when `read` was last called. */
  #seen = 0;
  readonly #writer: PrintWriter;
  /** The last of the actions on the file, which are done one after the other. */
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;
  /** Writes to the logs of calls whose answers have not come yet. */
  readonly #writing = new Map<number, Promise<void>>();
  /** The calls that were answered last, as a ring. */
  readonly #answered: { readonly id: number; readonly runId: string }[] = [];
  #answeredCount = 0;

  private constructor(
    private readonly fd: number,
    private readonly target: PrintTarget,
    private readonly activity: Activity,
  ) {
    this.path = descriptorPath(fd);
    this.#file = Deno.openSync(this.path);
    this.#writer = new PrintWriter(target);
  }

  /** `undefined` if there are no files in memory here: then a worker prints to pipes. */
  static create(target: PrintTarget, activity: Activity): WorkerPrints | undefined {
    const fd = mayFilesGrow() ? createMemoryFile("prints") : undefined;
    return fd === undefined ? undefined : new WorkerPrints(fd, target, activity);
  }

  /** How many bytes are not read yet. */
  get unread(): number {
    return this.#size - this.#position;
  }

  /**
   * Reads what the call that runs has printed until now. `oldest` is the first call without an answer. If the worker is at
   * another call already, the frames that say which output is whose are not here yet, and nothing is read. For the same
   * reason it reads only up to the size that the file had at the last call of this.
   */
  read(oldest: PendingCall | undefined): void {
    const { activity } = this;
    const size = Math.min(this.#seen, this.#seen = this.#size);
    const isTruncated = this.#seen < this.#position;
    if (this.#isReading || size <= this.#position && !isTruncated) return;
    const isAtOldest = () => activity.computing === (oldest?.id ?? 0);
    if (!isAtOldest()) return;
    const before = activity.printsBefore > this.#seen ? 0 : activity.printsBefore;
    // The worker may have gone on to the next call while `before` was read.
    if (isAtOldest()) void this.#then(() => this.#copy(oldest === undefined ? size : before, size, oldest));
  }

  /** A call has ended, and has printed this part of the file. Its answer comes next. */
  ended(call: PendingCall, from: number, to: number): void {
    const written = this.#then(async () => {
      if (this.#position > to) this.#position = 0; // the file was truncated
      await this.#copy(from, to, call);
      await this.#writer.end();
    });
    this.#writing.set(call.id, inTime(written, LONGEST_WAIT, () => "late").catch(() => {}));
  }

  /** The answer to a call has come. Resolves when what it printed is in the log of its run; `undefined`: it is already. */
  written(id: number): Promise<void> | undefined {
    const writing = this.#writing.get(id);
    if (writing !== undefined) this.#writing.delete(id);
    return writing;
  }

  /** The call is answered, but may still print. */
  answered({ id, request: { runId } }: PendingCall): void {
    this.#answered[this.#answeredCount++ % MOST_ANSWERED] = { id, runId };
  }

  /**
   * A call that was computed before has printed this part of the file, say in a timer. `current`: the call that was
   * computed meanwhile, whose output begins at `before`. `call`: the one that has printed, if its answer is still coming.
   */
  late(id: number, from: number, to: number, current?: PendingCall, before = 0, call?: PendingCall): void {
    const run = call?.request ?? this.#answered.find((answered) => answered.id === id) ?? { runId: "" };
    void this.#then(async () => {
      if (this.#position <= from) await this.#copy(current === undefined ? from : before, from, current);
      if (this.#position >= to) return;
      const prints = new RunPrints(run, this.target, true);
      await this.#copyTo(to, (bytes) => prints.write(bytes));
      await prints.end();
    });
  }

  /** The worker has ended: reads all that is left. `find` finds the call that it computed. */
  async finish(find: (id: number) => PendingCall | undefined): Promise<void> {
    const { computing, printsBefore: before } = this.activity;
    const call = find(computing);
    await this.#then(async () => {
      await this.#copy(call === undefined ? this.#size : before, this.#size, call);
      await this.#writer.end();
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

  /** Reads the file up to `to`: what lies before `from` was printed between calls, the rest by this call. */
  async #copy(from: number, to: number, call: PendingCall | undefined): Promise<void> {
    // A program that opens /dev/stderr as a new file truncates it.
    if (this.#position > this.#size) this.#position = 0;
    if (this.#position < from) await this.#copyTo(from, (bytes) => this.#writer.write(undefined, bytes));
    if (call !== undefined) await this.#copyTo(to, (bytes) => this.#writer.write(call, bytes));
  }

  async #copyTo(end: number, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    while (this.#position < end) {
      this.#file.seekSync(this.#position, Deno.SeekMode.Start);
      const count = this.#file.readSync(this.#buffer.subarray(0, end - this.#position));
      if (count === null) return;
      const page = this.#position - this.#position % PAGE;
      punchHole(this.fd, page, this.#position += count);
      await write(this.#buffer.subarray(0, count));
    }
  }
}
