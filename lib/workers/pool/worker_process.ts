/**
 * One worker, as the server sees it: what it is working on, and how much more it may be given.
 * @module
 */
import { endGroup } from "../../host/process_group.ts";
import { inTime } from "../../in_time.ts";
import { type Frame, Kind, ownPayload, readNumbers, readU32, splitHead } from "../protocol/protocol.ts";
import { giveBackMemory, takeMemory } from "../protocol/shared_memory.ts";
import { Wire } from "../protocol/wire.ts";
import { ArrivingAnswers } from "./answers.ts";
import { Health } from "./health.ts";
import type { PendingCall, PoolAnswer } from "./pending_call.ts";
import { type PrintTarget, WorkerPrints } from "./prints.ts";
import { PipedPrints } from "./piped_prints.ts";
import { describeStatus, spawnWorker } from "./spawn.ts";
import { Upload } from "./upload.ts";

/** A worker is given so much work in advance, in milliseconds, */
const AHEAD = 2;
/** but at most so many calls, */
const MOST_AHEAD = 32;
/** and at least two while a call takes less than this: it need not wait for the next one to come. */
const SHORT = 5;
/** A call that runs longer than this is a long one: nothing waits behind it. */
export const LONG = 10;

/** A worker that has closed its connection has so many milliseconds to end. */
const LAST_BREATH = 500;

/** Of so many answered calls it is known whose late prints are. */
const MOST_ANSWERED = 1000;
/** A worker with so many bytes of unread prints is stopped until the server has read most of them. */
const MOST_UNREAD = 1 << 26;

/** What the pool wants to know. */
export interface WorkerEvents {
  /** It takes calls; the payload of its READY. */
  ready(payload: Uint8Array): void;
  /** It may be able to take more. */
  progress(): void;
  /** It is gone. `reason` follows "it"; `message` is what it said itself, if it could not start. */
  ended(worker: WorkerProcess, reason: string, message: string | undefined): void;
}

/** A worker process and its connection. */
export class WorkerProcess {
  /** Sent, whole, and not answered, in the order in which the worker takes them. */
  calls: PendingCall[] = [];
  /** Of these the body is still being sent. */
  readonly uploads = new Map<number, Upload>();
  isReady = false;
  /** The long call that it is kept for, from before it begins to its end. */
  takenBy: PendingCall | undefined;
  /** Did it ever start? */
  wasReady = false;
  /** The call that it worked on when it ended. */
  diedIn: number | undefined;
  /** Did it end for an error of another call? */
  isExcused = false;
  /** It has sent what no worker sends, so user code has: for which call the rest is meant is not known. */
  isBroken = false;
  /** Why it was ended, if it was. */
  #endedFor: string | undefined;
  #health: Health | undefined;
  readonly #memory = takeMemory();
  readonly #prints: WorkerPrints | undefined;
  readonly #pipedPrints: PipedPrints;
  #child: Deno.ChildProcess | undefined;
  #wire: Wire | undefined;
  #answers: ArrivingAnswers | undefined;
  #failure: string | undefined;
  #hasEnded = false;
  #isKilled = false;
  #isSuspended = false;
  /** How long a call takes it, in milliseconds: a moving average. */
  #averageTime = 1;
  /** Since when it works on the first of its calls. */
  #since = 0;
  /** The call that it was in when calls were last to be taken back. */
  #wasIn: number | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  /** The runs of the last calls that were answered, which may print yet. */
  readonly #answered: { readonly id: number; readonly runId: string }[] = [];
  #answeredCount = 0;
  /** Calls that have printed, until that is in the logs of their runs. */
  readonly #printing = new Map<number, Promise<void>>();

  constructor(
    private readonly command: readonly string[],
    private readonly events: WorkerEvents,
    target: PrintTarget,
  ) {
    this.#prints = this.#memory && WorkerPrints.create(target);
    this.#pipedPrints = new PipedPrints(target);
  }

  /** How many calls it is given at a time: the shorter they are, the more. */
  get depth(): number {
    // Whose prints they are that come through pipes can only be told where one call is under way.
    if (!this.#hasPrints || this.#averageTime >= SHORT) return 1;
    return Math.min(MOST_AHEAD, Math.max(2, Math.floor(AHEAD / this.#averageTime)));
  }

  /** How much it has to do: calls, and answers that are still being sent, perhaps only because their clients are slow. */
  get load(): number {
    return this.calls.length + (this.#answers?.count ?? 0);
  }

  /** Has it anything to do, if only a body that still arrives? */
  get isBusy(): boolean {
    return this.load > 0 || this.uploads.size > 0 || this.takenBy !== undefined;
  }

  /** For how long it has worked on the first of its calls. */
  busyFor(now: number): number {
    return this.calls.length === 0 ? 0 : now - this.#since;
  }

  /** Does it work on a body that arrives? */
  isReceiving(now: number, waiting: number): boolean {
    for (const upload of this.uploads.values()) if (upload.isBusy(now, waiting)) return true;
    return false;
  }

  /** Is the end of the worker the fault of this call? To be asked when it has ended. */
  hasDiedIn(call: PendingCall): boolean {
    return call.id === (this.isBroken ? this.calls[0]?.id : this.diedIn);
  }

  /** May it have begun this call? Of a broken one it is only known where it was at last. */
  mayHaveBegun(call: PendingCall): boolean {
    if (call.isUpload || !this.isBroken) return call.isUpload;
    const last = this.calls.findIndex(({ id }) => id === this.diedIn);
    return last < 0 || this.calls.indexOf(call) <= last;
  }

  /** Starts the process, and serves the connection until it ends. */
  async run(): Promise<void> {
    let reason: string;
    try {
      const shared = {
        ...this.#memory && { memory: this.#memory.path },
        ...this.#prints && { prints: this.#prints.path },
      };
      const { conn, child, pipesEnded } = await spawnWorker(
        this.command,
        shared,
        (bytes) => this.#pipedPrints.write(this.calls[0], bytes),
        (child) => {
          this.#child = child;
          if (this.#isKilled) this.kill(); // It was to be killed before it was started.
        },
      );
      const wire = this.#wire = new Wire(conn, false);
      this.#answers = new ArrivingAnswers(wire, () => this.events.progress());
      await wire.read((frame) => this.#take(frame), () => {
        this.events.progress();
        wire.flush();
      });
      this.isReady = false;
      // One that has closed its end but lives on is of no use.
      const timer = setTimeout(() => this.kill(), LAST_BREATH);
      reason = describeStatus(await child.status);
      clearTimeout(timer);
      // What it has printed may still be on its way; but a program that it started may hold the pipes open for long.
      await inTime(pipesEnded, LAST_BREATH, () => "late").catch(() => {});
    } catch (error) {
      this.isBroken = error instanceof RangeError;
      this.kill();
      await this.#child?.status;
      reason = error instanceof Error ? error.message.replace(/^it /, "") : String(error);
    }
    await this.#finish();
    this.events.ended(this, this.#endedFor ?? reason, this.#failure);
  }

  /** Gives it a call. */
  send(call: PendingCall): void {
    const { head, body } = call.request;
    call.attempts++;
    call.request.begun?.();
    if (body instanceof Uint8Array) {
      // Behind another call there is no hurry: when that is answered, all that has come until then goes in one piece.
      this.#wire!.send(Kind.WHOLE, call.id, body, head, this.calls.length > 0);
      this.#push(call);
    } else {
      this.#wire!.send(Kind.OPEN, call.id, undefined, head);
      void this.#upload(call, body);
    }
  }

  /** Takes back all calls behind the first. */
  recall(): PendingCall[] {
    const { id } = this.calls[0]!;
    const isIn = this.#memory?.activity.answering ?? id;
    const wasIn = this.#wasIn;
    this.#wasIn = isIn;
    // After a short call the worker begins the next without a look at what was taken back, which would then be
    // computed twice. So it has to be seen in the first call at two looks.
    if (isIn !== id || wasIn !== id) return [];
    this.#averageTime = LONG;
    const rest = this.calls.filter((call, i) => i > 0 && !call.isUpload);
    for (const call of rest) this.#wire!.send(Kind.RECALL, call.id);
    this.calls = this.calls.filter((call) => !rest.includes(call));
    return rest;
  }

  /** Nobody wants the answer to the first of its calls any more. The worker is ended if that goes on for too long. */
  abandonFirst(grace: number): void {
    this.#wire?.send(Kind.ABORT, this.calls[0]!.id);
    this.#graceTimer ??= setTimeout(() => this.kill(), grace);
  }

  /** Reads what the call that runs has printed until now, unless the server cannot get rid of what it has read. */
  readPrints(isBlocked: boolean): void {
    if (!this.#hasPrints) return;
    if (!isBlocked) this.#prints!.read(this.#memory!.activity, this.calls[0]);
    const { unread } = this.#prints!;
    if (this.#isSuspended ? unread < MOST_UNREAD / 8 : unread > MOST_UNREAD) {
      this.#isSuspended = !this.#isSuspended;
      this.#signal(this.#isSuspended ? "SIGSTOP" : "SIGCONT");
    }
  }

  /** Ends it if it can be told that it will answer no more. */
  checkHealth(now: number): void {
    if (this.#isSuspended) return;
    const fault = this.#health?.check(now, this.#wire?.tornSince);
    if (fault === undefined) return;
    this.isBroken = this.#wire?.tornSince !== undefined;
    this.#endedFor = fault;
    this.kill();
  }

  /** Has it give back what it does not use any more, if that may be much. Returns by how many bytes it has grown. */
  releaseMemory(): number {
    const memory = this.#health!.memory;
    if (!memory.isWorthReleasing()) return memory.growth;
    this.#wire!.send(Kind.RELEASE, 0);
    return 0; // It is not known before the next look.
  }

  /** Ends it once it has nothing to do: another takes its place. `reason` follows "it". */
  retire(reason: string): void {
    this.isReady = false;
    this.#endedFor = reason;
    this.close();
  }

  /** Lets it end by itself, as soon as user code lets it. */
  close(): void {
    const wire = this.#wire;
    wire?.send(Kind.GOODBYE, 0);
    void wire?.flushed().then(() => wire.close());
  }

  kill(): void {
    this.#isKilled = true;
    this.#signal("SIGKILL");
  }

  #signal(signal: Deno.Signal): void {
    if (this.#hasEnded) return;
    try {
      this.#child?.kill(signal);
    } catch {
      // it has ended already
    }
  }

  get #hasPrints(): boolean {
    return this.#prints !== undefined && this.#memory!.activity.isAttached;
  }

  /** The process has ended, and so do the programs that it has started. */
  async #finish(): Promise<void> {
    this.isReady = false;
    this.#hasEnded = true;
    clearTimeout(this.#graceTimer);
    if (this.#child !== undefined) {
      endGroup(this.#child.pid);
      await this.#child.stdin.close().catch(() => {});
    }
    for (const upload of this.uploads.values()) upload.stop();
    this.#answers?.breakOff();
    const memory = this.#memory;
    if (memory === undefined) this.diedIn = this.calls[0]?.id;
    else {
      this.diedIn = memory.activity.answering;
      this.isExcused = memory.activity.isExcused;
      const { call } = memory.activity;
      await this.#prints?.finish(memory.activity, this.calls.find(({ id }) => id === call));
      giveBackMemory(memory);
    }
    await this.#pipedPrints.end();
  }

  #push(call: PendingCall): void {
    if (this.calls.push(call) === 1) this.#since = performance.now();
  }

  #take(frame: Frame): void {
    const { kind, id, payload } = frame;
    switch (kind) {
      case Kind.READY:
        this.isReady = this.wasReady = true;
        this.#health = new Health(this.#child!.pid);
        if (this.#memory?.activity.isAttached) this.#wire!.memory = this.#memory;
        return this.events.ready(payload);
      case Kind.FAILED:
        return void (this.#failure = new TextDecoder().decode(payload));
      case Kind.WHOLE:
        return this.#answer(id, splitHead(payload));
      case Kind.OPEN: {
        const { head, body } = splitHead(payload);
        return this.#answer(id, { head, body: this.#answers!.open(id, body) });
      }
      case Kind.DATA:
        return this.#answers!.push(id, ownPayload(frame));
      case Kind.KEPT:
        return this.#answers!.continueWith(id, new TextDecoder().decode(payload));
      case Kind.END:
      case Kind.ABORT:
        return this.#answers!.end(id, kind === Kind.ABORT);
      case Kind.PRINTED:
        return this.#printed(id, payload);
      case Kind.PRINTED_LATE:
        return this.#printedLate(id, payload);
      case Kind.SYNC:
        return this.#wire!.send(Kind.SYNC, 0);
      case Kind.CREDIT:
        return this.uploads.get(id)?.grant(readU32(payload, 0));
      default:
        throw new RangeError(`a frame of the unknown kind ${kind}`);
    }
  }

  #printed(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const call = this.calls.find((call) => call.id === id);
    if (call === undefined) return;
    const [from, to] = readNumbers(payload) as [number, number];
    this.#printing.set(id, this.#prints!.ended(call, from, to));
  }

  #printedLate(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const [from, to, currentId, before] = readNumbers(payload) as [number, number, number, number];
    const current = this.calls.find((call) => call.id === currentId);
    const call = this.#answered.find((call) => call.id === id) ?? { id, runId: "" };
    this.#prints!.late(call, from, to, current, before);
  }

  /** Passes the answer on, but not before what the call printed is in the log of its run. */
  #answer(id: number, answer: PoolAnswer): void {
    const call = this.#finishCall(id);
    const printing = this.#printing.get(id);
    if (call === undefined || call.isSettled) {
      this.#printing.delete(id);
      if (answer.body instanceof ReadableStream) this.#answers!.cancel(id);
      return;
    }
    if (printing === undefined) return call.answer(answer);
    this.#printing.delete(id);
    void printing.then(() => call.answer(answer));
  }

  /** Takes the call off the list: its answer is there, or begins. */
  #finishCall(id: number): PendingCall | undefined {
    if (this.takenBy?.id === id) this.takenBy = undefined;
    const upload = this.uploads.get(id);
    if (upload !== undefined) {
      upload.stop();
      this.uploads.delete(id);
      return upload.call;
    }
    const at = this.calls[0]?.id === id ? 0 : this.calls.findIndex((call) => call.id === id);
    if (at < 0) return undefined;
    // Only an upload may be answered before its turn, as its beginning can show that it is wrong.
    if (at > 0 && !this.calls[at]!.isUpload) throw new RangeError("an answer to a call that it has not begun");
    if (at === 0) {
      clearTimeout(this.#graceTimer);
      this.#graceTimer = undefined;
    }
    this.#answered[this.#answeredCount++ % MOST_ANSWERED] = { id, runId: this.calls[at]!.runId };
    const now = performance.now();
    this.#averageTime = Math.min(LONG, this.#averageTime * 0.8 + (now - this.#since) * 0.2);
    this.#since = now;
    return at === 0 ? this.calls.shift() : this.calls.splice(at, 1)[0];
  }

  async #upload(call: PendingCall, body: AsyncIterable<Uint8Array>): Promise<void> {
    const upload = new Upload(call, this.#wire!);
    this.uploads.set(call.id, upload);
    const isComplete = await upload.send(body);
    // Then the pool finds the call among those of the worker that have no answer.
    if (this.#hasEnded) return;
    if (this.uploads.delete(call.id) && isComplete) this.#push(call);
    else if (this.takenBy === call) this.takenBy = undefined;
    this.events.progress();
  }
}
