/** Long runs whose output path is in a store: what lies there, and what is written there how often. */
import assert from "node:assert/strict";
import { discard, eventsOf, LongRunServer, printed, type SentEvent, withRunsFolder } from "../long_run_server.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { until } from "../until.ts";

/** Events are written at most once in so many milliseconds. */
const PAUSE = 4000;

const touch = (path: string) => Deno.writeTextFile(path, "");
const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
const linesOf = (events: readonly SentEvent[]) => events.flatMap(({ data }) => data["line"] ?? []);

/** What a server needs to use the store. Its temporary files go to this folder. */
function variablesOf(store: FakeS3, folder: string): Record<string, string> {
  return { ...store.variables, TMPDIR: folder };
}

Deno.test("what a run prints is seen with another server while it runs, and after its own server was killed", async () => {
  await withRunsFolder(async (folder) => {
    await using store = new FakeS3();
    const env = variablesOf(store, folder);
    await using one = await LongRunServer.start("s3://bucket/runs", ["-w", "1"], env);
    await using two = await LongRunServer.start("s3://bucket/runs", ["-w", "1"], env);
    const writesOf = (name: string) =>
      store.seen.filter(({ method, target }) => method === "PUT" && target.includes(`/${name}`)).length;
    const begun = performance.now();
    await one.begin("a", { steps: 100, ms: 100, until: `${folder}/never` });
    for (let i = 0; i < 20; i++) await discard(one.submit(`waits-${i}`));
    const queued = Array.from({ length: 20 }, (_, i) => writesOf(`run_waits-${i}/`));
    // Some at first, then more, then all of it.
    for (const line of ["step 1", "step 40", "step 100"]) {
      const events = await eventsOf(two, "a", undefined, printed(line));
      const lines = linesOf(events);
      assert.deepEqual(lines, lines.map((_, i) => `step ${i + 1}`));
    }
    assert.equal((await two.status("a")).status, "running");
    // One of them may have been sent again.
    const most = 2 + (performance.now() - begun) / PAUSE;
    assert.ok(writesOf("run_a/events") <= most, `${writesOf("run_a/events")} writes, at most ${most}`);
    assert.deepEqual(Array.from({ length: 20 }, (_, i) => writesOf(`run_waits-${i}/`)), queued);
    const before = await eventsOf(two, "a", undefined, printed("step 100"));
    await one.end("SIGKILL");
    const after = await eventsOf(two, "a", before.at(-1)!.id);
    assert.equal(after.at(-1)!.data["status"], "failed");
    assert.deepEqual(linesOf(await eventsOf(two, "a")), Array.from({ length: 100 }, (_, i) => `step ${i + 1}`));
  });
});

Deno.test("a run that was cancelled keeps what it printed, in a store that fails for a while, too", async () => {
  await withRunsFolder(async (folder) => {
    await using store = new FakeS3();
    await using one = await LongRunServer.start("s3://bucket/runs", [], variablesOf(store, folder));
    await one.begin("cancelled", { until: `${folder}/never` });
    await eventsOf(one, "cancelled", undefined, printed("step 1"));
    await discard(one.delete("cancelled"));
    await one.until("cancelled", "cancelled");
    let isOut = false;
    store.interfere = ({ method, target }) =>
      isOut && method === "PUT" && target.includes("/events.") ? new Response(null, { status: 503 }) : undefined;
    await one.begin("ended", { steps: 3, until: `${folder}/go` });
    await eventsOf(one, "ended", undefined, printed("step 3"));
    isOut = true;
    const writes = store.seen.length;
    await touch(`${folder}/go`);
    await until(
      "the store has refused events",
      () => store.seen.slice(writes).some(({ method, target }) => method === "PUT" && target.includes("/events.")),
      60,
    );
    isOut = false;
    await one.until("ended", "succeeded");
    await one.end("SIGTERM");
    await using two = await LongRunServer.start("s3://bucket/runs", [], variablesOf(store, folder));
    const lines = async (id: string) => linesOf(await eventsOf(two, id));
    assert.deepEqual(await lines("ended"), ["step 1", "step 2", "step 3"]);
    assert.deepEqual(await lines("cancelled"), ["step 1"]);
  });
});

Deno.test("a run of which the store did not tell whether it was created is computed if it was, and else leaves nothing", async () => {
  await withRunsFolder(async (folder) => {
    await using store = new FakeS3();
    await using server = await LongRunServer.start("s3://bucket/runs", [], variablesOf(store, folder));
    const busy = () => new Response(null, { status: 503 });
    let isOut = true;
    store.interfere = ({ method, target }, act) => {
      const [, id] = /run_(\w+)\/run\.json$/.exec(target) ?? [];
      if (id === undefined) return undefined;
      if (method === "PUT" && id !== "missing") act();
      // Of "unknown" it cannot be asked either, for as long as the client waits.
      return method === "PUT" || id === "unknown" && isOut && store.objects.has(target) ? busy() : undefined;
    };
    for (const id of ["created", "missing", "unknown"]) {
      const answer = await server.submit(id);
      assert.ok(answer.status >= 500, `${id}: ${answer.status}`);
      await answer.body?.cancel();
    }
    isOut = false;
    for (const id of ["created", "unknown"]) await server.until(id, "succeeded");
    assert.deepEqual([...store.objects.keys()].filter((key) => key.includes("missing")), []);
    const again = await server.submit("created");
    assert.equal(again.status, 202);
    await again.body?.cancel();
  });
});

Deno.test("the temporary folder of a killed server is removed by the next, and that of one that lives is not", async () => {
  await withRunsFolder(async (folder) => {
    await using store = new FakeS3();
    const env = variablesOf(store, folder);
    const folders = async () =>
      (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).filter((name) =>
        name.startsWith("tesseract-runs-")
      );
    const start = async () => {
      const before = await folders();
      const server = await LongRunServer.start("s3://bucket/runs", [], env);
      await discard(server.get(""));
      return { server, own: (await folders()).find((name) => !before.includes(name))! };
    };
    const killed = await start();
    await killed.server.begin("a", { until: `${folder}/never` });
    await killed.server.end("SIGKILL");
    const living = await start();
    await using _living = living.server;
    const user = `${folder}/tesseract-runs-mine`;
    await Deno.mkdir(user);
    await Deno.writeTextFile(`${user}/notes`, "");
    const before = new Date(Date.now() - 600_000);
    for (const name of [killed.own, living.own, "tesseract-runs-mine"]) {
      await Deno.utime(`${folder}/${name}`, before, before);
    }
    const next = await start();
    await using _next = next.server;
    const isKept = Deno.build.os !== "linux";
    await until("it is removed", async () => await isThere(`${folder}/${killed.own}`) === isKept, 60);
    for (const name of [living.own, next.own]) assert.ok(await isThere(`${folder}/${name}`), name);
    assert.ok(await isThere(`${user}/notes`));
    await living.server.begin("b", { until: `${folder}/never` });
    assert.deepEqual(linesOf(await eventsOf(living.server, "b", undefined, printed("step 1"))), ["step 1"]);
  });
});

Deno.test("objects of a run that is in the list and is not there are removed after a day", async () => {
  await withRunsFolder(async (folder) => {
    await using store = new FakeS3();
    const put = (run: string, created: number) => {
      const uid = crypto.randomUUID();
      const keys = [`.tesseract/runs/run_${run}.${uid}`, `run_${run}/request.${uid}`, `run_${run}/events.${uid}`];
      for (const key of keys) {
        store.objects.set(`/bucket/runs/${key}`, new TextEncoder().encode(JSON.stringify(new Date(created))));
      }
      return keys;
    };
    const day = 86_400_000;
    const old = put("old", Date.now() - 2 * day), fresh = put("fresh", Date.now());
    const user = "run_old/notes.txt";
    store.objects.set(`/bucket/runs/${user}`, new Uint8Array(1));
    await using server = await LongRunServer.start("s3://bucket/runs", [], variablesOf(store, folder));
    await discard(server.get(""));
    const has = (key: string) => store.objects.has(`/bucket/runs/${key}`);
    await until("the old ones are removed", () => !old.some(has), 60);
    assert.ok([...fresh, user].every(has));
  });
});
