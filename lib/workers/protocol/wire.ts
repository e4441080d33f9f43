/**
 * One end of the socket between server and worker: frames in, frames out.
 * @module
 */
import { type Frame, HEADER, Kind, LARGEST, PIECE, readU32, writeU32 } from "./protocol.ts";
import type { SharedMemory } from "./shared_memory.ts";

/** Small frames are collected in blocks of this size, and what comes is read into one. */
const BLOCK = 1 << 16;
/** Bodies from this size on are written as they are, without being copied. */
const LARGE = 1 << 14;
/** Pieces from this size on go through shared memory. */
const SHARED_FROM = 1 << 16;
/** So many small writes may be on their way at a time. */
const MOST_WRITES = 32;

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

/** One end of the socket. */
export class Wire {
  /** Small frames are copied behind each other here; `#start` to `#used` is not yet on its way. */
  #block = new Uint8Array(BLOCK);
  #start = 0;
  #used = 0;
  #pieces: Uint8Array[] = [];
  #pending = 0;
  #writing = 0;
  /** Does the write on its way consist of several pieces, or of large ones? */
  #exclusive = false;
  #scheduled = false;
  #closed = false;
  #waiting: (() => void)[] = [];
  /** What both ends have mapped. */
  memory: SharedMemory | undefined;
  /** Called before what has arrived is looked at. */
  received: (() => void) | undefined;
  /** Since when half a frame is there whose rest has not come. */
  tornSince: number | undefined;

  /**
   * `eager`: every small frame is written at once, so that nothing that user code does next can hold it back (a write
   * to a socket with room is done before the call returns). Else frames made in one turn are written in one piece.
   */
  constructor(private readonly conn: Deno.Conn, private readonly eager: boolean) {}

  /** Is there nobody at the other end any more? */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Writes a frame. Without a head its payload is the body alone. `hold`: with the next, or with `flush`. */
  send(kind: Kind, id: number, body: Uint8Array = NOTHING, head?: string, hold = false): void {
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

  /** Writes what is held. */
  flush(): void {
    // Small writes may follow each other without waiting: the kernel takes each whole, or makes it wait its turn.
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

  /** Sends a piece of a body, of which a copy is made: in shared memory, if it is large and there is room. */
  sendPiece(id: number, piece: Uint8Array): void {
    if (this.#closed) return;
    const slot = piece.length < SHARED_FROM ? undefined : this.memory?.outgoing.put(piece);
    if (slot === undefined) return this.send(Kind.DATA, id, piece.length < LARGE ? piece : piece.slice());
    const payload = new Uint8Array(8);
    writeU32(payload, 0, slot);
    writeU32(payload, 4, piece.length);
    this.send(Kind.SHARED, id, payload);
  }

  sendCredit(id: number, count: number): void {
    const payload = new Uint8Array(4);
    writeU32(payload, 0, count);
    this.send(Kind.CREDIT, id, payload);
  }

  /** Waits while more than a few pieces are on their way. */
  async room(): Promise<void> {
    while (this.#pending > 2 * PIECE && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until everything was written. */
  async flushed(): Promise<void> {
    while (this.#pending > 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * Reads frames until the other end closes, or the connection breaks. After each batch `after` is called, unless half
   * a frame is left, whose rest will come soon.
   */
  async read(take: (frame: Frame) => void, after: () => void): Promise<void> {
    const conn = this.conn;
    const buffer = new Uint8Array(BLOCK);
    let start = 0;
    let end = 0;
    try {
      for (;;) {
        this.tornSince = end > start ? performance.now() : undefined;
        const got = await conn.read(buffer.subarray(end));
        if (got === null) return;
        this.received?.();
        end += got;
        // The buffer is read into again while payloads are needed. So they are copied: in a server all that are there at
        // once, in a worker each for itself, as user code may get binary data that lie in it, and whatever shares their
        // memory.
        let copy: Uint8Array<ArrayBuffer> | undefined;
        while (end - start >= HEADER) {
          const length = readU32(buffer, start);
          if (length > LARGEST) throw new RangeError(`a frame of ${length} bytes`);
          const id = readU32(buffer, start + 4);
          const kind = buffer[start + 8] as Kind;
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
          this.tornSince = performance.now();
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
    if (this.#closed) return;
    this.#closed = true;
    this.#pieces = [];
    this.conn.close();
    this.#notify();
  }

  #frame(kind: Kind, id: number, payload: Uint8Array<ArrayBuffer>): Frame {
    if (kind !== Kind.SHARED) return { kind, id, payload };
    const slots = this.memory?.incoming;
    if (slots === undefined || payload.length !== 8) throw new RangeError("a piece in memory that is not shared");
    const slot = readU32(payload, 0);
    return { kind: Kind.DATA, id, payload: slots.get(slot, readU32(payload, 4)), release: () => slots.free(slot) };
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#block.length) return;
    this.#seal();
    this.#block = new Uint8Array(Math.max(BLOCK, size));
    this.#start = this.#used = 0;
  }

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
    this.close();
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
