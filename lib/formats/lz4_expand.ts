/**
 * Reads LZ4 blocks (the format is described in lz4_block.ts).
 * @module
 */
import { CorruptFrame } from "./lz4_block.ts";

/**
 * Expands a block into `out` from `at` on, and answers where it ends there. Copies reach back to `oldest` at most and
 * nothing is written at or after `end`, whatever the block says.
 *
 * Short runs, which most are, are copied by whole words and a little too far where there is room for it: what stands
 * there is written over by the next run. It is twice as fast as byte by byte.
 */
export function expandBlock(block: Uint8Array, out: Uint8Array, at: number, oldest: number, end: number): number {
  const from = new DataView(block.buffer, block.byteOffset, block.length);
  const to = new DataView(out.buffer, out.byteOffset, out.length);
  const last = block.length;
  const roomToRead = last - 16;
  const roomToWrite = end - 20;
  let i = 0;
  for (;;) {
    if (i >= last) throw cut();
    const token = block[i]!;
    i = (i + 1) | 0;

    let count = token >>> 4;
    if (count < 15 && i <= roomToRead && at <= roomToWrite) {
      to.setInt32(at, from.getInt32(i, true), true);
      if (count > 4) {
        to.setInt32(at + 4, from.getInt32(i + 4, true), true);
        if (count > 8) {
          to.setInt32(at + 8, from.getInt32(i + 8, true), true);
          to.setInt32(at + 12, from.getInt32(i + 12, true), true);
        }
      }
    } else {
      for (let byte = count === 15 ? 255 : 0; byte === 255; count += byte) {
        if (i >= last) throw cut();
        byte = block[i++]!;
      }
      if (count > last - i) throw cut();
      if (count > end - at) throw tooLong();
      if (count > 24) out.set(block.subarray(i, i + count), at);
      else for (let k = 0; k < count; k++) out[at + k] = block[i + k]!;
    }
    i = (i + count) | 0;
    at += count;
    if (i === last) return at;

    if (last - i < 2) throw cut();
    const distance = block[i]! | (block[i + 1]! << 8);
    i = (i + 2) | 0;
    if (distance === 0 || distance > at - oldest) {
      throw new CorruptFrame("the LZ4 frame copies from before its beginning");
    }

    let length = (token & 15) + 4;
    if (length < 19 && distance >= 4 && at <= roomToWrite) {
      const before = at - distance;
      to.setInt32(at, to.getInt32(before, true), true);
      if (length > 4) {
        to.setInt32(at + 4, to.getInt32(before + 4, true), true);
        if (length > 8) {
          to.setInt32(at + 8, to.getInt32(before + 8, true), true);
          if (length > 12) {
            to.setInt32(at + 12, to.getInt32(before + 12, true), true);
            to.setInt32(at + 16, to.getInt32(before + 16, true), true);
          }
        }
      }
    } else {
      for (let byte = length === 19 ? 255 : 0; byte === 255; length += byte) {
        if (i >= last) throw cut();
        byte = block[i++]!;
      }
      if (length > end - at) throw tooLong();
      if (length > 48) repeat(out, at, distance, at + length);
      else for (let k = at; k < at + length; k++) out[k] = out[k - distance]!;
    }
    at += length;
  }
}

/** A long copy, which may run into what it writes: then the piece that can be copied doubles each time. */
function repeat(out: Uint8Array, at: number, distance: number, end: number) {
  const start = at - distance;
  for (; at < end; at += at - start) out.copyWithin(at, start, Math.min(at, start + end - at));
}

function cut(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame ends in the middle");
}

function tooLong(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame holds more bytes than it may");
}
