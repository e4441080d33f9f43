/**
 * LZ4 frames, as `lz4.frame` of Python writes and reads them.
 *
 * A frame is a magic number, a descriptor, blocks, each after its size, and a size of 0. All numbers are little-endian.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @module
 */
import { BLOCK_BYTES, compressBlock } from "./block.ts";
import { CorruptFrame, expandBlock } from "./expand.ts";
import { xxhash32 } from "./xxhash32.ts";

export { CorruptFrame };

const MAGIC = 0x184d2204;
const HEADER_BYTES = 15; // as we write it, with the size of the content
/** The magic number of frames with other data, which readers skip. Its last four bits may be anything. */
const SKIPPABLE = 0x184d2a50;

/** Bits of the descriptor's first byte, FLG. Its two upper bits are the version, which is 1. */
const VERSION = 0x40, INDEPENDENT = 0x20, BLOCK_CHECKSUM = 0x10, SIZE = 0x08, CHECKSUM = 0x04, RESERVED = 0x02;
const DICTIONARY = 0x01;

/** The size of blocks in the descriptor's second byte, BD: 4 is 64 KiB, 5 is 256 KiB, and so on. */
const BLOCK_BYTES_CODE = 5;

/** A bit in the size of a block: the block is not compressed. */
const STORED = 0x80000000;

/** One byte of a block becomes at most so many bytes of content. */
const MOST_PER_BYTE = 255;

/**
 * Compresses bytes into a frame, in chunks. Chunks of data that cannot be compressed are views of `bytes`, not copies.
 *
 * The frame has the size of its content, and blocks that do not depend on each other. It has no checksums, as LZ4 and
 * Python make none unless they are asked to.
 */
export function* compressChunks(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  yield header(bytes.length);
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    const compressed = compressBlock(block);
    yield uint32(compressed ? compressed.length : block.length | STORED);
    yield compressed?.slice() ?? block;
  }
  yield uint32(0);
}

function header(size: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  header[4] = VERSION | INDEPENDENT | SIZE;
  header[5] = BLOCK_BYTES_CODE << 4;
  view.setBigUint64(6, BigInt(size), true);
  header[14] = xxhash32(header.subarray(4, 14)) >>> 8;
  return header;
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

/**
 * Decompresses a frame. Throws `CorruptFrame` if its content does not have `size` bytes, or if anything else is wrong
 * with it. Checksums are verified if there are any.
 *
 * Skippable frames are skipped, and the contents of several frames are joined. As in Python, nothing is read after the
 * frame in which the content is complete.
 */
export function decompressFrame(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  if (size > bytes.length * MOST_PER_BYTE) {
    throw new CorruptFrame(`an LZ4 frame of ${bytes.length} bytes cannot hold ${size}`);
  }
  const out = new Uint8Array(size);
  const input = new Input(bytes);
  let at = 0;
  do {
    if (at > 0 && input.atEnd) throw wrongSize(at, size);
    at = readFrame(input, out, at);
  } while (at < size);
  return out;
}

/** Decompresses one frame into `out` from `start` on, and returns where its content ends. */
function readFrame(input: Input, out: Uint8Array, start: number): number {
  const magic = input.uint32();
  if ((magic & ~0xf) === SKIPPABLE) {
    input.bytes(input.uint32());
    return start;
  }
  if (magic !== MAGIC) throw new CorruptFrame("the bytes do not begin like an LZ4 frame");
  const frame = readDescriptor(input);
  const most = out.length - start;
  if (frame.size !== undefined && frame.size > most) throw wrongSize(start + frame.size, out.length);

  let at = start;
  for (let head = input.uint32(); head !== 0; head = input.uint32()) {
    const length = (head & ~STORED) >>> 0;
    if (length > frame.blockBytes) throw new CorruptFrame("a block of the LZ4 frame is larger than it may be");
    const block = input.bytes(length);
    if (frame.blockChecksums && input.uint32() !== xxhash32(block)) {
      throw new CorruptFrame("the checksum of a block of the LZ4 frame is wrong");
    }
    const end = Math.min(at + frame.blockBytes, out.length);
    if (length === head) {
      at = expandBlock(block, out, at, frame.independent ? at : start, end);
    } else {
      if (length > end - at) throw wrongSize(at + length, out.length);
      out.set(block, at);
      at += length;
    }
  }
  if (frame.checksum && input.uint32() !== xxhash32(out.subarray(start, at))) {
    throw new CorruptFrame("the checksum of the LZ4 frame's content is wrong");
  }
  if (frame.size !== undefined && frame.size !== at - start) {
    throw new CorruptFrame(`the LZ4 frame says that it has ${frame.size} bytes of content, but it has ${at - start}`);
  }
  return at;
}

/** The descriptor at the beginning of a frame. `size` is that of the content, if it is given. */
function readDescriptor(input: Input) {
  const from = input.at;
  const flags = input.uint8();
  const blocks = input.uint8();
  const size = flags & SIZE ? input.uint64() : undefined;
  const descriptor = input.since(from);
  if (input.uint8() !== (xxhash32(descriptor) >>> 8 & 0xff)) {
    throw new CorruptFrame("the checksum of the LZ4 frame's header is wrong");
  }
  if (flags & DICTIONARY) throw new CorruptFrame("the LZ4 frame needs a dictionary");
  const code = blocks >>> 4;
  if ((flags & 0xc0) !== VERSION || flags & RESERVED || blocks & 0x8f || code < 4) {
    throw new CorruptFrame("the LZ4 frame is of an unknown version");
  }
  return {
    independent: (flags & INDEPENDENT) !== 0,
    blockChecksums: (flags & BLOCK_CHECKSUM) !== 0,
    checksum: (flags & CHECKSUM) !== 0,
    size,
    blockBytes: 1 << (8 + 2 * code),
  };
}

/** Reads a frame from its beginning to its end. */
class Input {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  since(from: number): Uint8Array {
    return this.#bytes.subarray(from, this.at);
  }

  bytes(count: number): Uint8Array {
    if (count > this.#bytes.length - this.at) throw new CorruptFrame("the LZ4 frame is cut short");
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  uint8(): number {
    return this.bytes(1)[0]!;
  }

  uint32(): number {
    this.bytes(4);
    return this.#view.getUint32(this.at - 4, true);
  }

  uint64(): number {
    this.bytes(8);
    return Number(this.#view.getBigUint64(this.at - 8, true));
  }
}

function wrongSize(found: number, expected: number): CorruptFrame {
  return new CorruptFrame(`the LZ4 frame has ${found} bytes of content, expected ${expected}`);
}
