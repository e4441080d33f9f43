/**
 * Reads LZ4 blocks (the format is described in lz4_block.ts).
 * @module
 */
import { CorruptFrame } from "./lz4_block.ts";

/**
 * Expands a block into `out` from `at` on, and answers where it ends there. Copies reach back to `oldest` at most and
 * nothing is written at or after `end`, whatever the block says.
 */
export function expandBlock(block: Uint8Array, out: Uint8Array, at: number, oldest: number, end: number): number {
  const last = block.length;
  let i = 0;
  const rest = () => {
    let sum = 0;
    for (let byte = 255; byte === 255;) {
      if (i >= last) throw cut();
      byte = block[i++]!;
      sum += byte;
    }
    return sum;
  };
  for (;;) {
    if (i >= last) throw cut();
    const token = block[i++]!;
    let count = token >>> 4;
    if (count === 15) count += rest();
    if (count > last - i) throw cut();
    if (count > end - at) throw tooLong();
    if (count > 24) out.set(block.subarray(i, i + count), at);
    else for (let k = 0; k < count; k++) out[at + k] = block[i + k]!;
    i += count;
    at += count;
    if (i === last) return at;

    if (last - i < 2) throw cut();
    const distance = block[i]! | (block[i + 1]! << 8);
    i += 2;
    if (distance === 0 || distance > at - oldest) {
      throw new CorruptFrame("a copy in the LZ4 frame begins before its data");
    }
    let length = (token & 15) + 4;
    if (length === 19) length += rest();
    if (length > end - at) throw tooLong();
    const stop = at + length;
    if (length > 48) repeat(out, at, distance, stop);
    else for (let k = at; k < stop; k++) out[k] = out[k - distance]!;
    at = stop;
  }
}

/** A long copy, which may run into what it writes: then the piece to copy doubles each time. */
function repeat(out: Uint8Array, at: number, distance: number, end: number) {
  const start = at - distance;
  for (; at < end; at += at - start) out.copyWithin(at, start, Math.min(at, start + end - at));
}

function cut(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame ends too early");
}

function tooLong(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame holds more bytes than it may");
}
