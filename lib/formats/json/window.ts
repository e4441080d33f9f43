/**
 * A stretch of bytes that moves over a stream.
 * @module
 */

/** Behind the last byte there are so many zeros, so that nobody has to look for the end at every byte. */
const PADDING = 8;

/**
 * How far a reader came: to the end of the window, so that it goes on when there is `more`; to the `end` of what it
 * reads; or to something `odd`, that it does not read.
 */
export type Progress = "more" | "end" | "odd";

/** The bytes of a stream that are looked at. */
export class Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** What is before is read. */
  at = 0;
  /** Behind the last byte. */
  end = 0;
  /** Is the end that of the stream? */
  isLast = false;

  constructor(private readonly size: number) {
    this.bytes = new Uint8Array(size + PADDING);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Drops everything before `keep`, and takes as much of the chunk as there is room for. Returns how much that is. */
  move(keep: number, chunk: Uint8Array): number {
    this.bytes.copyWithin(0, keep, this.end);
    this.at -= keep;
    this.end -= keep;
    const taken = Math.min(chunk.length, this.size - this.end);
    this.bytes.set(taken < chunk.length ? chunk.subarray(0, taken) : chunk, this.end);
    this.end += taken;
    this.bytes.fill(0, this.end, this.end + PADDING);
    return taken;
  }
}

/** The first place from `at` on where there is no white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  for (;; at++) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return at;
  }
}
