/**
 * One worker, as the server sees it: what it is working on, and how much more it may be given.
 * @module
 */
import { Inflow, Outflow } from "../protocol/flow.ts";
import type { Job, PoolAnswer } from "./job.ts";
import { Prints, type PrintSink } from "./prints.ts";
import { type Frame, Kind, ownPayload, readU32, splitHead } from "../protocol/protocol.ts";
import { giveBackMemory, type ServerMemory, takeMemory } from "../protocol/shared_memory.ts";
import { describeStatus, spawnWorker } from "./spawn.ts";
import { Wire } from "../protocol/wire.ts";

/** A worker is given so much work in advance, in milliseconds, */
const AHEAD = 2;
/** but at most so many calls. */
const MOST_AHEAD = 32;
/** A call that runs longer than this is a long one: nothing waits behind it. */
export const LONG = 10;

/** A worker that has closed its connection has so many milliseconds to end. */
const LAST_BREATH = 500;

/** What the pool wants to know. */
export interface WorkerEvents {
  /** It takes calls; the payload of its READY. */
  ready(payload: Uint8Array): void;
  /** It may be able to take more. */
  progress(): void;
  /** It is gone. `reason` follows "it"; `message` is what it said itself, if it could not start. */
  ended(worker: WorkerProcess, reason: string, message: string | undefined): void;
}

/** Why an answer does not go on: without a stack, as Deno writes it to stderr. */
function brokenOff(reason: string): Error {
  const error = new Error(reason);
  error.stack = String(error);
  return error;
}

/** A worker process and its connection. */
export class WorkerProcess {
  /** Sent, whole, and not answered, in the order in which the worker takes them. */
  jobs: Job[] = [];
  /** Of this one the body is still being sent. */
  upload: Job | undefined;
  isReady = false;
  /** Did it ever start? */
  wasReady = false;
  #child: Deno.ChildProcess | undefined;
  #wire: Wire | undefined;
  /** For pieces of bodies, from the first on; `null`: there is none to be had. */
  #memory: ServerMemory | null | undefined;
  #failure: string | undefined;
  #uploadFlow: Outflow | undefined;
  /** Bodies of answers that still arrive. */
  readonly #answers = new Map<number, Inflow>();
  /** How long a call takes it, in milliseconds: a moving average. */
  #pace = 1;
  /** Since when it works on the first of its jobs. */
  #since = 0;
  #lastLabel = "";
  readonly #prints: Prints;
  /** Calls that have printed, and whose answers are held until their prints are written. */
  readonly #held = new Map<number, { readonly label: string; readonly printed: Promise<void> }>();

  constructor(
    private readonly command: readonly string[],
    private readonly events: WorkerEvents,
    sink: PrintSink,
  ) {
    this.#prints = new Prints(sink, {
      labelOf: (id) => this.#callOf(id)?.label ?? this.#held.get(id)?.label ?? "",
      guess: () => {
        const running = this.jobs[0]?.call.label;
        return { label: running ?? this.#lastLabel, running: running !== undefined };
      },
    });
  }

  /** How many calls it is given at a time: the shorter they are, the more. */
  get depth(): number {
    return Math.min(MOST_AHEAD, Math.max(1, Math.floor(AHEAD / this.#pace)));
  }

  /** How much it has to do: calls, and answers that are still being sent, perhaps only because their clients are slow. */
  get load(): number {
    return this.jobs.length + this.#answers.size;
  }

  /** For how long it has worked on the first of its jobs. */
  busyFor(now: number): number {
    return this.jobs.length === 0 ? 0 : now - this.#since;
  }

  /** Starts the process, and serves the connection until it ends. */
  async run(): Promise<void> {
    let reason: string;
    try {
      const { conn, child, printed } = await spawnWorker(this.command, this.#prints, (child) => this.#child = child);
      const wire = this.#wire = new Wire(conn, false);
      await wire.read((frame) => this.#take(frame), () => {
        this.events.progress();
        wire.flush();
      });
      this.isReady = false;
      // One that has closed its end but lives on is of no use.
      const timer = setTimeout(() => this.kill(), LAST_BREATH);
      reason = describeStatus(await child.status);
      clearTimeout(timer);
      await this.#lastWords(printed);
    } catch (error) {
      this.kill();
      reason = error instanceof Error ? error.message.replace(/^it /, "") : String(error);
    }
    this.isReady = false;
    const memory = this.#memory;
    if (memory) void this.#child!.status.then(() => giveBackMemory(memory));
    this.#uploadFlow?.stop();
    for (const body of this.#answers.values()) body.end(brokenOff("the worker ended"));
    this.events.ended(this, reason, this.#failure);
  }

  /** Gives it a call. */
  send(job: Job): void {
    const { head, body } = job.call;
    this.#lastLabel = job.call.label;
    job.call.begun?.();
    if (body instanceof Uint8Array) {
      // Behind another call there is no hurry: when that is answered, all that has come until then goes in one piece.
      this.#wire!.send(Kind.WHOLE, job.id, body, head, this.jobs.length > 0);
      this.#push(job);
    } else {
      this.#wire!.send(Kind.OPEN, job.id, undefined, head);
      void this.#sendBody(job, body);
    }
  }

  /** Takes back all calls behind the first. */
  recall(): Job[] {
    this.#pace = LONG;
    const rest = this.jobs.filter((job, i) => i > 0 && job.call.body instanceof Uint8Array);
    for (const job of rest) this.#wire!.send(Kind.RECALL, job.id);
    this.jobs = this.jobs.filter((job) => !rest.includes(job));
    return rest;
  }

  /** Was the first of its calls the one that it worked on when it ended? Else that was an answer on its way. */
  get diedInFirst(): boolean {
    return this.#answers.size === 0;
  }

  /** Lets it end by itself, as soon as user code lets it. */
  close(): void {
    this.#wire?.close();
  }

  kill(): void {
    try {
      this.#child?.kill("SIGKILL");
    } catch {
      // it has ended already
    }
  }

  /** What it has printed may still be on its way; but a program that it started may hold the stream open for long. */
  async #lastWords(printed: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([printed, new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_BREATH))]);
    clearTimeout(timer);
  }

  #push(job: Job): void {
    if (this.jobs.push(job) === 1) this.#since = performance.now();
  }

  #callOf(id: number) {
    return (this.jobs.find((job) => job.id === id) ?? (this.upload?.id === id ? this.upload : undefined))?.call;
  }

  /** Offers the worker memory for pieces of bodies. */
  #share(): void {
    if (this.#memory !== undefined) return;
    this.#memory = takeMemory() ?? null;
    if (this.#memory) this.#wire!.send(Kind.MEMORY, 0, new TextEncoder().encode(this.#memory.path));
  }

  #take(frame: Frame): void {
    const { kind, id, payload } = frame;
    switch (kind) {
      case Kind.READY:
        this.isReady = this.wasReady = true;
        return this.events.ready(payload);
      case Kind.FAILED:
        this.#failure = new TextDecoder().decode(payload);
        return;
      case Kind.WHOLE:
        return this.#answer(id, splitHead(payload));
      case Kind.OPEN: {
        const { head, body } = splitHead(payload);
        const flow = new Inflow(this.#wire!, id);
        flow.push({ payload: body });
        this.#answers.set(id, flow);
        return this.#answer(id, { head, body: this.#stream(id, flow) });
      }
      case Kind.DATA: {
        this.#share();
        const piece = { payload: ownPayload(frame) };
        this.#answers.get(id)?.push(piece);
        return;
      }
      case Kind.MEMORY:
        this.#wire!.memory = this.#memory ?? undefined;
        return;
      case Kind.END:
        this.#answers.get(id)?.end();
        this.#answers.delete(id);
        return;
      case Kind.ABORT:
        this.#answers.get(id)?.end(brokenOff("the answer broke off"));
        this.#answers.delete(id);
        return;
      case Kind.PRINTED:
        this.#held.set(id, { label: this.#callOf(id)?.label ?? "", printed: this.#prints.ended(id) });
        return;
      case Kind.SYNC:
        return this.#wire!.send(Kind.SYNC, 0);
      case Kind.CREDIT:
        if (this.upload?.id === id) this.#uploadFlow?.grant(readU32(payload, 0));
        return;
    }
  }

  /** Gives the answer to who waits for it, but not before what the call printed is written. */
  #answer(id: number, answer: PoolAnswer): void {
    const job = this.#finish(id);
    const held = this.#held.get(id);
    if (held === undefined) return job?.answer(answer);
    void held.printed.then(() => {
      this.#held.delete(id);
      job?.answer(answer);
    });
  }

  /** Takes the job off the list: its answer is there, or begins. */
  #finish(id: number): Job | undefined {
    if (this.upload?.id === id) {
      const job = this.upload;
      this.#uploadFlow?.stop();
      this.upload = undefined;
      return job;
    }
    const at = this.jobs.findIndex((job) => job.id === id);
    if (at < 0) return undefined;
    const now = performance.now();
    this.#pace = Math.min(LONG, this.#pace * 0.8 + (now - this.#since) * 0.2);
    this.#since = now;
    return this.jobs.splice(at, 1)[0];
  }

  #stream(id: number, flow: Inflow): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await flow.next();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => {
        if (this.#answers.delete(id)) this.#wire!.send(Kind.ABORT, id);
        this.events.progress();
      },
    }, { highWaterMark: 0 });
  }

  async #sendBody(job: Job, body: AsyncIterable<Uint8Array>): Promise<void> {
    this.upload = job;
    this.#share();
    const flow = this.#uploadFlow = new Outflow(this.#wire!, job.id);
    try {
      for await (const chunk of body) {
        await flow.send(chunk);
        if (job.settled) return;
      }
      if (job.settled) return;
      this.#wire!.send(Kind.END, job.id);
      this.#push(job);
    } catch (error) {
      this.#wire!.send(Kind.ABORT, job.id);
      if (!job.settled) job.fail(error);
    } finally {
      if (this.upload === job) this.upload = undefined;
      this.events.progress();
    }
  }
}
