/**
 * The worker's side of the calls: one after the other, in the order in which their bodies were complete.
 * @module
 */
import { isDenoAtLeast } from "../../host/deno_version.ts";
import { releaseMemory } from "../../host/memory.ts";
import { Inflow } from "../protocol/flow.ts";
import { type Frame, Kind, readU32, splitHead } from "../protocol/protocol.ts";
import type { CallPrints, Connection } from "./connect.ts";
import { Replies, type Reply } from "./replies.ts";

/**
 * Answers a call. Rejects only with `BodyAborted`: then nobody waits for an answer. `signal` gives the signal that fires
 * when nobody waits for the answer any more.
 */
export type Handle = (
  head: string,
  body: Iterable<Uint8Array<ArrayBuffer>> | Inflow,
  signal?: () => AbortSignal,
) => Promise<Reply>;

/** The client went away while it was sending. */
export class BodyAborted extends Error {
  override name = "BodyAborted";
}

/** Kept: user code may replace it. */
const { exit } = Deno;

/** So many milliseconds calls may follow each other before it is asked whether the next are still wanted. */
const STRETCH = 2;

/** The answer to a call that could not be answered: written before user code runs. */
const FAILED_HEAD = '{"status":500,"contentType":"application/json"}';
const FAILED_BODY = new TextEncoder().encode('{"detail":"Internal Server Error"}');

/** A call: one whose turn has not come, or that is computed. */
class Call {
  #controller: AbortController | undefined;

  constructor(readonly id: number) {}

  readonly signal = (): AbortSignal => (this.#controller ??= new AbortController()).signal;

  abort(): void {
    (this.#controller ??= new AbortController()).abort(new DOMException("Nobody waits for the result", "AbortError"));
  }
}

/** A call whose body is there. */
interface Ready {
  readonly call: Call;
  answer(): Promise<Reply>;
}

/** A call whose body still arrives. */
interface Arriving {
  readonly call: Call;
  readonly body: Inflow;
  readonly answer: Promise<Reply>;
}

/**
 * Calls that take less than so many milliseconds are over before the loop could turn: so many of them follow each other
 * without it, as a turn takes a tenth of their time.
 */
const TINY = 0.2;
const MOST_WITHOUT_TURN = 8;

/** Lets what the call before has left undone come up: a rejection that nobody awaits ends the worker before the next. */
const letLoopTurn: () => Promise<unknown> = isDenoAtLeast(8)
  ? () => new Promise<void>((resolve) => void setImmediate(resolve))
  // There it takes a millisecond.
  : () => Deno.lstat("/");

/**
 * Takes calls until the server closes the connection. Resolves with whether the server has said so before.
 *
 * A large body is decoded while it arrives, beside other calls; but it has its end only when its turn has come, and
 * before that nothing can call user code. So one slow upload holds up nobody, and user code runs once at a time.
 */
export async function serveCalls(connection: Connection, handle: Handle): Promise<boolean> {
  const { wire, prints } = connection;
  const replies = new Replies(wire);
  const arriving = new Map<number, Arriving>();
  let queue: Ready[] = [];
  let current: Call | undefined;
  let isRunning = false;
  let isClosing = false;
  let synchronized = () => {};
  /** How long a call takes, in milliseconds. */
  let averageTime = 1;
  let withoutTurn = 0;
  const run: <T>(id: number, work: () => T) => T = prints ? (id, work) => prints.run(id, work) : (_id, work) => work();
  if (prints !== undefined) {
    prints.onLate = ({ call, from, to, current, before }) =>
      sendNumbers(Kind.PRINTED_LATE, call, from, to, current, before);
  }

  function sendNumbers(kind: Kind, id: number, ...numbers: number[]): void {
    wire.send(kind, id, new Uint8Array(new Float64Array(numbers).buffer));
  }

  async function runQueue(): Promise<void> {
    isRunning = true;
    let since = performance.now();
    let start = since;
    for (let next; !connection.isEnding && (next = queue.shift()) !== undefined;) {
      const { call, answer } = next;
      current = call;
      prints?.begin(call.id);
      try {
        let reply: Reply;
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
      if (now - since >= STRETCH) {
        // The server may have taken back calls in the meantime: what it sent until now is looked at first.
        const { promise, resolve } = Promise.withResolvers<void>();
        synchronized = resolve;
        wire.send(Kind.SYNC, 0);
        await promise;
        since = performance.now();
      } else if (queue.length > 0 && (averageTime > TINY || ++withoutTurn >= MOST_WITHOUT_TURN)) {
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
    if (part !== undefined) sendNumbers(Kind.PRINTED, id, part.from, part.to);
  }

  async function replyEarly(id: number, answer: Promise<Reply>): Promise<void> {
    try {
      await replies.send(id, await answer);
    } catch (error) {
      await failed(id, error);
    }
  }

  /** This process cannot answer any more, perhaps because of what user code has done to it: it ends. */
  async function failed(id: number, error: unknown): Promise<void> {
    if (error instanceof BodyAborted) return;
    if (!replies.hasBegun(id)) wire.send(Kind.WHOLE, id, FAILED_BODY, FAILED_HEAD);
    await wire.flushed();
    try {
      console.error("A call could not be answered:", error);
    } finally {
      exit(1);
    }
  }

  function open(id: number, head: string, beginning: Uint8Array<ArrayBuffer>): void {
    const call = new Call(id);
    const body = new Inflow(wire, id);
    body.push({ payload: beginning });
    const answer = run(id, () => handle(head, body, call.signal));
    arriving.set(id, { call, body, answer });
    // an answer to half a body can only be that it is wrong: no need to wait for the rest
    const early = () => {
      body.drop();
      if (arriving.delete(id)) void replyEarly(id, answer);
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
      case Kind.WHOLE: {
        const { head, body } = splitHead(payload);
        const call = new Call(id);
        queue.push({ call, answer: () => run(id, () => handle(head, [body], call.signal)) });
        return;
      }
      case Kind.OPEN: {
        const { head, body } = splitHead(payload);
        return open(id, head, body);
      }
      case Kind.DATA: {
        const upload = arriving.get(id);
        return upload === undefined ? release?.() : upload.body.push({ payload, release });
      }
      case Kind.END:
        return close(id);
      case Kind.ABORT:
        return abort(id);
      case Kind.CREDIT:
        return replies.grant(id, readU32(payload, 0));
      case Kind.RECALL:
        queue = queue.filter(({ call }) => call.id !== id);
        return;
      case Kind.SYNC:
        return synchronized();
      case Kind.RELEASE:
        return void releaseMemory();
      case Kind.GOODBYE:
        isClosing = true;
    }
  }
  // Not before all frames were looked at: the next might take back what the first ask for.
  await wire.read(take, () => {
    if (!isRunning) void runQueue();
  });
  return isClosing;
}
