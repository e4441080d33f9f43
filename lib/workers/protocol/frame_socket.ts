/**
 * One end of the Unix socket between server and worker, which sends and receives frames.
 * @module
 */
import { bytesOf, type Frame, FrameKind, HEADER, LARGEST_FRAME, readU32, writeU32 } from "./frames.ts";
import type { SharedMemory } from "./shared_memory.ts";

/** The size of the buffer that small frames are collected in, and of the one that is read into. */
const BLOCK = 1 << 16;
/** Bodies from this size on are written from where they are; smaller ones are copied behind their header. */
const LARGE = 1 << 14;
/** Pieces from this size on go through shared memory. */
const SHARED_FROM = 1 << 16;
/** At most so many small writes may be under way at a time. */
const MOST_WRITES = 32;

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

/** Sends and receives frames. */
export class FrameSocket {
  /** Small frames are copied here one behind the other; `#start` to `#used` is not yet given to a write. */
  #block = new Uint8Array(BLOCK);
  #start = 0;
  #used = 0;
  /** The parts of the next write. */
  #pieces: Uint8Array[] = [];
  /** Bytes that are not yet written. */
  #pending = 0;
  /** Writes that are under way. */
  #writing = 0;
  /** Does the write that is under way have several parts, or a large one? Then no other may start beside it. */
  #exclusive = false;
  #scheduled = false;
  /** Is nothing sent any more? What has arrived may still be read. */
  #closed = false;
  #isReleased = false;
  #waiting: (() => void)[] = [];
  /** Shared memory that both ends have mapped. */
  memory: SharedMemory | undefined;
  /** Called when bytes have arrived, before they are parsed. */
  received: (() => void) | undefined;
  /** Since when the rest of a frame is missing whose beginning has arrived. */
  partialFrameSince: number | undefined;

  /**
   * `eager`, in a worker: every small frame is written at once, so that it is sent even if user code then computes for
   * hours (a write to a socket whose buffer has room is done before the function returns). Else, in a server, all frames
   * of one turn of the event loop are written together.
   */
  constructor(private readonly conn: Deno.Conn, private readonly eager: boolean) {}

  /** Is there nobody at the other end any more? */
  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a frame. With a head, the payload is the length of the head, the head and the body; else the body alone.
   * `hold`: it is written together with the next frame, or by `flush`.
   */
  send(kind: FrameKind, id: number, body: Uint8Array = NOTHING, head?: string, hold = false): void {
    if (this.#closed) return;
    const headRoom = head === undefined ? 0 : 4 + head.length * 3;
    const copied = body.length < LARGE;
    this.#reserve(HEADER + headRoom + (copied ? body.length : 0));
    const block = this.#block;
    const at = this.#used;
    let end = at + HEADER;
    if (head !== undefined) {
      const { written } = encoder.encodeInto(head, block.subarray(end + 4));
      writeU32(block, end, written);
      end += 4 + written;
    }
    writeU32(block, at, end - at - HEADER + body.length);
    writeU32(block, at + 4, id);
    block[at + 8] = kind;
    if (copied) {
      block.set(body, end);
      end += body.length;
    }
    this.#pending += end - at;
    this.#used = end;
    if (!copied) {
      this.#seal();
      this.#pieces.push(body);
      this.#pending += body.length;
    }
    if (hold) return;
    if (this.eager) this.flush();
    else this.#schedule();
  }

  /** Writes the frames that are held. */
  flush(): void {
    // Small writes need not wait for each other: the kernel takes each as a whole, in order.
    const small = this.eager && this.#pieces.length === 0 && this.#pending < LARGE;
    if (this.#writing > 0 && (this.#exclusive || !small || this.#writing >= MOST_WRITES)) return;
    this.#seal();
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#writing++;
    this.#exclusive = !small;
    this.#write(pieces).catch(this.#failed);
  }

  /** Sends a copy of a piece of a body: through shared memory if it is large and a slot is free, else as a frame. */
  sendPiece(id: number, piece: Uint8Array): void {
    if (this.#closed) return;
    const slot = piece.length < SHARED_FROM ? undefined : this.memory?.outgoing.put(piece);
    if (slot === undefined) return this.send(FrameKind.DATA, id, piece.length < LARGE ? piece : piece.slice());
    this.send(FrameKind.SHARED, id, bytesOf(new Uint32Array([slot, piece.length])));
  }

  /** Waits until at most so many bytes are not yet written. */
  async flushed(most = 0): Promise<void> {
    while (this.#pending > most && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * Reads frames until the other end closes, or the connection breaks. `after` is called when all that has arrived is
   * parsed, unless the last frame is incomplete: then its rest will come soon.
   */
  async read(take: (frame: Frame) => void, after: () => void): Promise<void> {
    const conn = this.conn;
    const buffer = new Uint8Array(BLOCK);
    let start = 0;
    let end = 0;
    try {
      for (;;) {
        this.partialFrameSince = end > start ? performance.now() : undefined;
        const got = await conn.read(buffer.subarray(end));
        if (got === null) return;
        this.received?.();
        end += got;
        // Payloads are copied out of the buffer, which is read into again. A server makes one copy for all frames that
        // are there; a worker makes one for each, because user code may get arrays that lie in a payload, and through
        // their `buffer` it would reach the payloads of other calls.
        let copy: Uint8Array<ArrayBuffer> | undefined;
        while (end - start >= HEADER) {
          const length = readU32(buffer, start);
          if (length > LARGEST_FRAME) throw new RangeError(`a frame of ${length} bytes`);
          const id = readU32(buffer, start + 4);
          const kind = buffer[start + 8] as FrameKind;
          const from = start + HEADER;
          if (from + length <= end) {
            start = from + length;
            const payload = this.eager
              ? buffer.slice(from, start)
              : (copy ??= buffer.slice(0, end)).subarray(from, start);
            take(this.#frame(kind, id, payload));
            continue;
          }
          if (HEADER + length <= BLOCK) break;
          const payload = new Uint8Array(length);
          payload.set(buffer.subarray(from, end));
          this.partialFrameSince = performance.now();
          if (!await readFull(conn, payload, end - from)) return;
          start = end;
          take({ kind, id, payload });
        }
        if (start === end) start = end = 0;
        else if (start > 0) {
          buffer.copyWithin(0, start, end);
          end -= start;
          start = 0;
        }
        if (end === 0) after();
      }
    } catch (error) {
      if (!isConnectionError(error)) throw error;
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#stopSending();
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.conn.close();
  }

  #stopSending(): void {
    this.#closed = true;
    this.#pieces = [];
    this.#notify();
  }

  #frame(kind: FrameKind, id: number, payload: Uint8Array<ArrayBuffer>): Frame {
    if (kind !== FrameKind.SHARED) return { kind, id, payload };
    const slots = this.memory?.incoming;
    if (slots === undefined || payload.length !== 8) {
      throw new RangeError("a piece in shared memory, of which there is none");
    }
    const slot = readU32(payload, 0);
    return { kind: FrameKind.DATA, id, payload: slots.get(slot, readU32(payload, 4)), release: () => slots.free(slot) };
  }

  /** Makes room in the block, in a new one if need be. */
  #reserve(size: number): void {
    if (this.#used + size <= this.#block.length) return;
    this.#seal();
    this.#block = new Uint8Array(Math.max(BLOCK, size));
    this.#start = this.#used = 0;
  }

  /** Makes the frames that were copied into the block a part of the next write. */
  #seal(): void {
    if (this.#used > this.#start) this.#pieces.push(this.#block.subarray(this.#start, this.#used));
    this.#start = this.#used;
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing > 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const exclusive = this.#exclusive;
    for (const piece of pieces) {
      let done = await this.conn.write(piece);
      while (done < piece.length) {
        if (!exclusive) throw new Deno.errors.BrokenPipe("a small frame was torn");
        done += await this.conn.write(piece.subarray(done));
      }
      this.#pending -= piece.length;
    }
    this.#writing--;
    if (this.#pending === 0) this.#start = this.#used = 0;
    if (this.#waiting.length > 0) this.#notify();
    if (this.#used > this.#start || this.#pieces.length > 0) this.flush();
  }

  readonly #failed = (error: unknown) => {
    if (!isConnectionError(error)) throw error;
    // A worker that has ended may have written answers before, which are still to be read.
    if (this.eager) this.close();
    else this.#stopSending();
  };

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Fills `bytes` from `at` on; false where the other end closes before. */
async function readFull(conn: Deno.Conn, bytes: Uint8Array, at: number): Promise<boolean> {
  while (at < bytes.length) {
    const got = await conn.read(bytes.subarray(at));
    if (got === null) return false;
    at += got;
  }
  return true;
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.ConnectionAborted;
}
