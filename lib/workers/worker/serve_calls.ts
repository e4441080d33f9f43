/**
 * The worker's side of the calls: one after the other, in the order in which their bodies were complete.
 * @module
 */
import type { CallMarks } from "./call_marks.ts";
import { Inflow } from "../protocol/flow.ts";
import { type Frame, Kind, readU32, splitHead } from "../protocol/protocol.ts";
import { Replies, type Reply } from "./replies.ts";
import { openMemory } from "../protocol/shared_memory.ts";
import type { Wire } from "../protocol/wire.ts";

/**
 * Answers a call. Rejects only with `BodyAborted`: then nobody waits for an answer. `gone` fires when nobody does any
 * more.
 */
export type Handle = (
  head: string,
  body: Iterable<Uint8Array<ArrayBuffer>> | Inflow,
  gone?: AbortSignal,
) => Promise<Reply>;

/** The client went away while it was sending. */
export class BodyAborted extends Error {
  override name = "BodyAborted";
}

/** So many milliseconds calls may follow each other before it is asked whether the next are still wanted. */
const STRETCH = 2;

interface Job {
  readonly id: number;
  run(): Promise<void>;
}

/**
 * Takes calls until the server closes the connection.
 *
 * A large body is decoded while it arrives, beside other calls; but it has its end only when its turn has come, and
 * before that nothing can call user code. So one slow upload holds up nobody, and user code runs once at a time.
 */
export function serveCalls(wire: Wire, handle: Handle, marks?: CallMarks): Promise<void> {
  const replies = new Replies(wire);
  /** Calls whose bodies still arrive. */
  const arriving = new Map<number, { readonly body: Inflow; readonly answer: Promise<Reply> }>();
  let jobs: Job[] = [];
  let running = false;
  let synchronized = () => {};

  async function runJobs(): Promise<void> {
    running = true;
    let since = performance.now();
    for (let job; (job = jobs.shift()) !== undefined;) {
      await job.run();
      if (performance.now() - since < STRETCH) continue;
      // The server may have taken back calls in the meantime: what it sent until now is looked at first.
      const { promise, resolve } = Promise.withResolvers<void>();
      synchronized = resolve;
      wire.send(Kind.SYNC, 0);
      await promise;
      since = performance.now();
    }
    running = false;
  }

  /** In its turn, when all that is printed belongs to the call. */
  async function answerInTurn(id: number, answer: () => Promise<Reply>): Promise<void> {
    marks?.begin(id);
    const promise = answer();
    const ended = () => {
      if (marks?.end()) wire.send(Kind.PRINTED, id);
    };
    await promise.then(ended, ended);
    await reply(id, promise);
  }

  async function reply(id: number, promise: Promise<Reply>): Promise<void> {
    try {
      await replies.send(id, await promise);
    } catch (error) {
      if (!(error instanceof BodyAborted)) console.error(error);
    }
  }

  function open(id: number, head: string, beginning: Uint8Array<ArrayBuffer>): void {
    const body = new Inflow(wire, id);
    body.push({ payload: beginning });
    const answer = handle(head, body);
    arriving.set(id, { body, answer });
    // an answer to half a body can only be that it is wrong: no need to wait for the rest
    const early = () => {
      body.drop();
      if (arriving.delete(id)) void reply(id, answer);
    };
    answer.then(early, early);
  }

  function close(id: number): void {
    const call = arriving.get(id);
    if (call === undefined) return;
    arriving.delete(id);
    const answer = () => {
      call.body.end();
      return call.answer;
    };
    jobs.push({ id, run: () => answerInTurn(id, answer) });
  }

  function abort(id: number): void {
    const call = arriving.get(id);
    if (call === undefined) return replies.stop(id);
    arriving.delete(id);
    call.body.end(new BodyAborted("the client went away"));
  }

  function share(path: string): void {
    wire.memory = openMemory(path);
    if (wire.memory !== undefined) wire.send(Kind.MEMORY, 0);
  }

  function take({ kind, id, payload, release }: Frame): void {
    switch (kind) {
      case Kind.WHOLE: {
        const { head, body } = splitHead(payload);
        jobs.push({ id, run: () => answerInTurn(id, () => handle(head, [body])) });
        return;
      }
      case Kind.OPEN: {
        const { head, body } = splitHead(payload);
        return open(id, head, body);
      }
      case Kind.DATA: {
        const call = arriving.get(id);
        return call === undefined ? release?.() : call.body.push({ payload, release });
      }
      case Kind.END:
        return close(id);
      case Kind.ABORT:
        return abort(id);
      case Kind.CREDIT:
        return replies.grant(id, readU32(payload, 0));
      case Kind.RECALL:
        jobs = jobs.filter((job) => job.id !== id);
        return;
      case Kind.SYNC:
        return synchronized();
      case Kind.MEMORY:
        return share(new TextDecoder().decode(payload));
    }
  }
  // Not before all frames were looked at: the next might take back what the first ask for.
  return wire.read(take, () => {
    if (!running) void runJobs();
  });
}
