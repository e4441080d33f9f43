import assert from "node:assert/strict";
import fc from "fast-check";
import { type Frame, FrameKind, readU32, splitHead, writeU32 } from "../../lib/workers/protocol/frames.ts";
import { FrameSocket } from "../../lib/workers/protocol/frame_socket.ts";
import { until } from "../until.ts";
import { socketPair } from "./socket_pair.ts";

/** Sizes around those at which a frame is handled in another way. */
const size = fc.oneof(
  fc.nat(40),
  fc.constantFrom(1 << 14, (1 << 14) - 1, (1 << 16) - 9, 1 << 16, (1 << 16) + 1, 1 << 20),
);
const frame = fc.record({
  head: fc.option(fc.string({ unit: "grapheme", maxLength: 50 }), { nil: undefined }),
  size,
  hold: fc.boolean(),
});

for (const eager of [true, false]) {
  Deno.test(`what goes into ${eager ? "an eager" : "a"} socket comes out, whole and in order`, async () => {
    const sizes = fc.array(frame, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async (frames) => {
        const [near, far] = await socketPair();
        const sender = new FrameSocket(near, eager);
        const receiver = new FrameSocket(far, false);
        const got: Frame[] = [];
        const reading = receiver.read((frame) => got.push(frame), () => {});
        frames.forEach(({ head, size, hold }, id) => {
          sender.send(FrameKind.DATA, id, new Uint8Array(size).fill(id), head, hold);
        });
        sender.flush();
        await sender.flushed();
        sender.close();
        await reading;
        assert.equal(got.length, frames.length);
        frames.forEach(({ head, size }, id) => {
          const { id: gotId, payload } = got[id]!;
          assert.equal(gotId, id);
          const split = head === undefined ? { head, body: payload } : splitHead(payload);
          assert.equal(split.head, head);
          assert.equal(split.body.length, size);
          assert.ok(split.body.every((byte) => byte === id));
        });
      }),
      { numRuns: 20 },
    );
  });
}

Deno.test("what the other end wrote before it ended is read, even if writing to it has failed", async () => {
  const [near, far] = await socketPair();
  const worker = new FrameSocket(near, true);
  for (let id = 0; id < 10; id++) worker.send(FrameKind.DATA, id, new Uint8Array(1000));
  await worker.flushed();
  worker.close();
  const server = new FrameSocket(far, false);
  server.send(FrameKind.CREDIT, 0, new Uint8Array(4));
  await until("writing has failed", () => server.isClosed);
  const got: number[] = [];
  await server.read(({ id }) => got.push(id), () => {});
  assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("numbers are read as they were written", () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 32 - 1 }), (value) => {
    const bytes = new Uint8Array(6);
    writeU32(bytes, 1, value);
    assert.equal(readU32(bytes, 1), value);
  }));
});

Deno.test("a frame that claims to be huge ends the connection before memory is asked for", async () => {
  const [near, far] = await socketPair();
  const reading = new FrameSocket(far, false).read(() => {}, () => {});
  await near.write(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0, FrameKind.DATA]));
  await assert.rejects(reading, RangeError);
  near.close();
});
