/**
 * Memory that a server and a worker share. Pieces of large bodies go through it: a socket would copy them twice, and
 * wake up the other end for every fifth of a MiB.
 *
 * Only Linux has it, and who cannot map it goes without: then every piece goes through the socket.
 * @module
 */
import { dlopen } from "../../host/dlopen.ts";
import { PIECE } from "./protocol.ts";

/** Slots a direction: of one body 4 MiB are on their way, mostly in pieces of half a MiB, and one piece is being read. */
const SLOTS = 12;
/** Before the slots: which of them are full. */
const FLAGS = 4096;
const SIZE = FLAGS + 2 * SLOTS * PIECE;

const MFD_CLOEXEC = 1;
const O_RDWR_CLOEXEC = 0o2000002;
const RLIMIT_FSIZE = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** One end of the memory. */
export interface SharedMemory {
  readonly incoming: Slots;
  readonly outgoing: Slots;
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

const spare: ServerMemory[] = [];

/** Memory that nobody uses: of a worker that has ended, else new. `undefined` where there is none. */
export function takeMemory(): ServerMemory | undefined {
  return spare.pop() ?? createMemory();
}

/** For the next worker. The one that had it has ended. Memory is never unmapped: something might still look at it. */
export function giveBackMemory(memory: ServerMemory): void {
  memory.incoming.freeAll();
  memory.outgoing.freeAll();
  spare.push(memory);
}

function createMemory(): ServerMemory | undefined {
  return withLibc((libc) => {
    // The limit holds for this file too, and a signal ends who goes beyond it.
    const limits = new BigUint64Array(2);
    if (libc.getrlimit(RLIMIT_FSIZE, limits) !== 0 || limits[0]! < SIZE) return undefined;
    const file = libc.memfd_create(cString("tesseract"), MFD_CLOEXEC);
    if (file < 0) return undefined;
    const halves = libc.ftruncate(file, BigInt(SIZE)) === 0 ? map(libc, file) : undefined;
    if (halves === undefined) {
      libc.close(file);
      return undefined;
    }
    return { path: `/proc/${Deno.pid}/fd/${file}`, outgoing: halves[0], incoming: halves[1] };
  });
}

/** The worker's end of the memory at `path`; `undefined` where it cannot be had. */
export function openMemory(path: string): SharedMemory | undefined {
  return withLibc((libc) => {
    const file = libc.open(cString(path), O_RDWR_CLOEXEC);
    if (file < 0) return undefined;
    const halves = map(libc, file);
    libc.close(file);
    return halves && { incoming: halves[0], outgoing: halves[1] };
  });
}

/** The slots to the worker, and those from it. */
function map(libc: Libc, file: number): [Slots, Slots] | undefined {
  const pointer = libc.mmap(null, BigInt(SIZE), PROT_READ_WRITE, MAP_SHARED, file, 0n);
  // MAP_FAILED is −1.
  if (pointer === null || BigInt.asIntN(64, BigInt(Deno.UnsafePointer.value(pointer))) === -1n) return undefined;
  const memory = Deno.UnsafePointerView.getArrayBuffer(pointer, SIZE);
  const half = (i: number) =>
    new Slots(
      new Int32Array(memory, i * SLOTS * Int32Array.BYTES_PER_ELEMENT, SLOTS),
      new Uint8Array(memory, FLAGS + i * SLOTS * PIECE, SLOTS * PIECE),
    );
  return [half(0), half(1)];
}

const cString = (text: string) => new TextEncoder().encode(`${text}\0`);

const SYMBOLS = {
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
} as const;
type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

function withLibc<T>(use: (libc: Libc) => T): T | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return use(dlopen("libc.so.6", SYMBOLS).symbols);
  } catch {
    // no libc of this name, or an old one
    return undefined;
  }
}
