/** This many zeros follow the last byte, so that readers need not compare with the end at every byte. */
const PADDING = 8;

/**
 * Why a reader stopped: it needs `more` bytes to go on, it is at the `end` of what it reads, or it came to something
 * `unexpected`, which it cannot read.
 */
export type ReadUntil = "more" | "end" | "unexpected";

/** A buffer of fixed size that moves over a stream. */
export class StreamBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Everything before is read. */
  at = 0;
  /** Where the bytes end. */
  end = 0;
  /** Do no bytes follow? */
  isLast = false;

  constructor(private readonly size: number) {
    this.bytes = new Uint8Array(size + PADDING);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Drops the bytes before `keep`, and adds as many of the chunk as fit. Returns how many these are. */
  add(chunk: Uint8Array, keep: number): number {
    this.bytes.copyWithin(0, keep, this.end);
    this.at -= keep;
    this.end -= keep;
    const added = Math.min(chunk.length, this.size - this.end);
    this.bytes.set(added < chunk.length ? chunk.subarray(0, added) : chunk, this.end);
    this.end += added;
    this.bytes.fill(0, this.end, this.end + PADDING);
    return added;
  }
}

/** The index of the first byte from `at` on that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  for (;; at++) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return at;
  }
}
