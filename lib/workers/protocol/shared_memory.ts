/**
 * Memory that a server and a worker share. Pieces of large bodies go through it: a socket would copy them twice, and
 * wake up the other end for every fifth of a MiB. The worker also notes there which call it works on, so that the server
 * knows it while user code computes, and after a crash.
 *
 * Only Linux has it; elsewhere every piece goes through the socket.
 * @module
 */
import { createSharedMemory, openSharedMemory } from "../../host/memory.ts";
import { PIECE } from "./protocol.ts";

/** Slots a direction: of one body 4 MiB are on their way, mostly in pieces of half a MiB, and one piece is being read. */
const SLOTS = 12;
/** Before the slots: which of them are full, and what the worker works on. */
const HEAD = 4096;
const SIZE = HEAD + 2 * SLOTS * PIECE;
/** Where the worker's notes are in the head. */
const ACTIVITY_AT = 2048;

/** One end of the memory. */
export interface SharedMemory {
  readonly incoming: Slots;
  readonly outgoing: Slots;
  readonly activity: Activity;
}

/** The server's end. */
export interface ServerMemory extends SharedMemory {
  /** Where the worker finds it. */
  readonly path: string;
}

/** Places for pieces on their way in one direction. The sender fills free ones; the receiver frees them. */
export class Slots {
  constructor(private readonly full: Int32Array, private readonly bytes: Uint8Array<ArrayBuffer>) {}

  /** Copies a piece into a free slot, and returns which that is; `undefined` if there is none. */
  put(piece: Uint8Array): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.full, slot) !== 0) continue;
      this.bytes.set(piece, slot * PIECE);
      Atomics.store(this.full, slot, 1);
      return slot;
    }
    return undefined;
  }

  /** The piece in a slot, until that is freed. Throws `RangeError` where there can be none. */
  get(slot: number, length: number): Uint8Array<ArrayBuffer> {
    if (slot >= SLOTS || length > PIECE) throw new RangeError(`a piece of ${length} bytes in slot ${slot}`);
    return this.bytes.subarray(slot * PIECE, slot * PIECE + length);
  }

  free(slot: number): void {
    Atomics.store(this.full, slot, 0);
  }

  freeAll(): void {
    this.full.fill(0);
  }
}

const ATTACHED = 0, COMPUTING = 1, ANSWERING = 2, EXCUSED = 3;

/** What a worker works on, and where in its prints that began: the worker writes, the server reads. */
export class Activity {
  constructor(private readonly numbers: Int32Array, private readonly start: Float64Array) {}

  /** Has the worker mapped the memory, and do its prints go where they can be told from each other? */
  get isAttached(): boolean {
    return Atomics.load(this.numbers, ATTACHED) === 1;
  }

  attach(): void {
    Atomics.store(this.numbers, ATTACHED, 1);
  }

  /** The call whose prints are printed, by its number; 0: none. */
  get call(): number {
    return Atomics.load(this.numbers, COMPUTING) >>> 0;
  }

  /** The call that is computed, or whose answer is sent, by its number; 0: none. */
  get answering(): number {
    return Atomics.load(this.numbers, ANSWERING) >>> 0;
  }

  /** The length of the prints when the call began. */
  get printsBefore(): number {
    return this.start[0]!;
  }

  begin(call: number, printsBefore: number): void {
    this.start[0] = printsBefore;
    Atomics.store(this.numbers, ANSWERING, call);
    Atomics.store(this.numbers, COMPUTING, call);
  }

  computed(): void {
    Atomics.store(this.numbers, COMPUTING, 0);
  }

  answered(): void {
    Atomics.store(this.numbers, ANSWERING, 0);
  }

  /** The worker ends for an error that is not of this call. */
  excuse(): void {
    Atomics.store(this.numbers, EXCUSED, 1);
  }

  get isExcused(): boolean {
    return Atomics.load(this.numbers, EXCUSED) === 1;
  }

  clear(): void {
    this.numbers.fill(0);
  }
}

const unused: ServerMemory[] = [];

/** Memory that nobody uses: of a worker that has ended, else new. `undefined` where there is none. */
export function takeMemory(): ServerMemory | undefined {
  return unused.pop() ?? createMemory();
}

/** For the next worker. The one that had it has ended. Memory is never unmapped: something might still look at it. */
export function giveBackMemory(memory: ServerMemory): void {
  memory.incoming.freeAll();
  memory.outgoing.freeAll();
  memory.activity.clear();
  unused.push(memory);
}

function createMemory(): ServerMemory | undefined {
  const created = createSharedMemory(SIZE);
  if (created === undefined) return undefined;
  const { path, memory } = created;
  return { path, outgoing: slots(memory, 0), incoming: slots(memory, 1), activity: activity(memory) };
}

/** The worker's end of the memory at `path`; `undefined` where it cannot be had. */
export function openMemory(path: string): SharedMemory | undefined {
  const memory = openSharedMemory(path, SIZE);
  return memory && { incoming: slots(memory, 0), outgoing: slots(memory, 1), activity: activity(memory) };
}

/** 0: to the worker, 1: from it. */
function slots(memory: ArrayBuffer, direction: number): Slots {
  return new Slots(
    new Int32Array(memory, direction * SLOTS * Int32Array.BYTES_PER_ELEMENT, SLOTS),
    new Uint8Array(memory, HEAD + direction * SLOTS * PIECE, SLOTS * PIECE),
  );
}

function activity(memory: ArrayBuffer): Activity {
  return new Activity(new Int32Array(memory, ACTIVITY_AT, 4), new Float64Array(memory, ACTIVITY_AT + 16, 1));
}
