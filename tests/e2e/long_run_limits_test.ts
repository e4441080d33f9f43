/** How many long runs may wait, and how many are kept. */
import assert from "node:assert/strict";
import { LongRunServer, withRunsFolder } from "../long_run_server.ts";

const touch = (path: string) => Deno.writeTextFile(path, "");

Deno.test("--max-runs: the oldest that have ended make room, then new ones get 503; so does a full queue", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, ["--max-runs", "2", "--max-queue", "1"]);
    for (const id of ["a", "b", "c"]) {
      const answer = await server.submit(id);
      assert.equal(answer.status, 202, await answer.text());
      await server.until(id, "succeeded");
    }
    assert.deepEqual([(await server.get("/a")).status, (await server.get("/c")).status], [404, 200]);
    const wait = { until: `${folder}/go` };
    assert.equal((await server.submit("d", wait)).status, 202);
    await server.until("d", "running");
    assert.equal((await server.submit("e", wait)).status, 202);
    const full = await server.submit("f", wait);
    assert.deepEqual([full.status, full.headers.has("retry-after")], [503, true]);
    assert.match((await full.json()).detail, /queue is full/);
    await touch(`${folder}/go`);
    await server.until("e", "succeeded");
    assert.equal((await server.submit("f", wait)).status, 202);
  });
});

Deno.test("--max-queue and --max-runs hold for requests that come together, and what failed takes no place", async () => {
  for (const [name, args] of [["queue", ["--max-queue", "2"]], ["runs", ["--max-runs", "3"]]] as const) {
    await withRunsFolder(async (folder) => {
      await using server = await LongRunServer.start(folder, ["-w", "1", ...args]);
      const statuses = async (post: (i: number) => Promise<Response>) =>
        (await Promise.all(Array.from({ length: 20 }, async (_, i) => {
          const response = await post(i);
          await response.body?.cancel();
          return response.status;
        }))).sort();
      const refused = await statuses((i) =>
        fetch(`${server.url}/apply?run_id=bad${i}`, {
          method: "POST",
          body: "this is not gzip",
          headers: { prefer: "respond-async", "content-encoding": "gzip" },
        })
      );
      assert.deepEqual([...new Set(refused)].filter((status) => status !== 503), [400]);
      const accepted = await statuses((i) => server.submit(`${name}${i}`, { until: `${folder}/go` }));
      assert.deepEqual(accepted, [...Array(3).fill(202), ...Array(17).fill(503)], name);
      const { runs } = await (await server.get("")).json();
      assert.equal(runs.length, 3);
      await touch(`${folder}/go`);
      for (const { run_id } of runs) await server.until(run_id, "succeeded");
      assert.equal((await server.submit("after")).status, 202);
    });
  }
});
