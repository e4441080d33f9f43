/** The bytes are not a valid LZ4 frame; the message says what is wrong with them. */
export class CorruptFrame extends Error {
  override name = "CorruptFrame";
}

/** How far back copies begin at most. */
const MAX_DISTANCE = 65535;

/** From this length on `copyWithin`, which has a high fixed cost, is faster than copying word by word. */
const LONG = 1024;

/**
 * Decompresses an LZ4 block (block.ts describes the format) into `out` from `start` on, and returns where its content
 * ends. Whatever the block says, no copy reads before `oldest`, and nothing is written at or after `stop`.
 *
 * Bytes are copied in whole words, which is twice as fast as byte by byte. Where there is room, this writes a few bytes
 * too many, which the next sequence overwrites.
 */
export function expandBlock(block: Uint8Array, out: Uint8Array, start: number, oldest: number, stop: number): number {
  // The part of `out` that the block can read and write, so that indexes are small integers however large `out` is.
  // Lengths are small as well: a block has at most 4 MiB, and each byte of it adds at most 255.
  const base = Math.max(oldest, start - MAX_DISTANCE);
  const reach = out.subarray(base, stop);
  const from = new DataView(block.buffer, block.byteOffset, block.length);
  const to = new DataView(reach.buffer, reach.byteOffset, reach.length);
  const last = block.length;
  const end = reach.length;
  const roomToRead = last - 16;
  const roomToWrite = end - 20;
  let at = (start - base) | 0;
  let i = 0;
  for (;;) {
    if (i >= last) throw cut();
    const token = block[i]!;
    i = (i + 1) | 0;

    let count = token >>> 4;
    if (count < 15 && i <= roomToRead && at <= roomToWrite) {
      if (count > 0) {
        to.setInt32(at, from.getInt32(i, true), true);
        if (count > 4) {
          to.setInt32(at + 4, from.getInt32(i + 4, true), true);
          if (count > 8) {
            to.setInt32(at + 8, from.getInt32(i + 8, true), true);
            to.setInt32(at + 12, from.getInt32(i + 12, true), true);
          }
        }
        i = (i + count) | 0;
        at = (at + count) | 0;
      }
    } else {
      for (let byte = count === 15 ? 255 : 0; byte === 255; count += byte) {
        if (i >= last) throw cut();
        byte = block[i++]!;
      }
      if (count > last - i) throw cut();
      if (count > end - at) throw tooLong();
      if (count > 24) reach.set(block.subarray(i, i + count), at);
      else for (let k = 0; k < count; k++) reach[at + k] = block[i + k]!;
      i = (i + count) | 0;
      at = (at + count) | 0;
      if (i === last) return base + at;
    }

    if (last - i < 2) throw cut();
    const distance = block[i]! | (block[i + 1]! << 8);
    i = (i + 2) | 0;
    if (distance === 0 || distance > at) {
      throw new CorruptFrame("the LZ4 frame has a copy that begins before the content");
    }

    const before = (at - distance) | 0;
    let length = (token & 15) + 4;
    if (length < 19 && distance >= 4 && at <= roomToWrite) {
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
      if (distance >= 8 && length < LONG && length <= end - 8 - at) {
        copyWords(to, at, distance, length);
      } else if (length > 48) repeat(reach, at, distance, at + length);
      else for (let k = at; k < at + length; k++) reach[k] = reach[k - distance]!;
    }
    at = (at + length) | 0;
  }
}

/** Copies word by word, up to 7 bytes too many. */
function copyWords(to: DataView, at: number, distance: number, length: number) {
  const end = (at + length) | 0;
  for (let before = (at - distance) | 0; at < end; at = (at + 8) | 0, before = (before + 8) | 0) {
    to.setBigInt64(at, to.getBigInt64(before, true), true);
  }
}

/**
 * Copies many bytes. If the copy is longer than `distance`, it repeats bytes that it has written itself: each step
 * copies all that are there, so their number doubles each time.
 */
function repeat(out: Uint8Array, at: number, distance: number, end: number) {
  const start = at - distance;
  for (; at < end; at += at - start) out.copyWithin(at, start, Math.min(at, start + end - at));
}

function cut(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame ends in the middle");
}

function tooLong(): CorruptFrame {
  return new CorruptFrame("a block of the LZ4 frame has more bytes than it may");
}
