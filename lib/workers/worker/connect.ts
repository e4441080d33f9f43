/**
 * What a worker does first of all: it connects to its server.
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { redirectPrints } from "../../host/descriptors.ts";
import { interceptPrints } from "../../host/intercept_prints.ts";
import { type Libc, withLibc } from "../../host/libc.ts";
import { openForAppending } from "../../host/memory.ts";
import { endWithParent } from "../../host/process_group.ts";
import type { Links } from "../protocol/links.ts";
import { type Activity, openMemory } from "../protocol/shared_memory.ts";
import { Wire } from "../protocol/wire.ts";

/** A connection, and the prints of the calls that come by it. */
export interface Connection {
  readonly wire: Wire;
  /** `undefined` where prints go through pipes. */
  readonly prints: CallPrints | undefined;
  /** This process ends: it begins no more calls. */
  isEnding: boolean;
}

/** The part of the prints that belongs to a call. */
export interface PrintedPart {
  readonly from: number;
  readonly to: number;
}

/** What a call has printed after it was answered. */
export interface LatePart extends PrintedPart {
  readonly call: number;
  /** The call that is computed meanwhile, and where its prints begin; 0: none. */
  readonly current: number;
  readonly before: number;
}

/** Connects to the server that has started this process with these links, and from now on prints for it. */
export async function connect(links: string): Promise<Connection> {
  const { socket, memory: memoryPath, prints: printsPath } = JSON.parse(links) as Links;
  endWithParent();
  const memory = memoryPath === undefined ? undefined : openMemory(memoryPath);
  const file = printsPath === undefined ? undefined : openForAppending(printsPath);
  const prints = memory && file !== undefined
    ? withLibc((libc) => new CallPrints(libc, file, memory.activity))
    : undefined;
  const wire = new Wire(await Deno.connect({ transport: "unix", path: socket }), true);
  wire.memory = memory;
  return { wire, prints, isEnding: false };
}

const SEEK_END = 2;

/** Tells the server what belongs to which call. */
export class CallPrints {
  /** Takes what was printed by a timer, say, of a call that has been answered. */
  onLate: (part: LatePart) => void = () => {};
  readonly #calls = new AsyncLocalStorage<number>();
  #current = 0;
  #before = 0;
  #end = 0;
  #isNext = false;
  #isLate = false;

  constructor(private readonly libc: Libc, private readonly file: number, private readonly activity: Activity) {
    redirectPrints(libc, file);
    this.#length();
    interceptPrints((print) => this.#print(print));
    activity.attach();
  }

  /** Does the work of a call: what it starts, too, is known to be of this call. */
  run<T>(id: number, work: () => T): T {
    return this.#calls.run(id, work);
  }

  /** Does something that is taken for a part of the call that is computed. */
  runAsCurrent<T>(work: () => T): T {
    return this.#calls.run(this.#current, work);
  }

  /** The next call begins before anything else can happen here. */
  followsAtOnce(): void {
    this.#isNext = true;
  }

  begin(id: number): void {
    this.#before = this.#isNext ? this.#end : this.#length();
    this.#isNext = false;
    this.#current = id;
    this.activity.begin(id, this.#before);
  }

  /** The call has printed all it will. Returns where that is, if it is anything. */
  end(): PrintedPart | undefined {
    this.libc.fflush(null); // the C library keeps prints back that do not go to a terminal
    const to = this.#end = this.#length();
    this.#current = 0;
    this.activity.computed();
    if (to === this.#before) return undefined;
    // A program that opened /dev/stderr as a new file has cut it off.
    return { from: this.#before < to ? this.#before : 0, to };
  }

  /** The answer is written. */
  answered(): void {
    this.activity.answered();
  }

  /** This process is about to end for an error: if that is known to be of another call, the current one may be repeated. */
  blame(): void {
    const call = this.#calls.getStore();
    if (call !== undefined && call !== this.activity.answering) this.activity.excuse();
  }

  #print(print: () => unknown): unknown {
    const call = this.#calls.getStore();
    if (call === undefined || call === this.#current || this.#isLate) return print();
    const from = this.#length();
    this.#isLate = true; // one print may be made of others
    try {
      return print();
    } finally {
      this.#isLate = false;
      const to = this.#length();
      if (to > from) this.onLate({ call, from, to, current: this.#current, before: this.#before });
    }
  }

  #length(): number {
    return Number(this.libc.lseek(this.file, 0n, SEEK_END));
  }
}
