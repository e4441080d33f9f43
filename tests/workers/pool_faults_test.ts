/** What goes wrong in workers, and clients that go away, are slow, or do not read: each costs its own call only. */
import "./open_libc.ts";
import assert from "node:assert/strict";
import { CallRefused, Pool, type PoolAnswer } from "../../lib/workers/pool/pool.ts";
import { isDenoAtLeast } from "../../lib/host/deno_version.ts";
import { withFolder } from "../cli/run.ts";
import { isRunning } from "../http/program.ts";
import { until } from "../until.ts";
import { call, command, NOTHING, pieces, reasonOf, textOf, wait, withPool } from "./with_pool.ts";

const pidOf = async (pool: Pool) => Number(await textOf(await call(pool, "pid")));

Deno.test("a call that runs for too long is refused at once, and its signal fires", () =>
  withPool({ timeout: 4000, abortGrace: 60_000 }, async (pool) => {
    const pid = await pidOf(pool);
    assert.equal(await call(pool, "abortable").catch(reasonOf), "timeout");
    assert.equal(await pidOf(pool), pid, "the worker has ended the call by itself");
  }));

Deno.test("one that does not end then loses its worker, and the programs that it has started", () =>
  withPool({ timeout: 4000, abortGrace: 100 }, async (pool, logged) => {
    const pid = await pidOf(pool);
    const child = Number(await textOf(await call(pool, "child")));
    assert.equal(await call(pool, "spin 60000").catch(reasonOf), "timeout");
    assert.notEqual(await pidOf(pool), pid);
    await until("the worker's child has ended", async () => !await isRunning(child));
    assert.match(logged.join(""), /SIGKILL; it is replaced/);
  }));

Deno.test("calls that are not long are not hurt by a limit of their time", () =>
  withPool({ timeout: 3000, abortGrace: 100 }, async (pool) => {
    const calls = Array.from({ length: 200 }, () => call(pool, "spin 20"));
    for (const { head } of await Promise.all(calls)) assert.equal(head, "done spin 20");
  }));

Deno.test("when its client goes away, the signal of a running call fires", () =>
  withPool({ abortGrace: 60_000 }, async (pool) => {
    const pid = await pidOf(pool);
    const client = new AbortController();
    const running = call(pool, "abortable", NOTHING, client.signal).catch(reasonOf);
    await wait(100);
    client.abort();
    assert.equal(await running, "gone");
    assert.equal(await pidOf(pool), pid);
  }));

Deno.test("slow uploads, however many, hold up neither an honest one nor small calls", () =>
  withPool({ maxQueue: 40 }, async (pool) => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield new Uint8Array(300_000);
      await gate.promise;
      yield new Uint8Array(1);
    }
    const all = Array.from({ length: 30 }, () => call(pool, "echo", slow()));
    assert.equal((await textOf(await call(pool, "echo", pieces(10, 300_000)))).length, 3_000_000);
    assert.equal((await call(pool, "echo")).head, "done echo");
    gate.resolve();
    for (const answer of await Promise.all(all)) assert.equal((await textOf(answer)).length, 300_001);
  }));

Deno.test("uploads that wait take no place of small calls", () =>
  withPool({ maxQueue: 3 }, async (pool) => {
    const long = call(pool, "spin 6000");
    // It is given to the worker in advance, and taken back when the call before it turns out to be a long one.
    const first = call(pool, "echo");
    await until("nothing waits in the worker behind the long call", () => pool.queued === 1);
    const uploads = Array.from({ length: 5 }, () => call(pool, "echo", pieces(2, 10)).catch(reasonOf));
    const small = Array.from({ length: 2 }, () => call(pool, "echo"));
    await Promise.all([long, first, ...small]);
    const outcomes = await Promise.all(uploads);
    assert.equal(outcomes.filter((outcome) => outcome === "full").length, 2);
  }));

Deno.test("answers that nobody reads do not keep the worker, and are all there later", () =>
  withPool({}, async (pool) => {
    const unread: PoolAnswer[] = [];
    for (let i = 0; i < 16; i++) unread.push(await call(pool, "array 9000001"));
    assert.equal((await call(pool, "echo")).head, "done echo");
    for (const { body } of unread) {
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      assert.equal(bytes.length, 9_000_001);
      assert.ok(bytes.every((byte, i) => byte === (i >> 16)));
    }
  }));

Deno.test("an answer that nobody has read yet is whole, even if the next call ends its worker, and leaves no file", async () => {
  const folder = await Deno.makeTempDir();
  const env = `TMPDIR=${folder}`;
  await withPool({ command: ["env", env, ...command()] }, async (pool) => {
    for (const size of [9_000_001, 300_000, 40_000]) {
      const { body } = await call(pool, `array ${size}`);
      const pid = await pidOf(pool);
      assert.equal(await call(pool, "exit").catch(reasonOf), "died");
      assert.notEqual(await pidOf(pool), pid);
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      assert.equal(bytes.length, size);
      assert.ok(bytes.every((byte, i) => byte === (i >> 16)));
    }
    const { body } = await call(pool, "array 9000001");
    await (body as ReadableStream<Uint8Array>).cancel();
  });
  await until("no file is left", () => [...Deno.readDirSync(folder)].length === 0);
  await Deno.remove(folder);
});

Deno.test("where no temporary file can be written, what nobody has read waits in the worker", () =>
  withPool({ command: ["env", "TMPDIR=/nowhere", ...command()] }, async (pool) => {
    const { body } = await call(pool, "array 9000001");
    assert.equal((await call(pool, "echo")).head, "done echo");
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    assert.equal(bytes.length, 9_000_001);
    assert.ok(bytes.every((byte, i) => byte === (i >> 16)));
  }));

for (const what of ["rejected", "late 0"]) {
  Deno.test(`an error after its call has been answered hurts no call that has not begun (${what})`, () =>
    withPool({}, async (pool) => {
      for (let i = 0; i < 50; i++) await call(pool, "echo");
      for (let i = 0; i < 5; i++) {
        const heads = [what, "echo 1", "echo 2", "echo 3"];
        const outcomes = await Promise.allSettled(heads.map((head) => call(pool, head)));
        // the call itself was answered, or failed with its worker
        assert.deepEqual(outcomes.slice(1).map(({ status }) => status), Array(3).fill("fulfilled"), String(i));
        await wait(20);
      }
    }));
}

Deno.test("a call that is computed when an error of an earlier one ends the worker may be sent again", async () => {
  if (!isDenoAtLeast(8)) return; // there it is not known whose error it is
  await withPool({ command: command("reports") }, async (pool) => {
    for (let i = 0; i < 3; i++) {
      // By then the next call is computed, on a busy machine, too.
      await call(pool, "late 2000");
      assert.equal(await call(pool, "sleep 30000").catch(reasonOf), "interrupted");
      // its own error is its own fault
      const own = [call(pool, "late 20000"), call(pool, "echo")];
      await Promise.all(own);
      await wait(100);
      assert.equal(await call(pool, "failing 30000").catch(reasonOf), "died");
    }
  });
});

Deno.test("a worker that signals its process group ends nobody else", () =>
  withPool({ workers: 2 }, async (pool) => {
    await until("the pool is ready", () => pool.ready);
    assert.equal(await call(pool, "killgroup").catch(reasonOf), "died");
    assert.equal((await call(pool, "echo")).head, "done echo");
  }));

for (const what of ["garbage", "unknown", "torn"]) {
  Deno.test(`a worker that sends what is no message fails its own call, and is replaced (${what})`, () =>
    withPool({}, async (pool) => {
      assert.equal(await call(pool, what).catch(reasonOf), "died");
      assert.equal((await call(pool, "echo")).head, "done echo");
    }));
}

Deno.test("a call that writes the answers of later ones to the socket fails alone; another worker answers the others", () =>
  withPool({}, async (pool, logged) => {
    const isDeceived = () => /an answer to a call that it has not begun; it is replaced/.test(logged.join(""));
    // On a busy machine the others may be with another worker each time: then nobody is deceived, and it is tried again.
    const deadline = performance.now() + 60_000;
    for (let round = 0; round < 4 || !isDeceived() && performance.now() < deadline; round++) {
      const ms = round % 2 * 100;
      for (let i = 0; i < 50; i++) await call(pool, "echo");
      const outcomes = await Promise.allSettled([`forge ${ms}`, "echo 1", "echo 2"].map((head) => call(pool, head)));
      const [forger, ...others] = outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value.head : reasonOf(outcome.reason)
      );
      assert.ok(["died", `done forge ${ms}`].includes(forger!), forger);
      // One that the worker began before the server knew may be sent again.
      for (const [i, other] of others.entries()) {
        assert.ok([`done echo ${i + 1}`, "interrupted"].includes(other!), other);
      }
    }
    assert.ok(isDeceived(), logged.join(""));
  }));

Deno.test("a worker that somebody has stopped is replaced; a call that it had not begun is answered by another", () =>
  withPool({}, async (pool) => {
    Deno.kill(await pidOf(pool), "SIGSTOP");
    assert.equal((await call(pool, "echo")).head, "done echo");
    const pid = await pidOf(pool);
    await withFolder({}, async (folder) => {
      const running = call(pool, `spin 60000 ${folder}/begun`).catch(reasonOf);
      await until("it computes", () => Deno.stat(`${folder}/begun`).then(() => true, () => false));
      Deno.kill(pid, "SIGSTOP");
      assert.equal(await running, "died");
      assert.equal((await call(pool, "echo")).head, "done echo");
    });
  }));

Deno.test("so is one that is stopped while a body arrives", () =>
  withPool({}, async (pool) => {
    for (const count of [1, 20]) {
      Deno.kill(await pidOf(pool), "SIGSTOP");
      let outcome: unknown;
      void call(pool, "echo", pieces(count, 2 ** 19)).catch(reasonOf).then((value) => outcome = value);
      await until(`the upload of ${count} pieces has ended`, () => outcome);
      assert.equal(outcome, "interrupted");
      assert.equal((await call(pool, "echo")).head, "done echo");
    }
  }));

Deno.test("a worker that keeps much memory is replaced when it has nothing to do", () =>
  withPool({}, async (pool, logged) => {
    const pid = await pidOf(pool);
    await call(pool, "keep 100");
    await call(pool, "keep 400");
    await until("the worker is replaced", () => logged.join("").includes("MiB of memory; it is replaced"));
    assert.notEqual(await pidOf(pool), pid);
  }));

Deno.test("where no worker can be started any more calls are refused, and the pool is not ready", async () => {
  const folder = await Deno.makeTempDir();
  const log = () => Promise.resolve();
  const pool = new Pool({ command: command("once", `${folder}/started`), workers: 1, log });
  try {
    await pool.started;
    assert.equal(pool.ready, true);
    await assert.rejects(call(pool, "exit"), CallRefused);
    assert.equal(await call(pool, "echo").catch(reasonOf), "unavailable");
    assert.equal(pool.ready, false);
    assert.equal(await call(pool, "echo").catch(reasonOf), "unavailable");
    await Deno.remove(`${folder}/started`);
    await until("a worker is there again", () => pool.ready);
    assert.equal((await call(pool, "echo")).head, "done echo");
  } finally {
    await pool.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
