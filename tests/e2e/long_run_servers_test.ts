/** Long runs outlive their servers, and several servers of one output path answer for each other's. */
import assert from "node:assert/strict";
import { discard, eventsOf, fileOf, journalOf, LongRunServer, printed, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";

const touch = (path: string) => Deno.writeTextFile(path, "");

Deno.test("after a server was killed what it ran is failed with the reason, and what was queued is taken up", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    {
      await using server = await LongRunServer.start(folder);
      await discard(server.submit("done", { x: 3, journal }));
      await server.until("done", "succeeded");
      await discard(server.submit("runs", { journal, until: `${folder}/never` }));
      await eventsOf(server, "runs", undefined, printed("step 1"));
      await discard(server.submit("waits", { x: 5, journal }));
      await discard(server.submit("cancelled", { journal }));
      await discard(server.delete("cancelled"));
      await server.end("SIGKILL");
    }
    await using server = await LongRunServer.start(folder);
    assert.deepEqual((await server.result("done")).value["y"], {
      object_type: "array",
      shape: [1],
      dtype: "float64",
      data: { encoding: "json", buffer: [6] },
    });
    const failed = await server.until("runs", "failed");
    assert.match(failed.error!, /server ended/);
    const result = await server.result("runs");
    assert.deepEqual(result, { status: 500, value: { detail: failed.error } });
    assert.equal((await server.result("waits")).status, 200);
    assert.equal((await server.status("cancelled")).status, "cancelled");
    const lines = await journalOf(journal);
    assert.deepEqual(lines, ["began done", "ended done", "began runs", "began waits", "ended waits"]);
    assert.deepEqual((await eventsOf(server, "runs")).map(({ event }) => event).at(-1), "status");
    assert.ok((await eventsOf(server, "runs")).some(({ data }) => data["line"] === "step 1"));
  });
});

Deno.test("a server that is told to stop finishes what runs, and leaves what is queued to the next", async () => {
  await withRunsFolder(async (folder) => {
    const server = await LongRunServer.start(folder);
    try {
      await server.begin("runs", { until: `${folder}/go` });
      await discard(server.submit("waits", { x: 1 }));
      const [listening, waiting] = await listeners(server, "waits");
      const ended = server.end("SIGTERM");
      // Nobody is kept waiting for the next server.
      assert.equal((await (await waiting).json()).status, "queued");
      assert.equal((await listening).at(-1)!.data["status"], "queued");
      await touch(`${folder}/go`);
      assert.equal(await ended, 0, server.stderr);
    } finally {
      await server.end("SIGKILL");
    }
    await using next = await LongRunServer.start(folder);
    assert.equal((await next.status("runs")).status, "succeeded");
    await next.until("waits", "succeeded");
  });
});

Deno.test("at the end of the grace period the signals fire, and what still runs is failed", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    {
      await using server = await LongRunServer.start(folder, ["--grace-period", "3", "-w", "2"]);
      await discard(server.submit("listens", { journal, until: `${folder}/never` }));
      await discard(server.submit("stubborn", { mode: "stubborn", until: `${folder}/never` }));
      await server.until("listens", "running");
      await server.until("stubborn", "running");
      assert.equal(await server.end("SIGTERM"), 0, server.stderr);
    }
    assert.deepEqual(await journalOf(journal), ["began listens", "aborted listens"]);
    await using next = await LongRunServer.start(folder);
    for (const id of ["listens", "stubborn"]) {
      const { status, error } = await next.status(id);
      assert.deepEqual([status, /stopped before/.test(error ?? "")], ["failed", true], `${error}`);
    }
  });
});

Deno.test("a second signal stops at once: what runs is failed, with the reason", async () => {
  await withRunsFolder(async (folder) => {
    {
      await using server = await LongRunServer.start(folder);
      await server.begin("stubborn", { mode: "stubborn", until: `${folder}/never` });
      const end = server.end("SIGTERM");
      await until("the server waits for the run", () => /second signal stops at once/.test(server.stderr), 30);
      server.child.kill("SIGTERM");
      assert.equal(await end, 143, server.stderr);
    }
    await using next = await LongRunServer.start(folder);
    assert.match((await next.until("stubborn", "failed")).error ?? "", /^The server (was stopped|ended)/);
  });
});

Deno.test("a worker that dies fails its own run only", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await discard(server.submit("a", { mode: "exit" }));
    await discard(server.submit("b", { x: 1 }));
    await server.until("b", "succeeded");
    assert.equal((await server.status("a")).status, "failed");
    assert.equal((await server.get("/a/result")).status, 500);
  });
});

Deno.test("each of two servers of one output path answers for all runs, and cancels those of the other", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    await using one = await LongRunServer.start(folder);
    await using two = await LongRunServer.start(folder);
    await one.begin("a", { x: 1, journal, until: `${folder}/go` });
    assert.equal((await two.until("a", "running")).run_id, "a");
    assert.equal((await two.submit("a", { x: 1, journal, until: `${folder}/go` })).status, 202);
    assert.equal((await two.submit("a", { x: 2 })).status, 409);
    assert.equal((await two.call("a", { x: 2 })).status, 409);
    await until("the progress is seen by the other", async () => (await two.status("a")).progress?.fraction === 1);
    const [events, waited] = [eventsOf(two, "a"), two.get("/a", { prefer: "wait=60" })];
    await touch(`${folder}/go`);
    assert.equal((await (await waited).json()).status, "succeeded");
    assert.deepEqual((await events).filter(({ event }) => event === "log").map(({ data }) => data), [{
      line: "step 1",
    }]);
    assert.deepEqual((await two.result("a")).value, (await one.result("a")).value);

    await one.begin("runs", { journal, until: `${folder}/never` });
    await discard(one.submit("waits", { journal, until: `${folder}/never` }));
    // In this order: a worker that is free would begin what waits.
    for (const id of ["waits", "runs"]) {
      assert.equal((await two.delete(id)).status, 202);
      // No server says that it still runs, or waits.
      assert.equal((await one.status(id)).status, "cancelled");
      assert.equal((await one.get(`/${id}/result`)).status, 410);
    }
    await until("the signal has fired", async () => (await journalOf(journal)).includes("aborted runs"));
    await discard(one.submit("b"));
    await one.until("b", "succeeded");
    assert.deepEqual((await journalOf(journal)).filter((line) => line.endsWith("waits")), []);
    const list = async (server: LongRunServer) => (await (await server.get("")).json()).runs;
    assert.deepEqual(await list(two), await list(one));
    assert.equal((await two.delete("b")).status, 204);
    assert.equal((await one.get("/b")).status, 404);
  });
});

Deno.test("who waits at the owner of a queued run is told when another server cancels it, and its place is free", async () => {
  await withRunsFolder(async (folder) => {
    await using one = await LongRunServer.start(folder, ["-w", "1", "--max-queue", "1"]);
    await using two = await LongRunServer.start(folder);
    await one.begin("runs", { until: `${folder}/never` });
    await discard(one.submit("waits"));
    assert.equal((await one.submit("full")).status, 503);
    const [listening, waiting] = await listeners(one, "waits");
    assert.equal((await two.delete("waits")).status, 202);
    assert.equal((await (await waiting).json()).status, "cancelled");
    assert.equal((await listening).at(-1)!.data["status"], "cancelled");
    const { runs } = await (await one.get("")).json();
    assert.deepEqual(runs.map(({ status }: { status: string }) => status), ["cancelled", "running"]);
    assert.equal((await one.submit("next")).status, 202);
  });
});

Deno.test("what a killed server had to do is taken up by another one that runs", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    // It has none of its own: it notices the others by itself.
    await using two = await LongRunServer.start(folder);
    await using one = await LongRunServer.start(folder);
    await one.begin("runs", { journal, until: `${folder}/never` });
    for (const id of ["x", "y", "z"]) await discard(one.submit(id, { journal }));
    await one.end("SIGKILL");
    // Nobody asks for these: their end is seen in the folder.
    const ended = async (id: string) => {
      const path = await fileOf(folder, id, "ended");
      return path && JSON.parse(await Deno.readTextFile(path));
    };
    for (const id of ["x", "y", "z"]) await until(`${id} has ended`, () => ended(id), 60);
    await until("the other one is failed", () => ended("runs"), 60);
    assert.equal((await ended("runs")).status, "failed");
    for (const id of ["x", "y", "z"]) assert.equal((await two.result(id)).status, 200);
    assert.deepEqual(await journalOf(journal), [
      "began runs",
      ...["x", "y", "z"].flatMap((id) => [`began ${id}`, `ended ${id}`]),
    ]);
  });
});

Deno.test("a server that was stopped for so long that it was given up does not go on with what was taken from it", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    await using one = await LongRunServer.start(folder);
    await using two = await LongRunServer.start(folder);
    await one.begin("runs", { journal, until: `${folder}/go` });
    await discard(one.submit("waits", { journal }));
    one.child.kill("SIGSTOP");
    await two.until("waits", "succeeded");
    await two.until("runs", "failed");
    await touch(`${folder}/go`);
    one.child.kill("SIGCONT");
    await discard(one.submit("after", { journal }));
    await one.until("after", "succeeded");
    for (const server of [one, two]) {
      assert.equal((await server.status("runs")).status, "failed");
      assert.equal((await server.status("waits")).status, "succeeded");
    }
    const lines = await journalOf(journal);
    assert.equal(lines.filter((line) => line === "began waits").length, 1, lines.join(", "));
  });
});

/** One who reads the events of a run, and one who waits for its status to change. Both have been heard by the server. */
async function listeners(server: LongRunServer, id: string) {
  let hasHeard = false;
  const listening = eventsOf(server, id, undefined, (events) => {
    hasHeard = events.length > 0;
    return false;
  });
  await until("the events begin", () => hasHeard);
  const waiting = server.get(`/${id}`, { prefer: "wait=600" });
  await until("the other one waits", async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    // This request is one of them; that of the events has been answered.
    return Number(/tesseract_requests_in_flight (\d+)/.exec(text)?.[1]) >= 2;
  });
  return [listening, waiting] as const;
}
