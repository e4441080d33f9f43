import "./open_libc.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { IncomingBody, OutgoingBody } from "../../lib/workers/protocol/flow_control.ts";
import { type Frame, FrameKind, ownPayload, PIECE } from "../../lib/workers/protocol/frames.ts";
import { giveBackMemory, openMemory, type ServerMemory, takeMemory } from "../../lib/workers/protocol/shared_memory.ts";
import { FrameSocket } from "../../lib/workers/protocol/frame_socket.ts";
import { withFolder } from "../cli/run.ts";
import { socketPair } from "./socket_pair.ts";

const ignore = Deno.build.os !== "linux";

/** Memory for one test, and the worker's end of it. */
async function withMemory(test: (server: ServerMemory, worker: NonNullable<ReturnType<typeof openMemory>>) => unknown) {
  const server = takeMemory()!;
  const worker = openMemory(server.path)!;
  try {
    await test(server, worker);
  } finally {
    giveBackMemory(server);
  }
}

Deno.test({
  name: "what one end puts into a slot the other finds there, until the slot is freed",
  ignore,
  fn: () =>
    withMemory((server, worker) => {
      for (const [from, to] of [[server, worker], [worker, server]] as const) {
        const slots: number[] = [];
        for (let slot; (slot = from.outgoing.put(new Uint8Array(PIECE).fill(slots.length))) !== undefined;) {
          slots.push(slot);
        }
        assert.ok(slots.length > 4, String(slots.length));
        slots.forEach((slot, i) => assert.ok(to.incoming.get(slot, PIECE).every((byte) => byte === i)));
        to.incoming.free(slots[3]!);
        assert.equal(from.outgoing.put(new Uint8Array([7])), slots[3]);
        assert.deepEqual([...to.incoming.get(slots[3]!, 1)], [7]);
        assert.equal(from.outgoing.put(new Uint8Array([8])), undefined);
      }
    }),
});

Deno.test({
  name: "memory that was given back is used again, and is empty",
  ignore,
  fn: () =>
    withMemory((server, worker) => {
      const count = (slots: ServerMemory["outgoing"]) => {
        let n = 0;
        while (slots.put(new Uint8Array(1)) !== undefined) n++;
        return n;
      };
      const [there, back] = [count(server.outgoing), count(worker.outgoing)];
      giveBackMemory(server);
      assert.equal(takeMemory(), server);
      assert.deepEqual([count(server.outgoing), count(worker.outgoing)], [there, back]);
    }),
});

Deno.test("memory that is not there is not opened", () => {
  assert.equal(openMemory("/proc/self/fd/12345"), undefined);
  assert.equal(openMemory("/no such file"), undefined);
});

Deno.test({
  name: "where files may not become that large there is no memory to share, and no signal that ends the server",
  ignore,
  async fn() {
    const module = new URL("../../lib/workers/protocol/shared_memory.ts", import.meta.url).href;
    const script = `import { takeMemory } from "${module}"; console.log(String(takeMemory() === undefined));`;
    // Deno's own cache may have larger files, which it could not write to.
    await withFolder({}, async (cache) => {
      for (const limit of ["12000", "unlimited"]) {
        const args = ["-c", 'ulimit -f "$1" && exec "$2" eval "$3"', "sh", limit, Deno.execPath(), script];
        const env = { DENO_DIR: cache };
        const { success, stdout } = await new Deno.Command("sh", { args, env, stderr: "inherit" }).output();
        assert.ok(success);
        assert.equal(new TextDecoder().decode(stdout), limit === "unlimited" ? "false\n" : "true\n");
      }
    });
  },
});

Deno.test({
  name: "a body goes through shared memory or the socket, piece by piece, and comes out whole and in order",
  ignore,
  fn: () =>
    withMemory(async (server, worker) => {
      const size = fc.oneof(fc.nat(40), fc.constantFrom(1 << 16, (1 << 16) - 1, 1 << 18, PIECE, PIECE + 1, 3 * PIECE));
      const reader = fc.constantFrom("borrowed", "owned", "dropped" as const);
      await fc.assert(
        fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 24 }), reader, async (sizes, reading) => {
          const [near, far] = await socketPair();
          const sender = new FrameSocket(near, false);
          const receiver = new FrameSocket(far, false);
          sender.memory = server;
          receiver.memory = worker;
          const flow = new OutgoingBody(sender, 1);
          const body = new IncomingBody(receiver, 1);
          const take = ({ kind, payload, release }: Frame) => {
            if (kind === FrameKind.DATA) body.push({ payload, release });
            else body.end();
          };
          const credits = sender.read(({ kind }) => kind === FrameKind.CREDIT && flow.grant(PIECE), () => {});
          const frames = receiver.read(take, () => {});
          const sending = (async () => {
            for (const [i, size] of sizes.entries()) {
              const chunk = new Uint8Array(size).fill(i);
              await flow.send(chunk);
              // it was copied
              chunk.fill(255);
            }
            sender.send(FrameKind.END, 1);
          })();
          const got = new Uint8Array(sizes.length);
          let [length, last] = [0, 0];
          if (reading === "dropped") {
            body.drop();
            flow.stop();
          } else {
            for await (const chunk of reading === "borrowed" ? body.borrowed() : body) {
              length += chunk.length;
              const byte = chunk[0]!;
              assert.ok(
                byte >= last && byte === chunk.at(-1) && byte === chunk[chunk.length >> 1],
                `${byte} behind ${last}`,
              );
              got[last = byte] = 1;
            }
            assert.equal(length, sizes.reduce((a, b) => a + b));
            sizes.forEach((size, i) => assert.equal(got[i], size > 0 ? 1 : 0));
          }
          await sending;
          await sender.flushed();
          sender.close();
          await Promise.all([credits, frames]);
          // No slot is left behind.
          const slots = Array.from({ length: 12 }, () => server.outgoing.put(new Uint8Array(1)));
          assert.ok(!slots.includes(undefined), `${slots}`);
          for (const slot of slots) worker.incoming.free(slot!);
        }),
        { numRuns: 40 },
      );
    }),
});

Deno.test({
  name: "a piece in memory that is not shared, or in a slot that is none, ends the connection",
  ignore,
  fn: () =>
    withMemory(async (_, worker) => {
      const none = undefined;
      for (
        const [memory, numbers] of [
          [none, [0, 1]],
          [worker, [0, PIECE + 1]],
          [worker, [12, 1]],
          [worker, [2 ** 32 - 1, 1]],
          [worker, [0]],
        ] as const
      ) {
        const [near, far] = await socketPair();
        const sender = new FrameSocket(near, false);
        const receiver = new FrameSocket(far, false);
        receiver.memory = memory;
        const reading = receiver.read((frame) => assert.fail(`a frame of ${ownPayload(frame).length} bytes`), () => {});
        sender.send(FrameKind.SHARED, 1, new Uint8Array(Uint32Array.from(numbers).buffer));
        await assert.rejects(reading, RangeError);
        sender.close();
      }
    }),
});
