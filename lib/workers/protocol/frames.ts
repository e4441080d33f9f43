/**
 * The frames that a server and a worker exchange over one Unix socket: a header of nine bytes and a payload.
 *
 * Calls and answers are sent in the same way. If the whole body is at hand, head and body are one frame, WHOLE. Else
 * OPEN has the head, any number of DATA frames have pieces of the body, and END (or ABORT) is the last. Frames of several
 * calls may be interleaved; `id` says which call a frame belongs to. On Linux, large pieces of bodies are passed through
 * shared memory instead (shared_memory.ts), and the frame, SHARED, only says where the piece is.
 * @module
 */

/** The kinds of frames. */
export const FrameKind = {
  /** Worker → server, once: the worker takes calls from now on. The payload is a `WorkerHello`. */
  READY: 1,
  /** Worker → server, instead of READY: the worker cannot start. The payload is the reason, for people. */
  FAILED: 2,
  /** Head and body of a call or an answer (`splitHead`). */
  WHOLE: 3,
  /** Head of a call or an answer, and the beginning of its body. DATA frames follow. */
  OPEN: 4,
  /** A piece of a body. */
  DATA: 5,
  /** The body is complete. */
  END: 6,
  /**
   * From the sender of a body: the rest will not come. From its receiver: the rest is not wanted. Server → worker, after
   * the body of a call was complete: its answer is not wanted.
   */
  ABORT: 7,
  /** The receiver has consumed this many bytes (u32) of the body: as many more may be sent (flow_control.ts). */
  CREDIT: 8,
  /** Server → worker: drop this call, if it has not begun. The server gives it to another worker. */
  RECALL: 9,
  /** Worker → server, which sends it back: then the worker has read every frame that was sent before. */
  SYNC: 10,
  /** Worker → server, before the answer: the part of the print file that the call printed, from and to (two f64). */
  PRINTED: 11,
  /** Server → worker: the server is about to close the connection. If it is closed without this, the server has died. */
  GOODBYE: 12,
  /** Like DATA, for a piece in shared memory: its slot and its length (two u32). */
  SHARED: 13,
  /**
   * Worker → server: what a call printed after it was computed, say in a timer: the part of the print
   * file, the call that was computed meanwhile (0: none), and where its output begins (four f64).
   */
  PRINTED_LATE: 14,
  /**
   * Worker → server: the next part of the answer is in a file, whose path is the payload. The server removes the file,
   * and sends ABORT when its client has taken the whole answer.
   */
  ON_DISK: 16,
  /** Server → idle worker: give memory that is not in use back to the operating system. */
  RELEASE: 15,
} as const;
export type FrameKind = typeof FrameKind[keyof typeof FrameKind];

/** A frame that arrived. */
export interface Frame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Set if the payload lies in shared memory: frees its slot, to be called when the payload is no longer needed. */
  readonly release?: (() => void) | undefined;
}

/** The payload of a frame; a copy if it lies in shared memory, whose slot is freed. */
export function ownPayload({ payload, release }: Pick<Frame, "payload" | "release">): Uint8Array<ArrayBuffer> {
  if (release === undefined) return payload;
  const copy = new Uint8Array(payload);
  release();
  return copy;
}

/** Bytes before the payload: its length (u32), the id (u32), the kind. All numbers are little-endian. */
export const HEADER = 9;
/** The largest piece of a body, so that frames of other calls get between the pieces of a large one. */
export const PIECE = 1 << 20;
/** A larger frame was not sent by this program but by user code: heads are small, and so is the body in a WHOLE. */
export const LARGEST_FRAME = 4 * PIECE;

const decoder = new TextDecoder();

/** Splits the payload of WHOLE and OPEN into the head and the (beginning of the) body. */
export function splitHead(payload: Uint8Array<ArrayBuffer>): { head: string; body: Uint8Array<ArrayBuffer> } {
  const end = 4 + readU32(payload, 0);
  return { head: decoder.decode(payload.subarray(4, end)), body: payload.subarray(end) };
}

/** Reads an unsigned 32-bit number. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}

/** Numbers as a payload. The array must be the only view of its buffer. */
export const bytesOf = ({ buffer }: Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>) => new Uint8Array(buffer);

/** The f64 numbers in a PRINTED or PRINTED_LATE. */
export function readNumbers(payload: Uint8Array): number[] {
  return [...new Float64Array(payload.slice().buffer)];
}

/** Writes an unsigned 32-bit number. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
