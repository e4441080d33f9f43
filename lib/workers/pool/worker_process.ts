/**
 * One worker in the server: its process, its connection, the calls that it was given, and how many more it may get.
 * @module
 */
import { endGroup } from "../../host/process_group.ts";
import { inTime } from "../../in_time.ts";
import { type Frame, FrameKind, ownPayload, readNumbers, readU32, splitHead } from "../protocol/frames.ts";
import { giveBackMemory, takeMemory } from "../protocol/shared_memory.ts";
import { FrameSocket } from "../protocol/frame_socket.ts";
import { IncomingAnswers } from "./incoming_answers.ts";
import { Health } from "./health.ts";
import type { PendingCall, PoolAnswer } from "./pending_call.ts";
import { type PrintTarget, WorkerPrints } from "./worker_prints.ts";
import { PrintWriter } from "./print_writer.ts";
import { describeStatus, spawnWorker } from "./spawn.ts";
import { Upload } from "./upload.ts";

/** A worker is sent calls in advance, for so many milliseconds of work. */
const WORK_AHEAD = 2;
/** It has at most so many calls at a time, however short they are. */
const MOST_CALLS_AHEAD = 32;
/** A call of fewer milliseconds is short: of these it has at least two, so that it need not wait for the next one. */
const SHORT_CALL = 5;
/** A call of more milliseconds is long: those that wait behind it are given to other workers. */
export const LONG_CALL = 10;

/** A worker that has closed its connection has so many milliseconds to end. */
const EXIT_GRACE = 500;

/** A worker with so many bytes of unread prints is stopped until the server has read most of them. */
const MOST_UNREAD = 1 << 26;

/** What a worker tells the pool. */
export interface WorkerEvents {
  /** It takes calls from now on; the payload of its READY. */
  ready(payload: Uint8Array): void;
  /** It may be able to take more calls than before. */
  progress(): void;
  /** It has ended. `reason` follows "it"; `message` is its own, if it could not start. */
  ended(worker: WorkerProcess, reason: string, message: string | undefined): void;
}

/** A worker process and its connection. */
export class WorkerProcess {
  /** Calls that were sent, with their whole bodies, and are not answered, in the order in which the worker takes them. */
  calls: PendingCall[] = [];
  /** Calls whose bodies are still being sent, by id. */
  readonly uploads = new Map<number, Upload>();
  isReady = false;
  /** The exclusive call that it is reserved for, until that has ended. */
  reservedFor: PendingCall | undefined;
  /** Was it ever ready? */
  wasReady = false;
  /** The call that it worked on when it ended. */
  #diedIn: number | undefined;
  /** Did it end because of an error in code that an earlier call had started? */
  #hasFailedForEarlierCall = false;
  /** Has it sent what is no valid frame, because user code wrote to the socket? Then its last frames cannot be trusted. */
  #isBroken = false;
  /** Why the server ended it, if it did. */
  #endedFor: string | undefined;
  #health: Health | undefined;
  readonly #memory = takeMemory();
  readonly #prints: WorkerPrints | undefined;
  /** Writes what it prints through pipes: all before it has opened its print file, or everything where there is none. */
  readonly #pipedPrints: PrintWriter;
  #child: Deno.ChildProcess | undefined;
  #socket: FrameSocket | undefined;
  #answers: IncomingAnswers | undefined;
  #failure: string | undefined;
  #hasEnded = false;
  #isKilled = false;
  #isSuspended = false;
  /** How long a call takes it, in milliseconds: a moving average. */
  #averageTime = 1;
  /** Since when it has worked on the first of its calls. */
  #since = 0;
  /** The call that it worked on when `recall` was last called. */
  #callAtRecall: number | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly command: readonly string[],
    private readonly events: WorkerEvents,
    target: PrintTarget,
  ) {
    this.#prints = this.#memory && WorkerPrints.create(target);
    this.#pipedPrints = new PrintWriter(target);
  }

  /** How many calls it may have at a time: the shorter they are, the more. */
  get depth(): number {
    // Which call printed what comes through a pipe can only be told if the worker has one call.
    if (!this.#hasPrints || this.#averageTime >= SHORT_CALL) return 1;
    return Math.min(MOST_CALLS_AHEAD, Math.max(2, Math.floor(WORK_AHEAD / this.#averageTime)));
  }

  /** How much it has to do: calls, and answers that it is still sending, perhaps only because their clients are slow. */
  get load(): number {
    return this.calls.length + (this.#answers?.count ?? 0);
  }

  /** Has it anything to do? */
  get isBusy(): boolean {
    return this.load > 0 || this.uploads.size > 0 || this.reservedFor !== undefined;
  }

  /** For how many milliseconds it has worked on the first of its calls. */
  busyFor(now: number): number {
    return this.calls.length === 0 ? 0 : now - this.#since;
  }

  /** Is it sent a body that is not stalled? `waiting`: how many other uploads wait for a worker. */
  isReceiving(now: number, waiting: number): boolean {
    for (const upload of this.uploads.values()) if (!upload.isStalled(now, waiting)) return true;
    return false;
  }

  /** After its end: refuses a call that it may have begun. Returns false for another, which can be repeated elsewhere. */
  refuseIfBegun(call: PendingCall, reason: string): boolean {
    if (call.id === this.#diedIn && this.#hasFailedForEarlierCall) {
      call.refuse("interrupted", "The worker was lost to an error of an earlier call; send it again");
    } else if (call.id === (this.#isBroken ? this.calls[0]?.id : this.#diedIn)) {
      call.refuse("died", `The worker ${reason} while it worked on this call`);
    } else if (this.#mayHaveBegun(call)) call.refuse("interrupted", "The worker was lost; send it again");
    else return false;
    return true;
  }

  /** Part of an upload is gone. A broken worker may have begun all calls up to the one that it noted last. */
  #mayHaveBegun(call: PendingCall): boolean {
    if (call.isUpload || !this.#isBroken) return call.isUpload;
    const last = this.calls.findIndex(({ id }) => id === this.#diedIn);
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
          if (this.#isKilled) this.kill(); // `kill` was called before there was a process.
        },
      );
      const socket = this.#socket = new FrameSocket(conn, false);
      this.#answers = new IncomingAnswers(socket, () => this.events.progress());
      await socket.read((frame) => this.#receive(frame), () => {
        this.events.progress();
        socket.flush();
      });
      this.isReady = false;
      const timer = setTimeout(() => this.kill(), EXIT_GRACE);
      reason = describeStatus(await child.status);
      clearTimeout(timer);
      // Its last output may still come through the pipes; but a program that it started may hold them open for long.
      await inTime(pipesEnded, EXIT_GRACE, () => "late").catch(() => {});
    } catch (error) {
      this.#isBroken = error instanceof RangeError;
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
      // Behind another call it need not be sent at once: all that come until that is answered are sent in one write.
      this.#socket!.send(FrameKind.WHOLE, call.id, body, head, this.calls.length > 0);
      this.#push(call);
    } else {
      this.#socket!.send(FrameKind.OPEN, call.id, undefined, head);
      void this.#upload(call, body);
    }
  }

  /** Takes back all calls behind the first, which takes long. Returns those that the worker will not begin. */
  recall(): PendingCall[] {
    const { id } = this.calls[0]!;
    const current = this.#memory?.activity.answering ?? id;
    const before = this.#callAtRecall;
    this.#callAtRecall = current;
    // After a short call the worker begins the next before it reads a RECALL, and it would be computed twice. So the worker
    // must have been in the first call when this was called before, too: then it reads frames before the next call.
    if (current !== id || before !== id) return [];
    this.#averageTime = LONG_CALL;
    const rest = this.calls.filter((call, i) => i > 0 && !call.isUpload);
    for (const call of rest) this.#socket!.send(FrameKind.RECALL, call.id);
    this.calls = this.calls.filter((call) => !rest.includes(call));
    return rest;
  }

  /** The answer to the first of its calls is not wanted any more. If the call does not end in time, the worker is ended. */
  abandonFirst(grace: number): void {
    this.#socket?.send(FrameKind.ABORT, this.calls[0]!.id);
    this.#graceTimer ??= setTimeout(() => this.kill(), grace);
  }

  /** Reads what has been printed until now, unless the server `isBlocked`: its own stderr is not read fast enough. */
  readPrints(isBlocked: boolean): void {
    if (!this.#hasPrints) return;
    if (!isBlocked) this.#prints!.read(this.#memory!.activity, this.calls[0]);
    const { unread } = this.#prints!;
    if (this.#isSuspended ? unread < MOST_UNREAD / 8 : unread > MOST_UNREAD) {
      this.#isSuspended = !this.#isSuspended;
      this.#signal(this.#isSuspended ? "SIGSTOP" : "SIGCONT");
    }
  }

  /** Ends it if it does not work any more. */
  checkHealth(now: number): void {
    if (this.#isSuspended) return;
    const fault = this.#health?.check(now, this.#socket?.partialFrameSince);
    if (fault === undefined) return;
    this.#isBroken = this.#socket?.partialFrameSince !== undefined;
    this.#endedFor = fault;
    this.kill();
  }

  /** Has it release memory, if that may be much. Returns by how many bytes it has grown, as far as it keeps them. */
  releaseMemory(): number {
    const memory = this.#health!.memory;
    if (!memory.isWorthReleasing()) return memory.growth;
    this.#socket!.send(FrameKind.RELEASE, 0);
    return 0; // The next call of this shows what it keeps.
  }

  /** Ends an idle worker, which is then replaced. `reason` follows "it". */
  retire(reason: string): void {
    this.isReady = false;
    this.#endedFor = reason;
    this.close();
  }

  /** Lets it end by itself, as soon as its event loop runs. */
  close(): void {
    const socket = this.#socket;
    socket?.send(FrameKind.GOODBYE, 0);
    void socket?.flushed().then(() => socket.close());
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

  /** The process has ended: ends the programs that it has started, and reads what it has printed. */
  async #finish(): Promise<void> {
    this.isReady = false;
    this.#hasEnded = true;
    clearTimeout(this.#graceTimer);
    if (this.#child !== undefined) {
      endGroup(this.#child.pid);
      await this.#child.stdin.close().catch(() => {});
    }
    for (const { outgoing } of this.uploads.values()) outgoing.stop();
    this.#answers?.breakOff();
    const memory = this.#memory;
    if (memory === undefined) this.#diedIn = this.calls[0]?.id;
    else {
      this.#diedIn = memory.activity.answering;
      this.#hasFailedForEarlierCall = memory.activity.hasFailedForEarlierCall;
      const { computing } = memory.activity;
      await this.#prints?.finish(memory.activity, this.calls.find(({ id }) => id === computing));
      giveBackMemory(memory);
    }
    await this.#pipedPrints.end();
  }

  #push(call: PendingCall): void {
    if (this.calls.push(call) === 1) this.#since = performance.now();
  }

  #receive(frame: Frame): void {
    const { kind, id, payload } = frame;
    switch (kind) {
      case FrameKind.READY:
        this.isReady = this.wasReady = true;
        this.#health = new Health(this.#child!.pid);
        if (this.#memory?.activity.isAttached) this.#socket!.memory = this.#memory;
        return this.events.ready(payload);
      case FrameKind.FAILED:
        this.#failure = new TextDecoder().decode(payload);
        return;
      case FrameKind.WHOLE:
        return this.#answer(id, splitHead(payload));
      case FrameKind.OPEN: {
        const { head, body } = splitHead(payload);
        return this.#answer(id, { head, body: this.#answers!.open(id, body) });
      }
      case FrameKind.DATA:
        return this.#answers!.push(id, ownPayload(frame));
      case FrameKind.ON_DISK:
        return this.#answers!.continueWith(id, new TextDecoder().decode(payload));
      case FrameKind.END:
        return this.#answers!.end(id, false);
      case FrameKind.ABORT:
        return this.#answers!.end(id, true);
      case FrameKind.PRINTED:
        return this.#printed(id, payload);
      case FrameKind.PRINTED_LATE:
        return this.#printedLate(id, payload);
      case FrameKind.SYNC:
        return this.#socket!.send(FrameKind.SYNC, 0);
      case FrameKind.CREDIT:
        return this.uploads.get(id)?.outgoing.grant(readU32(payload, 0));
      default:
        throw new RangeError(`a frame of the unknown kind ${kind}`);
    }
  }

  #printed(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const call = this.calls.find((call) => call.id === id);
    const [from, to] = readNumbers(payload) as [number, number];
    if (call !== undefined) this.#prints!.ended(call, from, to);
  }

  #printedLate(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const [from, to, currentId, before] = readNumbers(payload) as [number, number, number, number];
    this.#prints!.late(id, from, to, this.calls.find((call) => call.id === currentId), before);
  }

  /** Passes the answer on, once what the call printed is in the log of its run. */
  #answer(id: number, answer: PoolAnswer): void {
    const call = this.#finishCall(id);
    const written = this.#prints?.written(id);
    if (call === undefined || call.isSettled) {
      if (answer.body instanceof ReadableStream) this.#answers!.cancel(id);
      return;
    }
    if (written === undefined) return call.answer(answer);
    void written.then(() => call.answer(answer));
  }

  /** Takes the call off the list, when the head of its answer is there. */
  #finishCall(id: number): PendingCall | undefined {
    if (this.reservedFor?.id === id) this.reservedFor = undefined;
    const upload = this.uploads.get(id);
    if (upload !== undefined) {
      upload.outgoing.stop();
      this.uploads.delete(id);
      return upload.call;
    }
    const at = this.calls[0]?.id === id ? 0 : this.calls.findIndex((call) => call.id === id);
    if (at < 0) return undefined;
    // Only an upload may be answered before earlier calls: the beginning of its body may show that it is invalid.
    if (at > 0 && !this.calls[at]!.isUpload) throw new RangeError("an answer to a call that it has not begun");
    if (at === 0) {
      clearTimeout(this.#graceTimer);
      this.#graceTimer = undefined;
    }
    this.#prints?.answered(this.calls[at]!);
    const now = performance.now();
    this.#averageTime = Math.min(LONG_CALL, this.#averageTime * 0.8 + (now - this.#since) * 0.2);
    this.#since = now;
    return at === 0 ? this.calls.shift() : this.calls.splice(at, 1)[0];
  }

  async #upload(call: PendingCall, body: AsyncIterable<Uint8Array>): Promise<void> {
    const upload = new Upload(call, this.#socket!);
    this.uploads.set(call.id, upload);
    const isComplete = await upload.send(body);
    // It has ended, or is about to, which takes a moment after its connection: the pool finds the call in `uploads`.
    if (this.#hasEnded || this.#socket!.isClosed) return;
    if (this.uploads.delete(call.id) && isComplete) this.#push(call);
    else if (this.reservedFor === call) this.reservedFor = undefined;
    this.events.progress();
  }
}
