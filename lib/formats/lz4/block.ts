/**
 * Compressing LZ4 blocks. A block is literal bytes, and copies of bytes at most 64 KiB before.
 *
 * A block is a list of sequences. A sequence is a token, the literals, and how far back the copy begins (16 bits). The
 * token's upper half is the number of literals, its lower half the length of the copy less 4; if a half is 15, bytes
 * follow that are added to it, up to the first below 255. The last sequence has literals only; the last 5 bytes are
 * literals; no copy begins within the last 12 bytes.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 * @module
 */

/** How many bytes are compressed at a time: larger blocks were neither faster nor smaller. */
export const BLOCK_BYTES = 256 * 1024;

const SHORTEST_COPY = 4;
/**
 * How far back copies begin at most. (Not shared with expand.ts: V8 does not treat an imported binding as a constant.)
 */
const MAX_DISTANCE = 65535;
const HASH_BITS = 12; // 16 KiB of positions, which stay in the L1 cache

// V8 knows address and length of typed arrays that are constants of the module, so a block is first copied to `source`:
// reading it where it is takes a quarter longer. `| 0` after a sum spares V8 a check that it is still a small integer.
const source = new Uint8Array(BLOCK_BYTES);
const words = new DataView(source.buffer);
const target = new Uint8Array(BLOCK_BYTES);
const lastSeen = new Int32Array(1 << HASH_BITS);

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Finds how long two places are equal, in large steps: to at most 16 bytes before the end or the first byte that
 * differs.
 *
 * Comparing the BigInts would be shorter. But once one was -2^63, the bits of the float64 -0, V8 compiles the
 * comparison for integers of any size, and everything takes three times as long from then on.
 */
function followLong(at: number, distance: number, end: number): number {
  for (; at < end - 16; at = (at + 16) | 0) {
    const before = (at - distance) | 0;
    const first = words.getBigInt64(at, true) ^ words.getBigInt64(before, true);
    const second = words.getBigInt64((at + 8) | 0, true) ^ words.getBigInt64((before + 8) | 0, true);
    scratch.setBigInt64(0, first | second, true);
    if ((scratch.getInt32(0, true) | scratch.getInt32(4, true)) !== 0) break;
  }
  return at;
}

/** Writes what a length has beyond the 15 that fit into its half of the token. Returns where that ends. */
function putRest(rest: number, o: number): number {
  for (; rest >= 255; rest = (rest - 255) | 0) {
    target[o] = 255;
    o = (o + 1) | 0;
  }
  target[o] = rest;
  return (o + 1) | 0;
}

/**
 * Compresses at most `BLOCK_BYTES`. Returns `undefined` if the block would not become smaller. The next call overwrites
 * what is returned.
 *
 * Takes the first copy that it finds, like the fastest mode of LZ4. While it finds none its steps become longer, so
 * that random data cost next to nothing.
 */
export function compressBlock(block: Uint8Array): Uint8Array | undefined {
  source.set(block);
  lastSeen.fill(0);
  const limit = block.length - 1;
  const lastStart = (block.length - 12) | 0;
  const copyEnd = (block.length - 5) | 0;
  const lastWord = (copyEnd - 4) | 0;
  let literals = 0; // where literals that are not written yet begin
  let at = 1;
  let o = 0;
  while (at <= lastStart) {
    let before = 0;
    let misses = 64;
    for (;;) {
      const word = words.getInt32(at, true);
      const slot = hash(word);
      before = lastSeen[slot]!;
      lastSeen[slot] = at;
      if (words.getInt32(before, true) === word && ((at - before) | 0) <= MAX_DISTANCE) break;
      at = (at + (misses >>> 6)) | 0;
      misses = (misses + 1) | 0;
      if (at > lastStart) break;
    }
    if (at > lastStart) break;
    while (at > literals && before > 0 && source[(at - 1) | 0] === source[(before - 1) | 0]) {
      at = (at - 1) | 0;
      before = (before - 1) | 0;
    }

    const count = (at - literals) | 0;
    if (((o + count + (count >>> 7) + 12) | 0) > limit) return undefined;
    const token = o;
    o = (o + 1) | 0;
    if (count >= 15) o = putRest((count - 15) | 0, o);
    if (count > 32) target.set(source.subarray(literals, at), o);
    else for (let i = 0; i < count; i = (i + 1) | 0) target[(o + i) | 0] = source[(literals + i) | 0]!;
    o = (o + count) | 0;
    const distance = (at - before) | 0;
    target[o] = distance;
    target[(o + 1) | 0] = distance >>> 8;
    o = (o + 2) | 0;

    let end = (at + SHORTEST_COPY) | 0;
    for (;;) {
      if (end > lastWord) {
        while (end < copyEnd && source[end] === source[(end - distance) | 0]) end = (end + 1) | 0;
        break;
      }
      const differing = words.getInt32(end, true) ^ words.getInt32((end - distance) | 0, true);
      if (differing !== 0) {
        end = (end + ((31 - Math.clz32(differing & -differing)) >>> 3)) | 0; // the lowest set bit is in its first byte
        break;
      }
      end = (end + 4) | 0;
      if (((end - at) | 0) === 16) end = followLong(end, distance, copyEnd);
    }
    const length = (end - at - SHORTEST_COPY) | 0;
    const upper = count >= 15 ? 0xf0 : count << 4;
    if (length < 15) {
      target[token] = upper | length;
    } else {
      target[token] = upper | 15;
      if (o + length / 255 + 8 > limit) return undefined;
      o = putRest((length - 15) | 0, o);
    }
    literals = at = end;
  }
  const count = block.length - literals;
  if (o + count + (count >>> 7) + 4 > limit) return undefined;
  target[o++] = count >= 15 ? 0xf0 : count << 4;
  if (count >= 15) o = putRest(count - 15, o);
  target.set(source.subarray(literals, block.length), o);
  return target.subarray(0, o + count);
}
