/**
 * A worker connects to its server, and tells it which call has printed what.
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { redirectPrints } from "../../host/descriptors.ts";
import { interceptPrints } from "../../host/intercept_prints.ts";
import { type Libc, withLibc } from "../../host/libc.ts";
import { openForAppending } from "../../host/memory.ts";
import { endWithParent } from "../../host/process_group.ts";
import type { ConnectionPaths } from "../protocol/messages.ts";
import { type Activity, openMemory } from "../protocol/shared_memory.ts";
import { bytesOf, FrameKind } from "../protocol/frames.ts";
import { FrameSocket } from "../protocol/frame_socket.ts";

/** A worker's connection to its server. */
export interface Connection {
  readonly socket: FrameSocket;
  /** `undefined` if this process prints to pipes. */
  readonly prints: CallPrints | undefined;
  /** This process is about to end: it begins no more calls. */
  isEnding: boolean;
  /** Resolves when the answers that have been begun are sent, or are in files that the server reads. */
  answersSent: () => Promise<unknown>;
}

/** Connects to the server that has started this process. From now on what it prints goes to the print file. `paths`: JSON. */
export async function connect(paths: string): Promise<Connection> {
  const { socket: socketPath, memory: memoryPath, prints: printsPath } = JSON.parse(paths) as ConnectionPaths;
  endWithParent();
  const memory = memoryPath === undefined ? undefined : openMemory(memoryPath);
  const file = printsPath === undefined ? undefined : openForAppending(printsPath);
  const socket = new FrameSocket(await Deno.connect({ transport: "unix", path: socketPath }), true);
  socket.memory = memory;
  const prints = memory && file !== undefined
    ? withLibc((libc) => new CallPrints(libc, file, memory.activity, socket))
    : undefined;
  return { socket, prints, isEnding: false, answersSent: () => Promise.resolve() };
}

const SEEK_END = 2;

/**
 * Tells the server which part of the print file belongs to which call: that which was added while the call was computed. What
 * JavaScript prints later, in a timer say, is known to be of the call by its asynchronous context.
 */
export class CallPrints {
  readonly #calls = new AsyncLocalStorage<number>();
  #current = 0;
  /** The length of the print file when the current call began. */
  #before = 0;
  #isPrintingLate = false;

  constructor(
    private readonly libc: Libc,
    private readonly file: number,
    private readonly activity: Activity,
    private readonly socket: FrameSocket,
  ) {
    redirectPrints(libc, file);
    this.#length(); // Loads `lseek` before user code runs.
    interceptPrints((print) => this.#print(print));
    activity.attach();
  }

  /** Runs code of a call. What it prints is known to be of this call, also in timers and promises that it starts. */
  run<T>(id: number, work: () => T): T {
    return this.#calls.run(id, work);
  }

  /** Runs code as if it were part of the current call. */
  runAsCurrent<T>(work: () => T): T {
    return this.#calls.run(this.#current, work);
  }

  begin(id: number): void {
    this.#before = this.#length();
    this.#current = id;
    this.activity.begin(id, this.#before);
  }

  /** The current call has its result. */
  end(): void {
    this.libc.fflush(null); // The C library buffers what does not go to a terminal.
    const to = this.#length();
    const id = this.#current;
    this.#current = 0;
    // Before PRINTED: what is printed from now on is not of this call, and the server must not add it to the log that
    // it closes when PRINTED arrives.
    this.activity.computed();
    if (to === this.#before) return;
    // The file may have been truncated, by a program that opened /dev/stderr as a new file.
    const from = this.#before < to ? this.#before : 0;
    this.socket.send(FrameKind.PRINTED, id, bytesOf(new Float64Array([from, to])));
  }

  /** The answer to the current call is written. */
  answered(): void {
    this.activity.answered();
  }

  /** This process is about to end because of an uncaught error. If another call caused it, the current one may be repeated. */
  noteUncaught(): void {
    const call = this.#calls.getStore();
    if (call !== undefined && call !== this.activity.answering) this.activity.failForEarlierCall();
  }

  #print(print: () => unknown): unknown {
    const call = this.#calls.getStore();
    if (call === undefined || call === this.#current || this.#isPrintingLate) return print();
    const from = this.#length();
    this.#isPrintingLate = true; // `console.log` prints by other functions that are intercepted, too.
    try {
      return print();
    } finally {
      this.#isPrintingLate = false;
      const to = this.#length();
      const numbers = [from, to, this.#current, this.#before];
      if (to > from) this.socket.send(FrameKind.PRINTED_LATE, call, bytesOf(new Float64Array(numbers)));
    }
  }

  #length(): number {
    return Number(this.libc.lseek(this.file, 0n, SEEK_END));
  }
}
