/**
 * A worker receives calls, computes one after the other, in the order in which their bodies are complete, and answers.
 * @module
 */
import { letLoopTurn } from "../../host/event_loop.ts";
import { releaseMemory } from "../../host/memory.ts";
import { BodyAborted } from "../body_errors.ts";
import { IncomingBody } from "../protocol/flow_control.ts";
import { type Frame, FrameKind, readU32, splitHead } from "../protocol/frames.ts";
import type { CallPrints, Connection } from "./connect.ts";
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

/**
 * After a call that took so many milliseconds, a worker reads all that the server has sent: it may have taken calls back.
 * The server does that only behind calls that take 10 ms (LONG_CALL in pool/worker_process.ts).
 */
const READ_AFTER = 5;

/** The answer if making or sending one has failed: made here, before user code can change what it is made with. */
const FAILED_HEAD = '{"status":500,"contentType":"application/json"}';
const FAILED_BODY = new TextEncoder().encode('{"detail":"Internal Server Error"}');

/** A call that is not answered. Its signal is made only when it is asked for. */
class Call {
  #controller: AbortController | undefined;

  constructor(readonly id: number) {}

  readonly signal = (): AbortSignal => (this.#controller ??= new AbortController()).signal;

  abort(): void {
    (this.#controller ??= new AbortController()).abort(new DOMException("Nobody waits for the result", "AbortError"));
  }
}

/** A call whose body is complete. */
interface QueuedCall {
  readonly call: Call;
  answer(): Promise<CallAnswer>;
}

/** A call whose body is still arriving. */
interface ArrivingCall {
  readonly call: Call;
  readonly body: IncomingBody;
  readonly answer: Promise<CallAnswer>;
}

/**
 * Between two calls the event loop turns once, so that a rejection that the first has left unhandled ends the worker before
 * the next begins. Between calls that take less than so many milliseconds it turns only every so many calls, because a turn
 * takes a tenth of their time.
 */
const TINY_CALL = 0.2;
const MOST_WITHOUT_TURN = 8;

/**
 * Takes calls until the connection is closed. Resolves with whether the server has announced that (GOODBYE).
 *
 * A large body is decoded while it arrives, beside other calls. But its end is held back until the calls before it are
 * answered, and user code runs only after that. So a slow upload delays no other call, and user code never runs twice at
 * the same time.
 */
export async function serveCalls(connection: Connection, handle: Handle): Promise<boolean> {
  const { socket, prints } = connection;
  const replies = new OutgoingAnswers(socket);
  connection.answersSent = () => replies.sent();
  const arriving = new Map<number, ArrivingCall>();
  let queue: QueuedCall[] = [];
  let current: Call | undefined;
  let isRunning = false;
  let isClosing = false;
  /** Called when the server has sent a SYNC back. */
  let onSync = () => {};
  /** How long a call takes, in milliseconds. */
  let averageTime = 1;
  let withoutTurn = 0;
  const run: <T>(id: number, work: () => T) => T = prints ? (id, work) => prints.run(id, work) : (_id, work) => work();
  if (prints !== undefined) {
    prints.onLate = ({ call, from, to, current, before }) =>
      sendNumbers(FrameKind.PRINTED_LATE, call, from, to, current, before);
  }

  function sendNumbers(kind: FrameKind, id: number, ...numbers: number[]): void {
    socket.send(kind, id, new Uint8Array(new Float64Array(numbers).buffer));
  }

  async function runQueue(): Promise<void> {
    isRunning = true;
    let start = performance.now();
    for (let next; !connection.isEnding && (next = queue.shift()) !== undefined;) {
      const { call, answer } = next;
      current = call;
      prints?.begin(call.id);
      try {
        let reply: CallAnswer;
        try {
          reply = await answer();
        } finally {
          tellPrints(call.id, prints);
        }
        const sending = replies.send(call.id, reply);
        if (sending !== undefined) await sending;
      } catch (error) {
        await failed(call.id, error);
      }
      prints?.answered();
      current = undefined;
      const now = performance.now();
      averageTime = averageTime * 0.9 + (now - start) * 0.1;
      if (now - start >= READ_AFTER) {
        // When the server's answer is here, so is all that it has sent before.
        const { promise, resolve } = Promise.withResolvers<void>();
        onSync = resolve;
        socket.send(FrameKind.SYNC, 0);
        await promise;
      } else if (queue.length > 0 && (averageTime > TINY_CALL || ++withoutTurn >= MOST_WITHOUT_TURN)) {
        withoutTurn = 0;
        await letLoopTurn();
      } else if (queue.length > 0) {
        start = now;
        prints?.followsAtOnce();
        continue;
      }
      start = performance.now();
    }
    isRunning = false;
  }

  function tellPrints(id: number, prints: CallPrints | undefined): void {
    const part = prints?.end();
    if (part !== undefined) sendNumbers(FrameKind.PRINTED, id, part.from, part.to);
  }

  async function answerEarly(id: number, answer: Promise<CallAnswer>): Promise<void> {
    try {
      await replies.send(id, await answer);
    } catch (error) {
      await failed(id, error);
    }
  }

  /** Answering has failed, perhaps because user code has changed what this process runs: it answers 500 and ends. */
  async function failed(id: number, error: unknown): Promise<void> {
    if (error instanceof BodyAborted) return;
    if (!replies.hasBegun(id)) socket.send(FrameKind.WHOLE, id, FAILED_BODY, FAILED_HEAD);
    await socket.flushed();
    try {
      console.error("A call could not be answered:", error);
    } finally {
      exit(1);
    }
  }

  function open(id: number, head: string, beginning: Uint8Array<ArrayBuffer>): void {
    const call = new Call(id);
    const body = new IncomingBody(socket, id);
    body.push({ payload: beginning });
    const answer = run(id, () => handle(head, body, call.signal));
    arriving.set(id, { call, body, answer });
    // An answer before the body is complete can only say that it is invalid: the rest is not waited for.
    const early = () => {
      body.drop();
      if (arriving.delete(id)) void answerEarly(id, answer);
    };
    answer.then(early, early);
  }

  function close(id: number): void {
    const upload = arriving.get(id);
    if (upload === undefined) return;
    arriving.delete(id);
    const answer = () => {
      upload.body.end();
      return upload.answer;
    };
    queue.push({ call: upload.call, answer });
  }

  function abort(id: number): void {
    if (current?.id === id) current.abort();
    const upload = arriving.get(id);
    if (upload === undefined) return replies.stop(id);
    arriving.delete(id);
    upload.body.end(new BodyAborted("the client went away"));
  }

  function take({ kind, id, payload, release }: Frame): void {
    switch (kind) {
      case FrameKind.WHOLE: {
        const { head, body } = splitHead(payload);
        const call = new Call(id);
        queue.push({ call, answer: () => run(id, () => handle(head, [body], call.signal)) });
        return;
      }
      case FrameKind.OPEN: {
        const { head, body } = splitHead(payload);
        return open(id, head, body);
      }
      case FrameKind.DATA: {
        const upload = arriving.get(id);
        return upload === undefined ? release?.() : upload.body.push({ payload, release });
      }
      case FrameKind.END:
        return close(id);
      case FrameKind.ABORT:
        return abort(id);
      case FrameKind.CREDIT:
        return replies.grant(id, readU32(payload, 0));
      case FrameKind.RECALL:
        queue = queue.filter(({ call }) => call.id !== id);
        return;
      case FrameKind.SYNC:
        return onSync();
      case FrameKind.RELEASE:
        return void releaseMemory();
      case FrameKind.GOODBYE:
        isClosing = true;
    }
  }
  // Calls begin only when all frames that have arrived are read: a later frame may take a call back.
  await socket.read(take, () => {
    if (!isRunning) void runQueue();
  });
  return isClosing;
}
