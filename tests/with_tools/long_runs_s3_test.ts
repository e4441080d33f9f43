/** Long runs whose output path is in a real S3 server. */
import assert from "node:assert/strict";
import { discard, eventsOf, fileOf, journalOf, LongRunServer, printed, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";
import { seededRandom, startProxy } from "./faulty_proxy.ts";
import { type S3Server, startS3 } from "./versitygw.ts";

let s3: S3Server;
Deno.test.beforeAll(async () => void (s3 = await startS3()));
Deno.test.afterAll(async () => await s3[Symbol.asyncDispose]());

const touch = (path: string) => Deno.writeTextFile(path, "");
const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("a run in S3: status, progress, events, result, and nothing is left when it is forgotten", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start("s3://bucket/one", [], s3.variables());
    const expected = await (await server.call("a", { x: 2, mode: "large" })).bytes();
    await discard(server.submit("a", { x: 2, mode: "large" }));
    await server.until("a", "succeeded");
    assert.deepEqual(await (await server.get("/a/result")).bytes(), expected);
    await discard(server.submit("b", { steps: 2, until: `${folder}/go` }));
    const early = await eventsOf(
      server,
      "b",
      undefined,
      printed("step 2"),
    );
    await touch(`${folder}/go`);
    const late = await eventsOf(server, "b", early.at(-1)!.id);
    assert.equal(late.at(-1)!.data["status"], "succeeded");
    const all = await eventsOf(server, "b");
    assert.deepEqual(all.filter(({ event }) => event === "log").map(({ data }) => data["line"]), ["step 1", "step 2"]);
    assert.equal((await server.submit("b", { x: 9 })).status, 409);
    assert.equal((await server.call("b")).status, 409);
    assert.equal((await (await server.get("")).json()).runs.length, 2);
    for (const id of ["a", "b"]) assert.equal((await server.delete(id)).status, 204);
    for (const id of ["a", "b"]) assert.equal(await isThere(`${s3.bucketFolder}/one/run_${id}/run.json`), false);
    assert.deepEqual(await (await server.get("")).json(), { runs: [] });
  });
});

Deno.test("two servers of one bucket: each answers for all runs, cancels, and takes up what the other leaves", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    await using two = await LongRunServer.start("s3://bucket/two", [], s3.variables());
    await using one = await LongRunServer.start("s3://bucket/two", ["--abort-grace", "1"], s3.variables());
    await discard(one.submit("a", { x: 1, journal }));
    await two.until("a", "succeeded");
    assert.deepEqual((await two.result("a")).value, (await one.result("a")).value);
    assert.ok((await eventsOf(two, "a")).some(({ data }) => data["line"] === "step 1"));
    await discard(one.submit("cancelled", { journal, until: `${folder}/never` }));
    await two.until("cancelled", "running");
    assert.equal((await two.delete("cancelled")).status, 202);
    await until("the signal has fired", async () => (await journalOf(journal)).includes("aborted cancelled"), 60);
    await one.begin("runs", { journal, until: `${folder}/never` });
    for (const id of ["x", "y"]) await discard(one.submit(id, { journal }));
    await one.end("SIGKILL");
    for (const id of ["x", "y"]) assert.equal((await two.result(id)).status, 200);
    assert.equal((await two.until("runs", "failed")).status, "failed");
    assert.deepEqual((await journalOf(journal)).filter((line) => /[xy]$/.test(line)).length, 4);
  });
});

Deno.test("a run in a bucket that another server forgot does not come back, nor end the next one of its name", async () => {
  await withRunsFolder(async (folder) => {
    const journal = `${folder}/journal`;
    const args = ["--abort-grace", "1"];
    await using one = await LongRunServer.start("s3://bucket/names", args, s3.variables());
    await using two = await LongRunServer.start("s3://bucket/names", args, s3.variables());
    await one.begin("a", { x: 1, journal, until: `${folder}/never` });
    assert.deepEqual([(await two.delete("a")).status, (await two.delete("a")).status], [202, 204]);
    await two.begin("a", { x: 2, steps: 2, until: `${folder}/go` });
    await until(
      "the signal of the old run has fired",
      async () => (await journalOf(journal)).includes("aborted a"),
      60,
    );
    assert.equal((await one.status("a")).status, "running");
    await touch(`${folder}/go`);
    for (const server of [two, one]) {
      assert.equal((await server.until("a", "succeeded")).progress?.message, "step 2 of 2");
      const lines = (await eventsOf(server, "a")).filter(({ event }) => event === "log").map(({ data }) =>
        data["line"]
      );
      assert.deepEqual(lines, ["step 1", "step 2"]);
    }
    assert.deepEqual((await two.result("a")).value, (await one.result("a")).value);
    assert.equal((await one.delete("a")).status, 204);
    for (const server of [two, one]) assert.deepEqual(await (await server.get("")).json(), { runs: [] });
    const left = async (part: string) => await fileOf(`${s3.bucketFolder}/names`, "a", part);
    for (const part of ["request", "state", "begun", "ended", "answer", "events"]) {
      await until(`no ${part} is left`, async () => await left(part) === undefined, 60);
    }
  });
});

Deno.test("of many servers that are given the same name at once one has the run, also when every third connection fails", async () => {
  await withRunsFolder(async (folder) => {
    await using proxy = startProxy(s3.port, seededRandom(7));
    const servers = await Promise.all(
      [1, 2, 3].map((i) => LongRunServer.start("s3://bucket/three", [], s3.variables(i === 1 ? s3.port : proxy.port))),
    );
    try {
      const journal = `${folder}/journal`;
      for (let round = 0; round < 4; round++) {
        const answers = await Promise.all(
          servers.flatMap((server) => [0, 1].map(() => server.submit(`r${round}`, { journal, x: 1 }))),
        );
        for (const answer of answers) await answer.body?.cancel();
        assert.ok(answers.some(({ status }) => status === 202), answers.map(({ status }) => status).join());
        await servers[0]!.until(`r${round}`, "succeeded");
      }
      const lines = await journalOf(journal);
      assert.deepEqual(lines, [0, 1, 2, 3].flatMap((round) => [`began r${round}`, `ended r${round}`]));
      assert.ok(proxy.disturbed() > 0);
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  });
});

Deno.test("where a store has no conditional writes, serve says so and keeps to one server", async () => {
  // A store that overlooks the condition.
  const careless = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (request.method === "PUT") {
      objects.set(pathname, await request.bytes());
      return new Response(null, { headers: { etag: `"${objects.size}"` } });
    }
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(null, { status: 204 });
    }
    if (search.includes("list-type=2")) {
      const prefix = new URL(request.url).searchParams.get("prefix") ?? "";
      const keys = [...objects.keys()].map((path) => path.slice("/bucket/".length)).filter((key) =>
        key.startsWith(prefix)
      );
      const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
      const xml =
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
      return new Response(xml, { headers: { "content-type": "application/xml" } });
    }
    const object = objects.get(pathname);
    if (object !== undefined) return new Response(object, { headers: { etag: `"${object.length}"` } });
    const xml = "<Error><Code>NoSuchKey</Code></Error>";
    return new Response(xml, { status: 404, headers: { "content-type": "application/xml" } });
  });
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  try {
    const variables = s3.variables(careless.addr.port);
    await using one = await LongRunServer.start("s3://bucket/careless", [], variables);
    await discard(one.submit("a", { x: 1 }));
    await one.until("a", "succeeded");
    await until("it says so", () => /Warning: .*conditional writes/.test(one.stderr));
    await using two = await LongRunServer.start("s3://bucket/careless", [], variables);
    const refused = await two.submit("b");
    assert.equal(refused.status, 503);
    assert.match((await refused.json()).detail, /[Aa]nother server/);
    assert.equal((await two.status("a")).status, "succeeded");
    await one.end("SIGTERM");
    await until("the other one may", async () => {
      const response = await two.submit("b");
      await response.body?.cancel();
      return response.status === 202;
    }, 60);
    await two.until("b", "succeeded");
  } finally {
    await careless.shutdown();
  }
});
