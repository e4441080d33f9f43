import assert from "node:assert/strict";
import { ActiveRun } from "../../lib/http/long/active_run.ts";
import type { LongRuns } from "../../lib/http/long/long_runs.ts";
import { LongRunRoutes } from "../../lib/http/long/routes.ts";
import { RunQueue } from "../../lib/http/long/run_queue.ts";
import type { Submission } from "../../lib/http/long/submit.ts";
import type { RunState } from "../../lib/runs/long/state.ts";

const run = (run_id: string): ActiveRun =>
  new ActiveRun({ run_id, uid: crypto.randomUUID() } as RunState, "/nowhere/events");

Deno.test("a run that was accepted takes one place of the queue, also before its request is answered", async () => {
  const queue = new RunQueue({ workers: 1, maxQueue: 1 });
  let isFree: boolean | undefined;
  const runs = {
    queue,
    isStopping: false,
    find: () => Promise.resolve(undefined),
    keeper: {
      isAllowed: () => Promise.resolve(true),
      reserve: () => Promise.resolve({ [Symbol.dispose]: () => {} }),
    },
    servers: { own: crypto.randomUUID() },
    store: {
      write: (_run: unknown, _part: unknown, chunks: AsyncIterable<unknown>) => Array.fromAsync(chunks),
      create: () => Promise.resolve(true),
    },
    created: (state: RunState) => {
      queue.add(new ActiveRun(state, "/nowhere/events"));
      using place = queue.reserve();
      isFree = place !== undefined;
    },
  };
  const submission = {
    plan: { endpoint: "apply", bodyFormat: "json", format: "json" },
    runId: "a",
    maxBodySize: 100,
    read: () => new Uint8Array([1]),
  };
  const routes = new LongRunRoutes(runs as unknown as LongRuns);
  const response = await routes.submit(submission as unknown as Submission);
  assert.equal(response.status, 202);
  assert.equal(isFree, true);
  assert.notEqual(queue.reserve(), undefined);
  assert.equal(queue.reserve(), undefined, "the queue is full");
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
