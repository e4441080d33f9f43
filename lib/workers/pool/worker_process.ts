/**
 * One worker in the server: its process and its connection.
 * @module
 */
import { endGroup } from "../../host/process_group.ts";
import { inTime } from "../../in_time.ts";
import { type Frame, FrameKind, ownPayload, readNumbers, readU32, splitHead } from "../protocol/frames.ts";
import { giveBackMemory, takeMemory } from "../protocol/shared_memory.ts";
import { FrameSocket } from "../protocol/frame_socket.ts";
import { IncomingAnswers } from "./incoming_answers.ts";
import { Health } from "./health.ts";
import { MemoryUse } from "./memory_upkeep.ts";
import type { PendingCall, PoolAnswer } from "./pending_call.ts";
import { type PrintTarget, PrintWriter } from "./run_prints.ts";
import { describeStatus, spawnWorker } from "./spawn.ts";
import { Upload } from "./upload.ts";
import { WorkerCalls, type WorkerEnd } from "./worker_calls.ts";
import { WorkerPrints } from "./worker_prints.ts";

/** A worker that has closed its connection has so many milliseconds to end. */
const EXIT_GRACE = 500;
/** A worker with so many bytes of unread prints is stopped until the server has read most of them. */
const MOST_UNREAD = 1 << 26;

/** What a worker reports. */
export interface WorkerEvents {
  /** It takes calls from now on; the payload of its READY. */
  ready(payload: Uint8Array): void;
  /** It may be able to take more calls than before. */
  progress(): void;
  ended(worker: WorkerProcess, end: WorkerEnd): void;
}

/** A worker process and its connection. It starts at once. */
export class WorkerProcess {
  readonly calls = new WorkerCalls();
  isReady = false;
  /** Was it ever ready? */
  wasReady = false;
  /** Resolves when it has ended, and that is reported. */
  readonly ended: Promise<void>;
  /** How much memory the process takes; `undefined` until it is ready. */
  memory: MemoryUse | undefined;
  #health: Health | undefined;
  /** Memory that both processes have mapped; `undefined` where the system has none. */
  readonly #shared = takeMemory();
  readonly #prints: WorkerPrints | undefined;
  /** Writes what it prints through pipes: all before it has opened its print file, or everything where there is none. */
  readonly #pipedPrints: PrintWriter;
  #child: Deno.ChildProcess | undefined;
  #socket: FrameSocket | undefined;
  #answers: IncomingAnswers | undefined;
  /** Why it could not start, in its own words. */
  #message: string | undefined;
  /** Why the server ended it, if it did. */
  #endedFor: string | undefined;
  #isBroken = false;
  #hasEnded = false;
  #isSuspended = false;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly command: readonly string[],
    target: PrintTarget,
    private readonly events: WorkerEvents,
  ) {
    this.#prints = this.#shared && WorkerPrints.create(target, this.#shared.activity);
    this.#pipedPrints = new PrintWriter(target);
    this.ended = this.#run();
  }

  /** How much it has to do: calls, and answers that it is still sending, perhaps only because their clients are slow. */
  get load(): number {
    return this.calls.sent.length + (this.#answers?.count ?? 0);
  }

  /** Has it anything to do? */
  get isBusy(): boolean {
    return this.load > 0 || !this.calls.isEmpty;
  }

  /** May it be given this call now? `waiting`: how many uploads wait for a worker. */
  mayTake(call: PendingCall, waiting: number): boolean {
    if (!this.isReady || !this.calls.hasRoom) return false;
    if (call.isExclusive && this.isBusy) return false;
    return !call.isUpload || !this.calls.isReceiving(waiting);
  }

  async #run(): Promise<void> {
    let reason: string;
    try {
      reason = await this.#serve();
    } catch (error) {
      this.#isBroken = error instanceof RangeError;
      this.kill();
      await this.#child?.status;
      reason = error instanceof Error ? error.message.replace(/^it /, "") : String(error);
    }
    this.events.ended(this, await this.#finish(this.#endedFor ?? reason));
  }

  /** Starts the process, and serves the connection until it ends. Resolves with how the process ended. */
  async #serve(): Promise<string> {
    const { conn, child, pipesEnded } = await spawnWorker(
      this.command,
      { ...this.#shared && { memory: this.#shared.path }, ...this.#prints && { prints: this.#prints.path } },
      (bytes) => this.#pipedPrints.write(this.calls.sent[0], bytes),
      (child) => this.#child = child,
    );
    const socket = this.#socket = new FrameSocket(conn, false);
    this.#answers = new IncomingAnswers(socket, () => this.events.progress());
    await socket.read((frame) => this.#receive(frame), () => {
      this.events.progress();
      socket.flush();
    });
    this.isReady = false;
    const timer = setTimeout(() => this.kill(), EXIT_GRACE);
    const reason = describeStatus(await child.status);
    clearTimeout(timer);
    // Its last output may still come through the pipes; but a program that it started may hold them open for long.
    await inTime(pipesEnded, EXIT_GRACE, () => "late").catch(() => {});
    return reason;
  }

  /** The process has ended: ends the programs that it has started, and reads what it has printed. */
  async #finish(reason: string): Promise<WorkerEnd> {
    this.isReady = false;
    this.#hasEnded = true;
    clearTimeout(this.#graceTimer);
    if (this.#child !== undefined) {
      endGroup(this.#child.pid);
      await this.#child.stdin.close().catch(() => {});
    }
    for (const { outgoing } of this.calls.uploads.values()) outgoing.stop();
    this.#answers?.breakOff();
    const activity = this.#shared?.activity;
    const end: WorkerEnd = {
      reason,
      message: this.#message,
      lastCall: activity === undefined ? this.calls.sent[0]?.id : activity.answering,
      causedByEarlierCall: activity?.hasFailedForEarlierCall ?? false,
      isBroken: this.#isBroken,
    };
    await this.#prints?.finish((id) => this.calls.find(id));
    if (this.#shared !== undefined) giveBackMemory(this.#shared);
    await this.#pipedPrints.end();
    return end;
  }

  /** Gives it a call. */
  send(call: PendingCall): void {
    const { head, body } = call.request;
    call.attempts++;
    call.request.begun?.();
    if (body instanceof Uint8Array) {
      // Behind another call it need not be sent at once: all that come until that is answered are sent in one write.
      this.#socket!.send(FrameKind.WHOLE, call.id, body, head, this.calls.sent.length > 0);
      this.calls.push(call);
    } else {
      this.#socket!.send(FrameKind.OPEN, call.id, undefined, head);
      void this.#upload(call, body);
    }
  }

  /** Takes back the calls behind the first, which takes long. Returns those that the worker will not begin. */
  recall(): PendingCall[] {
    const calls = this.calls.recall(this.#shared?.activity.answering);
    for (const { id } of calls) this.#socket!.send(FrameKind.RECALL, id);
    return calls;
  }

  /** The answer to the first of its calls is not wanted any more. If the call does not end in time, the worker is ended. */
  abandonFirst(grace: number): void {
    this.#socket?.send(FrameKind.ABORT, this.calls.sent[0]!.id);
    this.#graceTimer ??= setTimeout(() => this.kill(), grace);
  }

  /** Reads what has been printed until now, unless the server `isBlocked`: its own stderr is not read fast enough. */
  readPrints(isBlocked: boolean): void {
    if (!this.#hasPrints) return;
    if (!isBlocked) this.#prints!.read(this.calls.sent[0]);
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

  releaseMemory(): void {
    this.#socket!.send(FrameKind.RELEASE, 0);
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
    return this.#prints !== undefined && this.#shared!.activity.isAttached;
  }

  #receive(frame: Frame): void {
    const { kind, id, payload } = frame;
    switch (kind) {
      case FrameKind.READY:
        this.isReady = this.wasReady = true;
        this.#health = new Health(this.#child!.pid);
        this.memory = new MemoryUse(this.#child!.pid);
        if (this.#shared?.activity.isAttached) this.#socket!.memory = this.#shared;
        // Which call printed what comes through a pipe can only be told if the worker has one call.
        this.calls.oneAtATime = !this.#hasPrints;
        return this.events.ready(payload);
      case FrameKind.FAILED:
        this.#message = new TextDecoder().decode(payload);
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
        return this.calls.uploads.get(id)?.outgoing.grant(readU32(payload, 0));
      default:
        throw new RangeError(`a frame of the unknown kind ${kind}`);
    }
  }

  #printed(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const call = this.calls.find(id);
    const [from, to] = readNumbers(payload) as [number, number];
    if (call !== undefined) this.#prints!.ended(call, from, to);
  }

  #printedLate(id: number, payload: Uint8Array<ArrayBuffer>): void {
    const [from, to, currentId, before] = readNumbers(payload) as [number, number, number, number];
    this.#prints!.late(id, from, to, this.calls.find(currentId), before, this.calls.find(id));
  }

  /** Passes the answer on, once what the call printed is in the log of its run. */
  #answer(id: number, answer: PoolAnswer): void {
    if (this.calls.sent[0]?.id === id) {
      clearTimeout(this.#graceTimer);
      this.#graceTimer = undefined;
    }
    const call = this.calls.remove(id);
    if (call !== undefined) this.#prints?.answered(call);
    const written = this.#prints?.written(id);
    if (call === undefined || call.isSettled) {
      if (answer.body instanceof ReadableStream) this.#answers!.cancel(id);
      return;
    }
    if (written === undefined) return call.answer(answer);
    void written.then(() => call.answer(answer));
  }

  async #upload(call: PendingCall, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { calls } = this;
    const upload = new Upload(call, this.#socket!);
    calls.uploads.set(call.id, upload);
    const isComplete = await upload.send(body);
    // It has ended, or is about to, which takes a moment after its connection: the pool finds the call in `uploads`.
    if (this.#hasEnded || this.#socket!.isClosed) return;
    if (calls.uploads.delete(call.id) && isComplete) calls.push(call);
    else if (calls.reservedFor === call) calls.reservedFor = undefined;
    this.events.progress();
  }
}
