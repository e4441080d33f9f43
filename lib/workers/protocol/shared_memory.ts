/**
 * Memory that a server and a worker share. Pieces of large bodies are passed through it: a socket would copy them twice,
 * and wake the receiver for every 200 kB. The worker also writes there which call it works on, so that the server
 * can tell while user code blocks the worker's event loop, and after a crash.
 *
 * On Linux only; elsewhere every piece goes through the socket.
 * @module
 */
import { createSharedMemory, openSharedMemory } from "../../host/memory.ts";
import { PIECE } from "./frames.ts";

/** Slots in each direction: the window of one body is 4 MiB, mostly in pieces of 512 KiB, and one piece is being read. */
const SLOTS = 12;
/** In the bytes before the slots: which slots are full, and the worker's activity. */
const HEAD = 4096;
const SIZE = HEAD + 2 * SLOTS * PIECE;
/** Where the worker's activity is in the head. */
const ACTIVITY_AT = 2048;

/** The memory as one of the two processes sees it. */
export interface SharedMemory {
  readonly incoming: Slots;
  readonly outgoing: Slots;
  readonly activity: Activity;
}

/** The memory in the server. */
export interface ServerMemory extends SharedMemory {
  /** The path that the worker opens. */
  readonly path: string;
  /** Frees all slots, and forgets the activity. */
  clear(): void;
}

/** Slots of one piece each, for one direction. The sender fills free ones; the receiver frees them. */
export class Slots {
  constructor(private readonly full: Int32Array, private readonly bytes: Uint8Array<ArrayBuffer>) {}

  /** Copies a piece into a free slot. Returns its number; `undefined` if none is free. */
  put(piece: Uint8Array): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.full, slot) !== 0) continue;
      this.bytes.set(piece, slot * PIECE);
      Atomics.store(this.full, slot, 1);
      return slot;
    }
    return undefined;
  }

  /** The piece in a slot, valid until that is freed. Throws `RangeError` for a slot or a length that cannot be. */
  get(slot: number, length: number): Uint8Array<ArrayBuffer> {
    if (slot >= SLOTS || length > PIECE) throw new RangeError(`a piece of ${length} bytes in slot ${slot}`);
    return this.bytes.subarray(slot * PIECE, slot * PIECE + length);
  }

  free(slot: number): void {
    Atomics.store(this.full, slot, 0);
  }
}

const ATTACHED = 0, COMPUTING = 1, ANSWERING = 2, FAILED_FOR_EARLIER_CALL = 3;

/** Which call a worker works on, and where in the print file it began: the worker writes this, the server reads it. */
export class Activity {
  constructor(private readonly numbers: Int32Array, private readonly start: Float64Array) {}

  /** Has the worker mapped the memory, and does it print to the print file? */
  get isAttached(): boolean {
    return Atomics.load(this.numbers, ATTACHED) === 1;
  }

  attach(): void {
    Atomics.store(this.numbers, ATTACHED, 1);
  }

  /** The id of the call that is computed, so that what is printed is its output; 0: none. */
  get computing(): number {
    return Atomics.load(this.numbers, COMPUTING) >>> 0;
  }

  /** The call that is computed, or whose answer is sent, by its number; 0: none. */
  get answering(): number {
    return Atomics.load(this.numbers, ANSWERING) >>> 0;
  }

  /** The length of the print file when the call began. */
  get printsBefore(): number {
    return this.start[0]!;
  }

  begin(call: number, printsBefore: number): void {
    this.start[0] = printsBefore;
    Atomics.store(this.numbers, ANSWERING, call);
    Atomics.store(this.numbers, COMPUTING, call);
  }

  /** The result is there; its answer is not sent yet. */
  computed(): void {
    Atomics.store(this.numbers, COMPUTING, 0);
  }

  answered(): void {
    Atomics.store(this.numbers, ANSWERING, 0);
  }

  /** The worker is about to end because of an error in code that an earlier call has started. */
  failForEarlierCall(): void {
    Atomics.store(this.numbers, FAILED_FOR_EARLIER_CALL, 1);
  }

  get hasFailedForEarlierCall(): boolean {
    return Atomics.load(this.numbers, FAILED_FOR_EARLIER_CALL) === 1;
  }
}

const unused: ServerMemory[] = [];

/** Memory for a new worker: that of one which has ended, else new. `undefined` if there is no shared memory here. */
export function takeMemory(): ServerMemory | undefined {
  return unused.pop() ?? createMemory();
}

/** Keeps the memory of a worker that has ended for the next one. It is never unmapped, as arrays may still point into it. */
export function giveBackMemory(memory: ServerMemory): void {
  memory.clear();
  unused.push(memory);
}

function createMemory(): ServerMemory | undefined {
  const created = createSharedMemory(SIZE);
  if (created === undefined) return undefined;
  const { path, memory } = created;
  const clear = () => new Uint8Array(memory, 0, HEAD).fill(0);
  return { path, clear, outgoing: slots(memory, 0), incoming: slots(memory, 1), activity: activity(memory) };
}

/** Maps the memory at `path` in a worker; `undefined` if that fails. */
export function openMemory(path: string): SharedMemory | undefined {
  const memory = openSharedMemory(path, SIZE);
  return memory && { incoming: slots(memory, 0), outgoing: slots(memory, 1), activity: activity(memory) };
}

/** `direction` 0: to the worker, 1: from it. */
function slots(memory: ArrayBuffer, direction: number): Slots {
  return new Slots(
    new Int32Array(memory, direction * SLOTS * Int32Array.BYTES_PER_ELEMENT, SLOTS),
    new Uint8Array(memory, HEAD + direction * SLOTS * PIECE, SLOTS * PIECE),
  );
}

function activity(memory: ArrayBuffer): Activity {
  return new Activity(new Int32Array(memory, ACTIVITY_AT, 4), new Float64Array(memory, ACTIVITY_AT + 16, 1));
}
