/**
 * A worker receives calls, computes one after the other, in the order in which their bodies are complete, and answers.
 * @module
 */
import { releaseMemory } from "../../host/memory.ts";
import { BodyAborted } from "../body_errors.ts";
import { IncomingBody } from "../protocol/flow_control.ts";
import { type Frame, FrameKind, readU32, splitHead } from "../protocol/frames.ts";
import { BetweenCalls } from "./between_calls.ts";
import type { Connection } from "./connect.ts";
import { type CallAnswer, OutgoingAnswers } from "./outgoing_answers.ts";

/**
 * Answers a call. Rejects only with `BodyAborted`: then no answer is wanted. `signal` makes a signal that fires when the
 * answer is not wanted any more.
 */
export type Handle = (
  head: string,
  body: Iterable<Uint8Array<ArrayBuffer>> | IncomingBody,
  signal?: () => AbortSignal,
) => Promise<CallAnswer>;

/** A copy, because user code may replace it. */
const { exit } = Deno;

/** The answer if making or sending one has failed: made here, before user code can change what it is made with. */
const FAILED_HEAD = '{"status":500,"contentType":"application/json"}';
const FAILED_BODY = new TextEncoder().encode('{"detail":"Internal Server Error"}');

/** A call that is not answered. Its signal is made only when it is asked for. */
class Call {
  #controller: AbortController | undefined;

  /** `answer` is called, with this call, when it is its turn. `body`: if it arrives in pieces. */
  constructor(
    readonly id: number,
    readonly answer: (call: Call) => Promise<CallAnswer>,
    readonly body?: IncomingBody,
  ) {}

  readonly signal = (): AbortSignal => (this.#controller ??= new AbortController()).signal;

  abort(): void {
    (this.#controller ??= new AbortController()).abort(new DOMException("Nobody waits for the result", "AbortError"));
  }
}

/**
 * Takes calls until the connection is closed. Resolves with whether the server has announced that (GOODBYE).
 *
 * A large body is decoded while it arrives, beside other calls. But its end is held back until the calls before it are
 * answered, and user code runs only after that. So a slow upload delays no other call, and user code never runs twice at
 * the same time.
 */
export async function serveCalls(connection: Connection, handle: Handle): Promise<boolean> {
  const calls = new Calls(connection, handle);
  // Calls begin only when all frames that have arrived are read: a later frame may take a call back.
  await connection.socket.read((frame) => calls.take(frame), () => calls.run());
  return calls.isClosing;
}

/** The calls of a worker. */
class Calls {
  /** Has the server announced that it is about to close the connection? */
  isClosing = false;
  readonly #replies: OutgoingAnswers;
  readonly #between: BetweenCalls;
  /** Those whose bodies are still arriving, by id. */
  readonly #arriving = new Map<number, Call>();
  /** Those whose bodies are complete. */
  #queue: Call[] = [];
  #current: Call | undefined;
  #isRunning = false;

  constructor(private readonly connection: Connection, private readonly handle: Handle) {
    this.#replies = new OutgoingAnswers(connection.socket);
    this.#between = new BetweenCalls(connection.socket);
    connection.answersSent = () => this.#replies.sent();
  }

  /** Deals with a frame of the server. */
  take({ kind, id, payload, release }: Frame): void {
    switch (kind) {
      case FrameKind.WHOLE: {
        const { head, body } = splitHead(payload);
        this.#queue.push(new Call(id, (call) => this.#compute(call, head, [body])));
        return;
      }
      case FrameKind.OPEN: {
        const { head, body } = splitHead(payload);
        return this.#open(id, head, body);
      }
      case FrameKind.DATA: {
        const arriving = this.#arriving.get(id);
        return arriving === undefined ? release?.() : arriving.body!.push({ payload, release });
      }
      case FrameKind.END: {
        const complete = this.#arriving.get(id);
        if (this.#arriving.delete(id)) this.#queue.push(complete!);
        return;
      }
      case FrameKind.ABORT:
        return this.#abort(id);
      case FrameKind.CREDIT:
        return this.#replies.grant(id, readU32(payload, 0));
      case FrameKind.RECALL:
        this.#queue = this.#queue.filter((call) => call.id !== id);
        return;
      case FrameKind.SYNC:
        return this.#between.onSync();
      case FrameKind.RELEASE:
        return void releaseMemory();
      case FrameKind.GOODBYE:
        this.isClosing = true;
    }
  }

  #open(id: number, head: string, beginning: Uint8Array<ArrayBuffer>): void {
    const body = new IncomingBody(this.connection.socket, id);
    body.push({ payload: beginning });
    const answer = () => {
      body.end();
      return reply;
    };
    const call = new Call(id, answer, body);
    const reply = this.#compute(call, head, body);
    this.#arriving.set(id, call);
    // An answer before the body is complete can only say that it is invalid: the rest is not waited for.
    const early = () => {
      body.drop();
      if (this.#arriving.delete(id)) {
        reply.then((answer) => this.#replies.send(id, answer)).catch((error) => this.#failed(id, error));
      }
    };
    reply.then(early, early);
  }

  #abort(id: number): void {
    if (this.#current?.id === id) this.#current.abort();
    const arriving = this.#arriving.get(id);
    if (arriving === undefined) return this.#replies.stop(id);
    this.#arriving.delete(id);
    arriving.body!.end(new BodyAborted("the client went away"));
  }

  /** Runs user code. What it prints is known to be of this call. */
  #compute(call: Call, head: string, body: Parameters<Handle>[1]): Promise<CallAnswer> {
    const { prints } = this.connection;
    const work = () => this.handle(head, body, call.signal);
    return prints === undefined ? work() : prints.run(call.id, work);
  }

  /** Answers the calls that are queued, one after the other. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { prints } = this.connection;
    let start = performance.now();
    for (let call; !this.connection.isEnding && (call = this.#queue.shift()) !== undefined;) {
      this.#current = call;
      prints?.begin(call.id);
      try {
        let reply: CallAnswer;
        try {
          reply = await call.answer(call);
        } finally {
          prints?.end();
        }
        const sending = this.#replies.send(call.id, reply);
        if (sending !== undefined) await sending;
      } catch (error) {
        await this.#failed(call.id, error);
      }
      prints?.answered();
      this.#current = undefined;
      const now = performance.now();
      const pause = this.#between.pauseAfter(now - start, this.#queue.length > 0);
      start = now;
      if (pause === undefined) continue;
      await pause;
      start = performance.now();
    }
    this.#isRunning = false;
  }

  /** Answering has failed, perhaps because user code has changed what this process runs: it answers 500 and ends. */
  async #failed(id: number, error: unknown): Promise<void> {
    if (error instanceof BodyAborted) return;
    if (!this.#replies.hasBegun(id)) this.connection.socket.send(FrameKind.WHOLE, id, FAILED_BODY, FAILED_HEAD);
    await this.connection.socket.flushed();
    try {
      console.error("A call could not be answered:", error);
    } finally {
      exit(1);
    }
  }
}
