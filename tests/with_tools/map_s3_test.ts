/** `map` with its folder in a real S3 server. */
import assert from "node:assert/strict";
import { callsIn, FILES, filesIn, payload, recordsIn } from "../cli/map_fixture.ts";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";
import { until } from "../until.ts";
import { type S3Server, startS3 } from "./versitygw.ts";

let server: S3Server;
Deno.test.beforeAll(async () => void (server = await startS3()));
Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

function start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = programCommand(["map", "apply", "-w", "2", ...args], {
    cwd: folder,
    env: { ...server.variables(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const texts = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const ended = async () => {
    const [{ code }, [stdout, stderr]] = await Promise.all([child.status, texts]);
    return { code, stdout, stderr };
  };
  return { child, ended };
}

/** Those from the position `waiting` on do not end before there is a file `go`. */
const lines = (count: number, ms = 0, waiting = count) =>
  Array.from({ length: count }, (_, i) => {
    return `${payload(`${i + 1}`, { x: [i], ms, mode: i < waiting ? "" : "wait" })}\n`;
  }).join("");

Deno.test("results and records go to S3, and what is there is not computed again", async () => {
  await withFolder({ ...FILES, "p.jsonl": lines(40), "local.jsonl": lines(40) }, async (folder) => {
    const first = await start(folder, ["p.jsonl", "-o", "s3://bucket/sweep"]).ended();
    assert.equal(first.code, 0, first.stderr);
    await start(folder, ["p.jsonl", "-o", "local"]).ended();
    const stored = `${server.bucketFolder}/sweep`;
    assert.deepEqual(await filesIn(`${stored}/results`), await filesIn(`${folder}/local/results`));
    assert.equal((await recordsIn(`${stored}/map.jsonl`)).length, 40);

    await Deno.remove(`${folder}/calls`);
    await Deno.remove(`${stored}/results/7.json`);
    const { stdout } = await start(folder, ["p.jsonl", "-o", "s3://bucket/sweep"]).ended();
    assert.match(stdout, /^40 payloads: 40 succeeded, 0 failed \(39 of them before\)/);
    assert.deepEqual(await callsIn(folder), ["7"]);
  });
});

Deno.test("the tasks of an array have their records in S3 too, and they are gathered", async () => {
  await withFolder({ ...FILES, "p.jsonl": lines(10) }, async (folder) => {
    const task = (id: number) =>
      start(folder, ["p.jsonl", "-o", "s3://bucket/array"], {
        SLURM_ARRAY_TASK_ID: `${id}`,
        SLURM_ARRAY_TASK_MIN: "0",
        SLURM_ARRAY_TASK_COUNT: "3",
      }).ended();
    for (const id of [0, 2]) assert.equal((await task(id)).code, 0);
    const gather = () => start(folder, ["p.jsonl", "-o", "s3://bucket/array", "--gather", "3"]).ended();
    assert.match((await gather()).stdout, /7 succeeded, 0 failed \(7 of them before\), 3 left/);
    assert.equal((await task(1)).code, 0);
    assert.equal((await gather()).code, 0);
    const names = (await recordsIn(`${server.bucketFolder}/array/map.jsonl`)).map(({ name }) => name);
    assert.deepEqual(names, Array.from({ length: 10 }, (_, i) => `${i + 1}`));
  });
});

Deno.test("killed in the middle it goes on, and computes again only what ended in its last seconds", async () => {
  await withFolder({ ...FILES, "p.jsonl": lines(200, 40, 150) }, async (folder) => {
    const stored = `${server.bucketFolder}/killed`;
    // A record may be there a moment before its result is.
    const done = async () => {
      const records = await recordsIn(`${stored}/map.jsonl`);
      const results = await Array.fromAsync(Deno.readDir(`${stored}/results`)).catch(() => []);
      const there = new Set(results.map(({ name }) => name));
      return records.map(({ name }) => name).filter((name) => there.has(`${name}.json`));
    };
    const { child, ended } = start(folder, ["p.jsonl", "-o", "s3://bucket/killed"]);
    await until("some records are in S3", async () => (await done()).length > 10, 120);
    child.kill("SIGKILL");
    await ended();
    const recorded = await done();
    await Deno.writeTextFile(`${folder}/go`, "");
    const { code, stderr } = await start(folder, ["p.jsonl", "-o", "s3://bucket/killed"]).ended();
    assert.equal(code, 0, stderr);
    assert.equal(Object.keys(await filesIn(`${stored}/results`)).length, 200);
    const calls = await callsIn(folder);
    for (const name of recorded) assert.equal(calls.filter((call) => call === name).length, 1, name);
    assert.ok(recorded.length > 10 && recorded.length < 200);
  });
});

Deno.test("payloads may be in S3, too", async () => {
  await withFolder(FILES, async (folder) => {
    await Deno.writeTextFile(`${server.bucketFolder}/stored.json`, payload("a", { x: [3] }));
    const { code, stderr } = await start(folder, ["@s3://bucket/stored.json", "-o", "out"]).ended();
    assert.equal(code, 0, stderr);
    assert.deepEqual(Object.keys(await filesIn(`${folder}/out/results`)), ["stored.json"]);
  });
});

Deno.test("a store that does not answer is an error about the output path, and no call", async () => {
  await withFolder({ ...FILES, "p.jsonl": lines(3) }, async (folder) => {
    const { code, stderr } = await start(folder, ["p.jsonl", "-o", "s3://no-such-bucket/x"]).ended();
    assert.match(stderr, /^Error: output path: s3:\/\/no-such-bucket/m);
    assert.equal(code, 2);
    assert.deepEqual(await callsIn(folder), []);
  });
});
