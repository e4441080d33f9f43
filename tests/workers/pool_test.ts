import "./open_libc.ts";
import assert from "node:assert/strict";
import { CallRefused, Pool, WorkerFailed } from "../../lib/workers/pool/pool.ts";
import { until } from "../until.ts";
import { call, command, NOTHING, pieces, reasonOf, textOf, wait, withPool } from "./with_pool.ts";

Deno.test("the pool says what the first worker said, and answers calls", () =>
  withPool({}, async (pool) => {
    assert.equal(new TextDecoder().decode(await pool.started), "hello");
    const answer = await call(pool, "echo", new TextEncoder().encode("body"));
    assert.equal(answer.head, "done echo");
    assert.equal(await textOf(answer), "body");
  }));

Deno.test("many calls at once are all answered, each with its own", () =>
  withPool({ workers: 2 }, async (pool) => {
    const bodies = Array.from({ length: 500 }, (_, i) => String(i));
    const answers = await Promise.all(bodies.map((body) => call(pool, "echo", new TextEncoder().encode(body))));
    assert.deepEqual(await Promise.all(answers.map(textOf)), bodies);
  }));

Deno.test("bodies of every size come back, one by one", () =>
  withPool({}, async (pool) => {
    for (const size of [0, 1, 16_383, 16_384, 65_500, 65_510, 65_536, 100_000, 262_144, 1_048_577]) {
      const { body } = await call(pool, "echo", new Uint8Array(size).fill(size % 251));
      const got = await new Response(body).bytes();
      assert.equal(got.length, size);
      assert.ok(got.every((byte) => byte === size % 251));
    }
  }));

Deno.test("a large body goes to the worker as it arrives, and its answer comes back as it is read", () =>
  withPool({}, async (pool) => {
    const { body } = await call(pool, "echo", pieces(40, 400_000));
    assert.ok(body instanceof ReadableStream);
    const got = new Uint8Array(await new Response(body).arrayBuffer());
    assert.equal(got.length, 40 * 400_000);
    for (let i = 0; i < 40; i++) assert.equal(got[i * 400_000 + 399_999], i);
  }));

Deno.test("a slow upload holds up no other call", () =>
  withPool({}, async (pool) => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield new Uint8Array(1);
      await gate.promise;
      yield new Uint8Array(1);
    }
    const upload = call(pool, "echo", slow());
    assert.equal((await call(pool, "echo")).head, "done echo");
    gate.resolve();
    assert.equal((await textOf(await upload)).length, 2);
  }));

Deno.test("an answer that nobody reads holds up no other call", () =>
  withPool({}, async (pool) => {
    const { body } = await call(pool, "echo", pieces(20, 1 << 20));
    assert.equal((await call(pool, "echo")).head, "done echo");
    await (body as ReadableStream).cancel();
    await pool.drain();
  }));

Deno.test("neither does one that is all one chunk, and it is all there for who reads it later", () =>
  withPool({}, async (pool) => {
    const { body } = await call(pool, "array 16000001");
    assert.equal((await call(pool, "echo")).head, "done echo");
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    assert.equal(bytes.length, 16_000_001);
    assert.ok(bytes.every((byte, i) => byte === (i >> 16)));
  }));

Deno.test("an answer before the end of the body ends the upload", () =>
  withPool({}, async (pool) => {
    let stopped = false;
    async function* endless() {
      try {
        for (;;) {
          await wait(0);
          yield new Uint8Array(1 << 20);
        }
      } finally {
        stopped = true;
      }
    }
    assert.equal((await call(pool, "early", endless())).head, "early");
    await until("the upload is stopped", () => stopped);
    assert.equal((await call(pool, "echo", pieces(2, 10))).head, "done echo");
  }));

Deno.test("however many large uploads and answers ended early, or with their worker, the next ones are as they were sent", () =>
  withPool({}, async (pool) => {
    const size = 1 << 20;
    const check = async () => {
      const answer = await call(pool, "echo", pieces(12, size));
      const bytes = new Uint8Array(await new Response(answer.body).arrayBuffer());
      assert.equal(bytes.length, 12 * size);
      for (let i = 0; i < 12; i++) {
        const part = bytes.subarray(i * size, (i + 1) * size);
        assert.ok([0, size >> 1, size - 1].every((at) => part[at] === i), String(i));
      }
    };
    async function* broken() {
      yield* pieces(5, size);
      throw new TypeError("the client went away");
    }
    for (let i = 0; i < 8; i++) {
      assert.equal((await call(pool, "early", pieces(6, size))).head, "early");
      await assert.rejects(call(pool, "echo", broken()), TypeError);
      const unread = await call(pool, "echo", pieces(9, size));
      const reader = (unread.body as ReadableStream<Uint8Array>).getReader();
      // more is on its way then
      for (let pieces = 0; pieces < 2; pieces++) await reader.read();
      await reader.cancel();
      if (i < 2) await assert.rejects(call(pool, "exit", pieces(6, size)), CallRefused);
      await check();
    }
    const free = async () => textOf(await call(pool, "slots"));
    const all = Deno.build.os === "linux" ? "12,12" : "0,0";
    await until("all slots are free", async () => await free() === all);
  }));

Deno.test("what reading a body throws fails its call only", () =>
  withPool({}, async (pool) => {
    async function* broken() {
      yield new Uint8Array(10);
      await wait(5);
      throw new TypeError("the client went away");
    }
    await assert.rejects(call(pool, "echo", broken()), TypeError);
    assert.equal((await call(pool, "echo", pieces(2, 10))).head, "done echo");
  }));

Deno.test("a worker that ends fails its own call only, and is replaced", () =>
  withPool({}, async (pool, logged) => {
    for (let i = 0; i < 50; i++) await call(pool, "echo"); // so that it gets many calls at a time
    const outcomes = await Promise.allSettled(
      ["echo 1", "echo 2", "exit", "echo 3", "echo 4", "echo 5"].map((head) => call(pool, head)),
    );
    assert.deepEqual(outcomes.map(({ status }) => status), [
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
    const failed = outcomes[2] as PromiseRejectedResult;
    assert.equal(reasonOf(failed.reason), "died");
    assert.match(failed.reason.message, /ended with exit code 3/);
    assert.match(logged.join(""), /ended with exit code 3; it is replaced/);
  }));

Deno.test("an upload to a worker that ends for another call's sake may be sent again", () =>
  withPool({}, async (pool) => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield new Uint8Array(1);
      await gate.promise;
    }
    const upload = call(pool, "echo", slow()).catch(reasonOf);
    await assert.rejects(call(pool, "exit"));
    gate.resolve();
    assert.equal(await upload, "interrupted");
    assert.equal((await call(pool, "echo")).head, "done echo");
  }));

Deno.test("an upload to a worker that has closed its connection, and has not ended yet, may be sent again", () =>
  withPool({}, async (pool) => {
    async function* slow() {
      yield new Uint8Array(1);
      await until("the connection is closed", () => !pool.ready);
      yield new Uint8Array(1);
    }
    let outcome: unknown;
    void call(pool, "echo", slow()).catch((error) => outcome = reasonOf(error));
    await assert.rejects(call(pool, "linger 400"));
    await until("the upload is refused", () => outcome !== undefined);
    assert.equal(outcome, "interrupted");
    assert.equal((await call(pool, "echo")).head, "done echo");
  }));

Deno.test("nothing waits behind a long call while a worker is free, and nothing runs twice", () =>
  withPool({ workers: 2 }, async (pool) => {
    const file = await Deno.makeTempFile();
    // Each of two calls at a time has a worker of its own when both are there.
    const pids = () => Promise.all([1, 2].map(async () => await textOf(await call(pool, "slowpid 50"))));
    await until("both workers are ready", async () => new Set(await pids()).size === 2);
    for (let i = 0; i < 100; i++) await call(pool, "echo");
    let longIsDone = false;
    const long = call(pool, "spin 6000").then(() => longIsDone = true);
    const others = Array.from({ length: 60 }, () => call(pool, `mark ${file}`));
    await Promise.all(others);
    assert.equal(longIsDone, false);
    await long;
    await wait(100);
    assert.equal((await Deno.readTextFile(file)).length, others.length);
    await Deno.remove(file);
  }));

Deno.test("a full queue refuses", () =>
  withPool({ maxQueue: 2 }, async (pool) => {
    const running = [call(pool, "sleep 6000"), call(pool, "sleep 1")];
    await until("the second one waits", () => pool.queued === 1);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => call(pool, "echo")));
    const refused = outcomes.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    assert.ok(refused.length >= 3, String(refused.length));
    for (const { reason } of refused) assert.equal(reasonOf(reason), "full");
    await Promise.all(running);
  }));

Deno.test("a call whose client goes away while it waits is dropped", () =>
  withPool({}, async (pool) => {
    const file = await Deno.makeTempFile();
    const long = call(pool, "spin 6000");
    await wait(50);
    const client = new AbortController();
    const dropped = call(pool, `mark ${file}`, NOTHING, client.signal).catch(reasonOf);
    await wait(50);
    client.abort();
    assert.equal(await dropped, "gone");
    await long;
    await call(pool, "echo");
    assert.equal(await Deno.readTextFile(file), "");
    await Deno.remove(file);
  }));

Deno.test("what a worker prints is logged in whole lines, with the name of the call", () =>
  withPool({}, async (pool, logged) => {
    await call(pool, "print one|two");
    await until("it is logged", () => logged.join("").includes("two"));
    assert.equal(logged.join(""), "[print one|two] one\n[print one|two] two\n");
  }));

Deno.test("a first worker that says why it cannot start fails the pool with that", async () => {
  const pool = new Pool({ command: command("broken"), workers: 2, log: () => Promise.resolve() });
  await assert.rejects(pool.started, (error) => error instanceof WorkerFailed && error.message === "there is no apply");
  await pool.stop();
});

Deno.test("a first worker that ends fails the pool", async () => {
  const pool = new Pool({ command: command("exit"), workers: 2, log: () => Promise.resolve() });
  await assert.rejects(pool.started, /exit code 7/);
  await pool.stop();
});

Deno.test("draining finishes what runs and what waits, and refuses the rest", () =>
  withPool({}, async (pool) => {
    const calls = [call(pool, "sleep 100"), call(pool, "sleep 1"), call(pool, "echo")];
    const drained = pool.drain();
    assert.equal(pool.ready, false);
    assert.equal(await call(pool, "echo").catch(reasonOf), "stopping");
    await drained;
    for (const answer of await Promise.all(calls)) assert.match(answer.head, /^done/);
  }));

Deno.test("stopping ends the wait for calls also while no worker can be started", async () => {
  const marks = await Deno.makeTempDir();
  const pool = new Pool({ command: command("once", `${marks}/started`), workers: 1, log: () => Promise.resolve() });
  await pool.started;
  await call(pool, "exit").catch(reasonOf);
  await until("a second failed start", () => pool.restarts >= 2);
  const waiting = call(pool, "echo").catch(reasonOf);
  const drained = pool.drain();
  await pool.stop();
  assert.equal(await waiting, "stopping");
  await drained;
  await Deno.remove(marks, { recursive: true });
});

Deno.test("stopping ends the workers, even one that computes, and the wait for their calls", async () => {
  const pool = new Pool({ command: command(), workers: 1, log: () => Promise.resolve() });
  await pool.started;
  const pid = Number(await textOf(await call(pool, "pid")));
  const spinning = call(pool, "spin 60000").catch(reasonOf);
  await wait(50);
  const drained = pool.drain();
  await pool.stop();
  await drained;
  assert.equal(await spinning, "stopping");
  assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
});
