/**
 * The calls that one worker was given and has not answered: how many it may have at a time, and what becomes of them
 * when it ends.
 * @module
 */
import type { PendingCall } from "./pending_call.ts";
import type { Upload } from "./upload.ts";

/** A worker is sent calls in advance, for so many milliseconds of work. */
const WORK_AHEAD = 2;
/** It has at most so many calls at a time, however short they are. */
const MOST_CALLS_AHEAD = 32;
/** A call of fewer milliseconds is short: of these it has at least two, so that it need not wait for the next one. */
const SHORT_CALL = 5;
/** A call of more milliseconds is long: those that wait behind it are given to other workers. */
export const LONG_CALL = 10;

/** How a worker has ended. */
export interface WorkerEnd {
  /** In words that follow "the worker": `was ended by SIGKILL`. */
  readonly reason: string;
  /** What it said itself, if it could not start. */
  readonly message: string | undefined;
  /** The call that it worked on, by its id; 0 or `undefined`: none. */
  readonly lastCall: number | undefined;
  /** Did it end because of an error in code that an earlier call had started? */
  readonly causedByEarlierCall: boolean;
  /** Has it sent what is no valid frame, because user code wrote to the socket? Then its last frames cannot be trusted. */
  readonly isBroken: boolean;
}

/** The calls of one worker. */
export class WorkerCalls {
  /** Those that were sent with their whole bodies, in the order in which the worker takes them. */
  sent: PendingCall[] = [];
  /** Those whose bodies are still being sent, by id. */
  readonly uploads = new Map<number, Upload>();
  /** The exclusive call that the worker is reserved for, until that has ended. */
  reservedFor: PendingCall | undefined;
  /** Must it have one call at a time? */
  oneAtATime = true;
  /** How long a call takes, in milliseconds: a moving average. */
  #averageTime = 1;
  /** Since when the worker has worked on the first of `sent`. */
  #since = 0;
  /** The call that it worked on when `recall` was last called. */
  #callAtRecall: number | undefined;

  get isEmpty(): boolean {
    return this.sent.length === 0 && this.uploads.size === 0 && this.reservedFor === undefined;
  }

  /** May it have one more? */
  get hasRoom(): boolean {
    return this.reservedFor === undefined && this.sent.length < this.#depth;
  }

  /** How many it may have at a time: the shorter they are, the more. */
  get #depth(): number {
    if (this.oneAtATime || this.#averageTime >= SHORT_CALL) return 1;
    return Math.min(MOST_CALLS_AHEAD, Math.max(2, Math.floor(WORK_AHEAD / this.#averageTime)));
  }

  /** Is a body being sent that is not stalled? `waiting`: how many other uploads wait for a worker. */
  isReceiving(waiting: number): boolean {
    const now = performance.now();
    return this.uploads.values().some((upload) => !upload.isStalled(now, waiting));
  }

  /** For how many milliseconds the worker has worked on the first of `sent`. */
  busyFor(now: number): number {
    return this.sent.length === 0 ? 0 : now - this.#since;
  }

  find(id: number): PendingCall | undefined {
    return this.sent.find((call) => call.id === id);
  }

  push(call: PendingCall): void {
    if (this.sent.push(call) === 1) this.#since = performance.now();
  }

  /** Removes the call whose answer has arrived, or its beginning. `undefined`: it was taken back, or there was none. */
  remove(id: number): PendingCall | undefined {
    if (this.reservedFor?.id === id) this.reservedFor = undefined;
    const upload = this.uploads.get(id);
    if (upload !== undefined) {
      upload.outgoing.stop();
      this.uploads.delete(id);
      return upload.call;
    }
    const at = this.sent[0]?.id === id ? 0 : this.sent.findIndex((call) => call.id === id);
    if (at < 0) return undefined;
    // Only an upload may be answered before earlier calls: the beginning of its body may show that it is invalid.
    if (at > 0 && !this.sent[at]!.isUpload) throw new RangeError("an answer to a call that it has not begun");
    const now = performance.now();
    this.#averageTime = Math.min(LONG_CALL, this.#averageTime * 0.8 + (now - this.#since) * 0.2);
    this.#since = now;
    return at === 0 ? this.sent.shift() : this.sent.splice(at, 1)[0];
  }

  /**
   * Removes all calls behind the first, which takes long, and returns those that the worker will not begin if it is told
   * now. `current`: the id of the call that it works on, if that is known.
   */
  recall(current = this.sent[0]!.id): PendingCall[] {
    const before = this.#callAtRecall;
    this.#callAtRecall = current;
    // After a short call the worker begins the next before it reads a RECALL, and it would be computed twice. So the worker
    // must have been in the first call when this was called before, too: then it reads frames before the next call.
    if (current !== this.sent[0]!.id || before !== current) return [];
    this.#averageTime = LONG_CALL;
    const rest = this.sent.filter((call, i) => i > 0 && !call.isUpload);
    this.sent = this.sent.filter((call) => !rest.includes(call));
    return rest;
  }

  /** All that have no answer yet. */
  get unsettled(): PendingCall[] {
    const uploads = [...this.uploads.values()].map(({ call }) => call);
    return [...this.sent, ...uploads].filter(({ isSettled }) => !isSettled);
  }

  /** After the worker's end: refuses the calls that it may have begun. Returns the others, which another can be given. */
  refuseBegun({ reason, lastCall, causedByEarlierCall, isBroken }: WorkerEnd): PendingCall[] {
    const died = isBroken ? this.sent[0]?.id : lastCall;
    const lastAt = this.sent.findIndex(({ id }) => id === lastCall);
    // Part of an upload is gone. A broken worker may have begun all calls up to the one that it noted last.
    const mayHaveBegun = (call: PendingCall) =>
      call.isUpload || isBroken && (lastAt < 0 || this.sent.indexOf(call) <= lastAt);
    return this.unsettled.filter((call) => {
      if (call.id === lastCall && causedByEarlierCall) {
        call.refuse("interrupted", "The worker was lost to an error of an earlier call; send it again");
      } else if (call.id === died) call.refuse("died", `The worker ${reason} while it worked on this call`);
      else if (mayHaveBegun(call)) call.refuse("interrupted", "The worker was lost; send it again");
      return !call.isSettled;
    });
  }
}
