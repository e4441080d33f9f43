/**
 * What the server and a worker say to each other: frames over one Unix socket, nine bytes of header and a payload.
 * Large pieces of bodies lie in memory that both share, where there is any (shared_memory.ts).
 *
 * Calls and answers have the same form. One whose body is there is a single frame, WHOLE; else OPEN is followed by any
 * number of DATA and an END (or ABORT). Frames of several calls may lie between each other; `id` says whose they are.
 * @module
 */

/** The kinds of frames. */
export const Kind = {
  /** Worker → server, once: it takes calls now; the payload says what it can do. */
  READY: 1,
  /** Worker → server, instead of READY: it cannot start; the payload says why. */
  FAILED: 2,
  /** Head and body of a call or an answer (`splitHead`). */
  WHOLE: 3,
  /** Head of a call or an answer, and the beginning of its body. */
  OPEN: 4,
  /** A piece of a body. */
  DATA: 5,
  /** The body is complete. */
  END: 6,
  /**
   * The rest of the body will not come. To the one who sends it: nobody wants the rest. Server → worker, of a call whose
   * body was complete: nobody wants the answer.
   */
  ABORT: 7,
  /** This many bytes (u32) of the body were used up: as many more may be sent. */
  CREDIT: 8,
  /** Server → worker: forget this call, if it has not begun. */
  RECALL: 9,
  /** Worker → server, and back at once: what was sent before it has been looked at. */
  SYNC: 10,
  /** Worker → server, before the answer: where the prints of the call begin and end (two f64, see prints.ts). */
  PRINTED: 11,
  /** Server → worker: the connection is about to be closed. Without it, the server has died. */
  GOODBYE: 12,
  /** Worker → server: what a call has printed after its answer (`LatePart` without the call, as f64). */
  PRINTED_LATE: 14,
  /** Server → worker, which rests: give back the memory that is not in use any more. */
  RELEASE: 15,
  /**
   * Worker → server: the next part of the answer is in a file, whose path the payload is. The server removes it. When it
   * has sent all of the answer, it says ABORT.
   */
  KEPT: 16,
  /** Like DATA, of a piece in the shared memory: its slot and its length (u32). */
  SHARED: 13,
} as const;
export type Kind = typeof Kind[keyof typeof Kind];

/** A frame that arrived. */
export interface Frame {
  readonly kind: Kind;
  readonly id: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** The payload lies in shared memory. To be called when nobody looks at it any more. */
  readonly release?: (() => void) | undefined;
}

/** The payload of a frame, or of what is like one, in memory of its own. */
export function ownPayload({ payload, release }: Pick<Frame, "payload" | "release">): Uint8Array<ArrayBuffer> {
  if (release === undefined) return payload;
  const copy = new Uint8Array(payload);
  release();
  return copy;
}

/** Bytes before the payload: its length (u32), the id (u32), the kind. All numbers are little-endian. */
export const HEADER = 9;
/** Pieces of bodies are cut to this, so that frames of other calls get between them. */
export const PIECE = 1 << 20;
/** No honest frame is larger: a head is small, and so is the body in a WHOLE. */
export const LARGEST = 4 * PIECE;

const decoder = new TextDecoder();

/** Splits the payload of WHOLE and OPEN into the head and the (beginning of the) body. */
export function splitHead(payload: Uint8Array<ArrayBuffer>): { head: string; body: Uint8Array<ArrayBuffer> } {
  const end = 4 + readU32(payload, 0);
  return { head: decoder.decode(payload.subarray(4, end)), body: payload.subarray(end) };
}

/** The number in a CREDIT, or a length. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}

/** The numbers in a PRINTED or PRINTED_LATE. */
export function readNumbers(payload: Uint8Array): number[] {
  return [...new Float64Array(payload.slice().buffer)];
}

/** Writes a number where `readU32` finds it. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
