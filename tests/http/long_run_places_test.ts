import assert from "node:assert/strict";
import { ActiveRun } from "../../lib/http/long/active_run.ts";
import { LongRuns } from "../../lib/http/long/long_runs.ts";
import type { LongRunOptions } from "../../lib/http/long/options.ts";
import { LongRunRoutes } from "../../lib/http/long/routes.ts";
import { RunQueue } from "../../lib/http/long/run_queue.ts";
import type { Submission } from "../../lib/http/long/submit.ts";
import { DEFAULT_LIMITS } from "../../lib/http/limits.ts";
import { createLog } from "../../lib/http/log.ts";
import { Servers } from "../../lib/runs/long/servers.ts";
import type { RunState } from "../../lib/runs/long/state.ts";
import { RunStore } from "../../lib/runs/long/store.ts";
import { StorageError } from "../../lib/storage/error.ts";
import { CallRefused } from "../../lib/workers/pool/pool.ts";
import { until } from "../until.ts";

/** Long runs of one worker, with a store in the folder. */
const longRuns = (folder: string, store: RunStore, call: LongRunOptions["pool"]["call"], limits = {}): LongRuns =>
  new LongRuns(store, new Servers(folder, crypto.randomUUID()), {
    ...DEFAULT_LIMITS,
    workers: 1,
    debug: false,
    log: createLog("text", () => Promise.resolve()),
    ran: () => {},
    pool: { call },
    ...limits,
  });

/** Submits a run with such a body. */
const submit = (runs: LongRuns, body: Uint8Array, maxBodySize: number): Promise<Response> => {
  const submission = {
    plan: { endpoint: "apply", bodyFormat: "json", format: "json" },
    runId: "a",
    maxBodySize,
    read: () => body,
  };
  return new LongRunRoutes(runs).submit(submission as unknown as Submission);
};

const run = (run_id: string): ActiveRun =>
  new ActiveRun({ run_id, uid: crypto.randomUUID() } as RunState, "/nowhere/events");

for (const isLost of [false, true]) {
  const title = isLost ? "also when the answer of the store was lost" : "also before its request is answered";
  Deno.test(`a run that was accepted takes one place of the queue, ${title}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const store = new RunStore(folder);
      if (isLost) {
        store.create = async (state) => {
          await RunStore.prototype.create.call(store, state);
          throw new StorageError("network", folder, "the connection was closed");
        };
      }
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const call = () => {
        resolve();
        return new Promise<never>(() => {});
      };
      const runs = longRuns(folder, store, call, { maxQueue: 1 });
      let isFree: boolean | undefined;
      runs.created = (...args) => {
        LongRuns.prototype.created.apply(runs, args);
        using place = runs.queue.reserve();
        isFree = place !== undefined;
      };
      const submitted = submit(runs, new Uint8Array([1]), 100);
      if (isLost) await assert.rejects(submitted, StorageError);
      else assert.equal((await submitted).status, 202);
      await begun;
      assert.equal(isFree, true);
      using second = runs.queue.reserve();
      assert.notEqual(second, undefined);
      assert.equal(runs.queue.reserve(), undefined, "the queue is full");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a run that no worker has got leaves its request closed, however large that is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const store = new RunStore(folder);
    let open = 0;
    store.stream = async (...args) => {
      const chunks = await RunStore.prototype.stream.apply(store, args);
      return (async function* () {
        open++;
        try {
          yield* chunks;
        } finally {
          open--;
        }
      })();
    };
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    const runs = longRuns(folder, store, () => {
      assert.equal(open, 1);
      runs.drain();
      resolve();
      return Promise.reject(new CallRefused("stopping", "The server is stopping"));
    });
    assert.equal((await submit(runs, new Uint8Array(3e6), 1e9)).status, 202);
    await refused;
    await until("the request is closed", () => open === 0);
    await runs.stop();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the pool gets as many runs as there are workers, the oldest first; one that could not begin goes first again", () => {
  const queue = new RunQueue({ workers: 2, maxQueue: 3 });
  const [a, b, c, d] = ["a", "b", "c", "d"].map(run) as [ActiveRun, ActiveRun, ActiveRun, ActiveRun];
  for (const one of [a, b, c, d]) queue.add(one);
  assert.equal(queue.waiting, 4);
  assert.deepEqual([queue.take(), queue.take(), queue.take()], [a, b, undefined]);
  assert.equal(queue.waiting, 2);
  queue.giveBack(a);
  assert.equal(queue.waiting, 3);
  assert.equal(queue.take(), a);
  a.hasBegun = true;
  queue.giveBack(a); // Its end is not stored yet: it must not begin again.
  assert.deepEqual([queue.take(), queue.take()], [c, undefined]);
  queue.remove(b); // Cancelled: the pool has it until its call has ended.
  assert.deepEqual([queue.take(), queue.waiting], [undefined, 1]);
  queue.giveBack(b);
  assert.equal(queue.take(), d);
});
