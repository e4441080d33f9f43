/** A name may be used again when its run is forgotten: no server takes the new run for the old one. */
import assert from "node:assert/strict";
import { discard, eventsOf, fileOf, journalOf, LongRunServer, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";

const touch = (path: string) => Deno.writeTextFile(path, "");
const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);

/** Cancels a run and forgets it. */
async function forget(server: LongRunServer, id: string): Promise<void> {
  assert.equal((await server.delete(id)).status, 202);
  assert.equal((await server.delete(id)).status, 204);
}

async function valueOf(server: LongRunServer, id: string): Promise<unknown> {
  const { status, value } = await server.result(id);
  assert.equal(status, 200, JSON.stringify(value));
  return (value["y"] as { data: { buffer: number[] } }).data.buffer[0];
}

const withServers = (test: (folder: string, one: LongRunServer, two: LongRunServer) => Promise<void>) =>
  withRunsFolder(async (folder) => {
    await using one = await LongRunServer.start(folder, ["-w", "1"]);
    await using two = await LongRunServer.start(folder, ["-w", "1"]);
    await test(folder, one, two);
  });

Deno.test("a run that another server forgot while it ran is aborted, and its name's next run has its own answer", async () => {
  await withServers(async (folder, one, two) => {
    const [old, next] = [`${folder}/old`, `${folder}/next`];
    await one.begin("a", { x: 1, journal: old, until: `${folder}/never` });
    await forget(two, "a");
    await two.begin("a", { x: 2, journal: next, until: `${folder}/go` });
    await until("the signal of the old run has fired", async () => (await journalOf(old)).includes("aborted a"), 60);
    // The server that ran the old one has a worker again, and knows the new one.
    await discard(one.submit("b"));
    await one.until("b", "succeeded");
    await one.until("a", "running");
    await touch(`${folder}/go`);
    for (const server of [two, one]) assert.equal(await valueOf(server, "a"), 4);
    assert.deepEqual(await journalOf(next), ["began a", "ended a"]);
  });
});

Deno.test("what ends at the very moment when it was forgotten elsewhere is not the answer of its name's next run", async () => {
  await withServers(async (folder, one, two) => {
    const old = `${folder}/old`;
    // It takes no notice of the signal, so it ends with an answer.
    await one.begin("a", { x: 1, mode: "stubborn", journal: old, until: `${folder}/end` });
    await forget(two, "a");
    await two.begin("a", { x: 2, until: `${folder}/go` });
    await touch(`${folder}/end`);
    await until("the old run has ended", async () => (await journalOf(old)).includes("ended a"), 60);
    await discard(one.submit("b"));
    await one.until("b", "succeeded");
    assert.equal((await two.status("a")).status, "running");
    await touch(`${folder}/go`);
    for (const server of [two, one]) assert.equal(await valueOf(server, "a"), 4);
  });
});

Deno.test("a queued run that another server forgot does not begin, and its name's next run is not hurt", async () => {
  await withServers(async (folder, one, two) => {
    const journal = `${folder}/journal`;
    await one.begin("before", { until: `${folder}/free` });
    await discard(one.submit("a", { x: 1, journal }));
    await forget(two, "a");
    await two.begin("a", { x: 2, until: `${folder}/go` });
    await touch(`${folder}/free`);
    await discard(one.submit("after"));
    await one.until("after", "succeeded");
    await touch(`${folder}/go`);
    for (const server of [two, one]) assert.equal(await valueOf(server, "a"), 4);
    assert.deepEqual(await journalOf(journal), []);
  });
});

Deno.test("a server that was stopped, and given up, leaves alone what has the name of its run now", async () => {
  await withServers(async (folder, one, two) => {
    await one.begin("a", { x: 1, until: `${folder}/end` });
    one.child.kill("SIGSTOP");
    await two.until("a", "failed");
    assert.equal((await two.delete("a")).status, 204);
    await two.begin("a", { x: 2, until: `${folder}/go` });
    await touch(`${folder}/end`);
    one.child.kill("SIGCONT");
    await discard(one.submit("b"));
    await one.until("b", "succeeded");
    assert.equal((await two.status("a")).status, "running");
    await touch(`${folder}/go`);
    for (const server of [two, one]) assert.equal(await valueOf(server, "a"), 4);
  });
});

Deno.test("a run that another server forgot does not come back, and leaves nothing", async () => {
  await withServers(async (folder, one, two) => {
    const journal = `${folder}/journal`;
    await one.begin("a", { mode: "stubborn", journal, until: `${folder}/end` });
    await discard(one.submit("waits", { journal }));
    for (const id of ["a", "waits"]) await forget(two, id);
    await touch(`${folder}/end`);
    await until("the call has ended", async () => (await journalOf(journal)).includes("ended a"), 60);
    await discard(one.submit("b"));
    await one.until("b", "succeeded");
    for (const id of ["a", "waits"]) {
      for (const server of [one, two]) assert.equal((await server.get(`/${id}`)).status, 404);
      await until(`no record of run ${id} is left`, async () =>
        await fileOf(folder, id, "answer") === undefined &&
        await fileOf(folder, id, "ended") === undefined && !await isThere(`${folder}/run_${id}/run.json`), 60);
    }
    const { runs } = await (await one.get("")).json();
    assert.deepEqual(runs.map(({ run_id }: { run_id: string }) => run_id), ["b"]);
    assert.deepEqual(await journalOf(journal), ["began a", "ended a"]);
  });
});

Deno.test("a run whose end could not be stored, and that is forgotten, is not stored later", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await server.begin("a", { x: 1, until: `${folder}/go` });
    // It cannot be written: nothing is written through a link.
    const inTheWay = (await fileOf(folder, "a", "request"))!.replace("request", "ended");
    await Deno.symlink(`${folder}/nowhere`, inTheWay);
    await touch(`${folder}/go`);
    await until("the end cannot be stored", () => /end of the run cannot be stored/.test(server.stderr), 60);
    await Deno.remove(inTheWay);
    assert.equal((await server.delete("a")).status, 204);
    await discard(server.submit("a", { x: 2 }));
    assert.equal(await valueOf(server, "a"), 4);
    assert.equal((await server.delete("a")).status, 204);
    const tries = () => server.stderr.split("end of the run cannot be stored").length;
    const before = tries();
    // Longer than a server waits before it tries again.
    await discard(server.submit("b", { ms: 4000 }));
    await server.until("b", "succeeded");
    assert.equal(tries(), before);
    assert.equal((await server.get("/a")).status, 404);
    assert.equal(await isThere(`${folder}/run_a`), false);
  });
});

Deno.test("who watches a run is told nothing of the next run of its name", async () => {
  await withServers(async (folder, one, two) => {
    await discard(one.submit("a", { mode: "stubborn", until: `${folder}/end` }));
    let hasHeard = false;
    const listening = eventsOf(one, "a", undefined, (events) => {
      hasHeard = events.length > 0;
      return false;
    });
    await one.until("a", "running");
    await until("the events begin", () => hasHeard);
    await forget(two, "a");
    await discard(two.submit("a", { x: 2, steps: 3 }));
    await touch(`${folder}/end`);
    const logs = (events: Awaited<typeof listening>) => events.filter(({ event }) => event === "log").length;
    assert.ok(logs(await listening) <= 1);
    await two.until("a", "succeeded");
    for (const server of [one, two]) assert.equal(logs(await eventsOf(server, "a")), 3);
  });
});

Deno.test("what a call tells after it was given up is in no later run of its name", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, ["-w", "2", "--abort-grace", "3"]);
    await server.begin("a", { mode: "stubborn", steps: 1e6, ms: 5 });
    await forget(server, "a");
    // The old call goes on telling while the new one runs.
    await discard(server.submit("a", { steps: 3, ms: 100 }));
    await server.until("a", "succeeded");
    const told = (await eventsOf(server, "a")).map(({ event, data }) => `${event} ${data["line"] ?? data["value"]}`);
    const count = [1, 2, 3];
    assert.deepEqual(told.filter((event) => event.startsWith("log")), count.map((i) => `log step ${i}`));
    assert.deepEqual(told.filter((event) => event.startsWith("metric")), count.map((i) => `metric ${i}`));
  });
});

Deno.test("what user code tells after its call has ended is no event of the run", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    await using server = await LongRunServer.start(folder);
    await discard(server.submit("a", { mode: "late", ms: 300, journal }));
    await server.until("a", "succeeded");
    const events = (await fileOf(folder, "a", "events"))!;
    await until("the timer has fired", async () => (await journalOf(journal)).includes("late a"), 60);
    // One more call of the same worker: what the timer told would have been written.
    await discard(server.submit("b", { ms: 100 }));
    await server.until("b", "succeeded");
    assert.doesNotMatch(await Deno.readTextFile(events), /late/);
    assert.equal((await server.status("a")).progress?.fraction, 1);
  });
});
