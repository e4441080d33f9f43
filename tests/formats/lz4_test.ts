/** LZ4 frames: those of Python's lz4 are read, ours are read by others, and broken ones are refused. */
import decodeElsewhere from "@foxglove/wasm-lz4";
import fc from "fast-check";
import assert from "node:assert/strict";
import { expandBlock } from "../../lib/formats/lz4/expand.ts";
import { compressChunks, CorruptFrame, decompressFrame } from "../../lib/formats/lz4/frame.ts";
import { xxhash32 } from "../../lib/formats/lz4/xxhash32.ts";
import { compressFrame } from "./compress_frame.ts";

interface Recorded {
  readonly data: Record<string, { readonly length: number; readonly sha256: string; readonly b64?: string }>;
  readonly odd: readonly {
    readonly id: string;
    readonly compressed_b64: string;
    readonly reference_reads?: string;
    readonly reference_error?: string;
  }[];
  readonly cases: readonly { readonly id: string; readonly data: string; readonly compressed_b64?: string }[];
}

const recorded: Recorded = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/data/lz4.json", import.meta.url)),
);

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function noise(length: number): Uint8Array {
  let x = 12345;
  return Uint8Array.from({ length }, () => {
    x = (Math.imul(1103515245, x) + 12345) & 0x7fffffff;
    return x >>> 16;
  });
}

/** The larger data of the recording, from its words. */
const GENERATED: Record<string, () => Uint8Array> = {
  "zeros-100k": () => new Uint8Array(100_000),
  "ramp-f64": () => new Uint8Array(Float64Array.from({ length: 2000 }, (_, i) => i * 0.5).buffer),
  "mod251-200k": () => Uint8Array.from({ length: 200_000 }, (_, i) => i % 251),
  "zeros-5m": () => new Uint8Array(5 * 2 ** 20),
  "mod251-5m": () => Uint8Array.from({ length: 5 * 2 ** 20 }, (_, i) => i % 251),
  "far-repeat-120k": () => {
    const period = noise(2000);
    return Uint8Array.from({ length: 120_000 }, (_, i) => period[i % 2000]!);
  },
};

const DATA = new Map(
  Object.entries(recorded.data).map((
    [name, { b64 }],
  ) => [name, b64 === undefined ? GENERATED[name]!() : fromBase64(b64)]),
);

const ODD = new Map(recorded.odd.map((odd) => [odd.id, odd]));
const oddFrame = (id: string) => fromBase64(ODD.get(id)!.compressed_b64);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** assert.deepEqual takes seconds for megabytes. */
function same(actual: Uint8Array, expected: Uint8Array, name: string) {
  assert.equal(actual.length, expected.length, name);
  let i = 0;
  while (i < actual.length && actual[i] === expected[i]) i++;
  assert.equal(i, actual.length, `${name}: byte ${i} differs`);
}

Deno.test("the recorded data is made from its words as it was there", async () => {
  for (const [name, { length, sha256 }] of Object.entries(recorded.data)) {
    const bytes = new Uint8Array(DATA.get(name)!);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assert.equal(bytes.length, length);
    assert.equal(Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""), sha256, name);
  }
});

Deno.test("decompressFrame() reads every frame that Python's lz4 wrote", () => {
  let count = 0;
  for (const { id, data, compressed_b64 } of recorded.cases) {
    if (compressed_b64 === undefined) continue;
    const expected = DATA.get(data)!;
    same(decompressFrame(fromBase64(compressed_b64), expected.length), expected, id);
    count++;
  }
  assert.ok(count > 140, `${count} frames were recorded`);
});

Deno.test("decompressFrame() makes of odd frames what Python's lz4 makes of them", () => {
  for (const { id, compressed_b64, reference_reads, reference_error } of recorded.odd) {
    const frame = fromBase64(compressed_b64);
    if (reference_error !== undefined) {
      for (const size of [0, 6, 100]) assert.throws(() => decompressFrame(frame, size), CorruptFrame, id);
    } else {
      const expected = fromBase64(reference_reads!);
      same(decompressFrame(frame, expected.length), expected, id);
    }
  }
});

Deno.test("decompressFrame() skips skippable frames and joins frames, as the format says", () => {
  assert.equal(textOf(decompressFrame(oddFrame("skippable-then-frame"), 6)), "first ");
  assert.equal(textOf(decompressFrame(oddFrame("two-frames"), 12)), "first second");
});

Deno.test("decompressFrame() says what is wrong with a frame", () => {
  const reasons: [string, number, RegExp][] = [
    ["cut", 6, /cut short/],
    ["empty-input", 0, /cut short/],
    ["bad-magic", 6, /do not begin like an LZ4 frame/],
    ["bad-header-checksum", 6, /checksum of the LZ4 frame's header/],
    ["bad-content-checksum", 19, /checksum of the LZ4 frame's content/],
    ["bad-block-checksum", 162, /checksum of a block/],
    ["trailing-bytes", 5, /has 6 bytes of content, expected 5/],
    ["trailing-bytes", 7, /do not begin like an LZ4 frame/],
    ["skippable-then-frame", 7, /has 6 bytes of content, expected 7/],
    ["streamed-no-size", 90, /has more bytes than it may/],
    ["cut", 2 ** 40, /of 24 bytes cannot hold 1099511627776/],
  ];
  for (const [id, size, reason] of reasons) {
    assert.throws(() => decompressFrame(oddFrame(id), size), (error) => {
      assert.ok(error instanceof CorruptFrame);
      assert.match(error.message, reason, id);
      return true;
    });
  }
});

/** A frame with this descriptor and these blocks, its header's checksum right. */
function frameOf(flags: number, blockSize: number, ...rest: number[]): Uint8Array {
  const check = xxhash32(new Uint8Array([flags, blockSize])) >>> 8;
  return new Uint8Array([0x04, 0x22, 0x4d, 0x18, flags, blockSize, check, ...rest]);
}

Deno.test("decompressFrame() refuses frames that are well-made but not to be trusted", () => {
  const end = [0, 0, 0, 0];
  const block = (...bytes: number[]) => [bytes.length, 0, 0, 0, ...bytes, ...end];
  const frames: [Uint8Array, RegExp][] = [
    [frameOf(0x61, 0x40, ...end), /dictionary/],
    [frameOf(0x20, 0x40, ...end), /unknown version/],
    [frameOf(0x62, 0x40, ...end), /unknown version/],
    [frameOf(0x60, 0x30, ...end), /unknown version/],
    [frameOf(0x60, 0xc0, ...end), /unknown version/],
    [frameOf(0x60, 0x40, 0xff, 0xff, 0xff, 0x7f, ...end), /block of the LZ4 frame is larger/],
    [frameOf(0x60, 0x40, ...block(0x10, 65, 0, 0)), /begins before the content/],
    [frameOf(0x60, 0x40, ...block(0x10, 65, 2, 0)), /begins before the content/],
    [frameOf(0x60, 0x40, ...block(0x10)), /in the middle/],
    [frameOf(0x60, 0x40, ...block(0xf0, 255, 255)), /in the middle/],
    [frameOf(0x60, 0x40, ...block(0x10, 65, 1)), /in the middle/],
    [frameOf(0x60, 0x40, ...block(0x1f, 65, 1, 0, 255, 255)), /in the middle/],
    [frameOf(0x60, 0x40, ...block(0x1f, 65, 1, 0, 255, 0, 0)), /more bytes than it may/],
    [frameOf(0x60, 0x40, ...block(0x20, 65, 66)), /has 2 bytes of content, expected 8/],
    [frameOf(0x60, 0x40, ...block(0x10, 65), 1), /cut short/],
  ];
  for (const [frame, reason] of frames) {
    // Once alone, once within other bytes: nothing is read beyond the frame.
    const within = new Uint8Array([...frame, 1, 2, 3, 4]).subarray(0, frame.length);
    for (const bytes of [frame, within]) assert.throws(() => decompressFrame(bytes, 8), { message: reason });
  }
});

/** What a length has beyond the 15 of its half of the token. */
const rest = (length: number) => [...Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];

/** A block: `literals`, a copy of `length` bytes from `distance` before, then `after` literals. */
function copyingBlock(literals: Uint8Array, distance: number, length: number, after: Uint8Array): Uint8Array {
  const token = (count: number, length: number) => Math.min(count, 15) << 4 | Math.min(length, 15);
  const put = (bytes: Uint8Array) => [...bytes.length < 15 ? [] : rest(bytes.length), ...bytes];
  const copied = length - 4;
  const head = [token(literals.length, copied), ...put(literals), distance & 255, distance >>> 8];
  return new Uint8Array([...head, ...copied < 15 ? [] : rest(copied), token(after.length, 0), ...put(after)]);
}

Deno.test("expandBlock() copies any length from any distance, and writes nothing after the end", () => {
  const distances = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 64, 100, 1000];
  const lengths = [...Array(70).keys()].map((i) => i + 4).concat([270, 500, 1023, 1024, 1025, 1031, 5000]);
  const before = noise(1000);
  for (const distance of distances) {
    for (const length of lengths) {
      const expected = [...before];
      for (let i = 0; i < length; i++) expected.push(expected.at(-distance)!);
      for (const room of [0, 1, 7, 8, 9, 20, 40]) {
        const after = noise(room);
        const block = copyingBlock(before, distance, length, after);
        const size = 1000 + length + room;
        // What is before and after does not change.
        const out = new Uint8Array(10 + size + 32).fill(99);
        assert.equal(expandBlock(block, out, 10, 10, 10 + size), 10 + size);
        const padding = (count: number) => Array(count).fill(99);
        same(out, new Uint8Array([...padding(10), ...expected, ...after, ...padding(32)]), `${distance}, ${length}`);
        assert.throws(() => expandBlock(block, out, 10, 10, 10 + size - 1), CorruptFrame);
        assert.throws(() => expandBlock(block.subarray(0, -1 - room), out, 10, 10, 10 + size), CorruptFrame);
      }
    }
  }
});

Deno.test("compressChunks() writes what decompressFrame() and LZ4's own code read", async () => {
  await decodeElsewhere.isLoaded;
  const extra: [string, Uint8Array][] = [0, 4, 5, 11, 12, 13, 17, 255, 270, 271, 526, 65_535, 262_144, 262_145].flatMap(
    (length): [string, Uint8Array][] => [
      [`${length} zeros`, new Uint8Array(length)],
      [`noise of ${length}`, noise(length)],
      [`half noise of ${length}`, noise(length).map((byte, i) => i % 8 < 4 ? byte : 0)],
    ],
  );
  // Their words differ in nothing but the highest bit, or are no number.
  const runs = Float64Array.from({ length: 50_000 }, (_, i) => [-0, 0, NaN, 1][(i * i >>> 12) % 4]!);
  extra.push(["runs of float64", new Uint8Array(runs.buffer)], ["shifted runs", new Uint8Array(runs.buffer).slice(3)]);
  for (const [name, bytes] of [...DATA, ...extra]) {
    const frame = compressFrame(bytes);
    assert.ok(frame.length <= bytes.length + 19 + 4 * Math.ceil(bytes.length / 2 ** 18), name);
    same(decompressFrame(frame, bytes.length), bytes, name);
    if (bytes.length > 0) same(decodeElsewhere(frame, bytes.length), bytes, name);
  }
});

Deno.test("compressChunks() makes regular data small", () => {
  assert.ok(compressFrame(new Uint8Array(2 ** 20)).length < 5000);
  const bound: Record<string, number> = { text: 0.12, "ramp-f64": 0.55, "mod251-200k": 0.02, "far-repeat-120k": 0.05 };
  for (const [name, ratio] of Object.entries(bound)) {
    const bytes = DATA.get(name)!;
    assert.ok(compressFrame(bytes).length < ratio * bytes.length, name);
  }
});

Deno.test("compressChunks() yields noise without a copy", () => {
  const bytes = noise(300_000);
  const pieces = [...compressChunks(bytes)];
  assert.equal(pieces.filter((piece) => piece.buffer === bytes.buffer).length, 2);
});

/** Bytes with repetitions near and far. */
const anyBytes = fc.array(
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 })),
  { maxLength: 30 },
).map((parts) => new Uint8Array(parts.flatMap(([bytes, times]) => Array(times).fill([...bytes]).flat())));

Deno.test("compressChunks() loses nothing", async () => {
  await decodeElsewhere.isLoaded;
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const frame = compressFrame(bytes);
      same(decompressFrame(frame, bytes.length), bytes, "ours");
      if (bytes.length > 0) same(decodeElsewhere(frame, bytes.length), bytes, "theirs");
    }),
    { seed: 4, numRuns: 300 },
  );
});

/** One change of a frame: cut off, a bit turned, a byte replaced, bytes left out. */
function damage(frame: Uint8Array, kind: number, at: number, value: number): Uint8Array {
  const i = at % frame.length;
  if (kind === 0) return frame.slice(0, i);
  if (kind === 1) return new Uint8Array([...frame.subarray(0, i), ...frame.subarray(i + 1 + value % 8)]);
  const copy = frame.slice();
  copy[i] = kind === 2 ? copy[i]! ^ (1 << value % 8) : value;
  return copy;
}

Deno.test("100,000 damaged frames end in an error, or in the right number of bytes: the right ones with a checksum", () => {
  const small = recorded.cases.filter((c) =>
    (c.compressed_b64?.length ?? 9999) < 800 && DATA.get(c.data)!.length < 2000
  );
  const frames = small.map(({ id, data, compressed_b64 }) => ({
    frame: fromBase64(compressed_b64!),
    expected: DATA.get(data)!,
    checked: /content-checksum|both-checksums/.test(id),
  }));
  frames.push({ frame: compressFrame(DATA.get("text")!), expected: DATA.get("text")!, checked: false });
  const byte = fc.integer({ min: 0, max: 255 });
  const change = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(), byte);
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.array(change, { minLength: 100, maxLength: 100 }),
      (original, changes) => {
        for (const [kind, at, value] of changes) {
          const { frame, expected, checked } = original;
          try {
            const bytes = decompressFrame(damage(frame, kind, at, value), expected.length);
            assert.equal(bytes.length, expected.length);
            if (checked) assert.deepEqual(bytes, expected);
          } catch (error) {
            if (!(error instanceof CorruptFrame)) throw error;
          }
        }
      },
    ),
    { seed: 5, numRuns: 1000 },
  );
});

Deno.test("xxhash32() is xxHash", () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  assert.equal(xxhash32(ascii("")), 0x02cc5d05);
  assert.equal(xxhash32(ascii("a")), 0x550d7456);
  assert.equal(xxhash32(ascii("abc")), 0x32d153ff);
  assert.equal(xxhash32(ascii("Nobody inspects the spammish repetition")), 0xe2293b2f);
});
