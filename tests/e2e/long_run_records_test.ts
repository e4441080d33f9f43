/** The record of a long run stays readable whatever user code tells, and one that is not can be removed. */
import assert from "node:assert/strict";
import { eventsOf, LongRunServer, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";

const DAMAGED = "The record of the run is damaged; DELETE it";

/** Puts something else in the place of a file. */
const SPOIL: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  folder: async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(`${path}/within`, { recursive: true });
  },
  pipe: async (path) => {
    await makePipe(`${path}.new`);
    // At once: where nothing is a server may write its file anew.
    await Deno.rename(`${path}.new`, path);
  },
};

async function makePipe(path: string): Promise<void> {
  assert.equal((await new Deno.Command("mkfifo", { args: [path] }).output()).code, 0);
}

const namesIn = async (folder: string) => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

/** The path of a file of the run that has its UUID in its name. */
async function pathOf(folder: string, id: string, part: string): Promise<string> {
  const { uid } = JSON.parse(await Deno.readTextFile(`${folder}/run_${id}/run.json`));
  return `${folder}/run_${id}/${part}.${uid}`;
}

/** Waits until the end of a run is stored. */
async function stored(folder: string, id: string): Promise<void> {
  const isStored = async () => (await namesIn(`${folder}/run_${id}`)).some((name) => name.startsWith("ended."));
  await until(`the end of ${id} is stored`, isStored, 60);
}

/** Begins a run and waits for its end. */
async function ended(server: LongRunServer, folder: string, id: string): Promise<void> {
  assert.equal((await server.submit(id)).status, 202);
  await server.until(id, "succeeded");
  await stored(folder, id);
}

async function isDamaged(server: LongRunServer, id: string, path = `/${id}`): Promise<void> {
  let response = new Response();
  // Until the server has nothing to do with the run any more, it knows its state.
  await until(`the record of ${id} is read`, async () => (response = await server.get(path)).status === 500, 60);
  assert.deepEqual([response.status, await response.json()], [500, { detail: DAMAGED }], id);
}

/** It is removed with all that belongs to it, and its name can be used again. */
async function canBeDeleted(server: LongRunServer, folder: string, id: string): Promise<void> {
  assert.equal((await server.delete(id)).status, 204, id);
  await assert.rejects(Deno.lstat(`${folder}/run_${id}`), Deno.errors.NotFound);
  assert.equal((await server.get(`/${id}`)).status, 404);
  await ended(server, folder, id);
}

Deno.test("a progress message and an error of any length are cut, and the run is kept", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, [], { TESSERACT_DEBUG: "1" });
    assert.equal((await server.submit("wordy", { mode: "wordy" })).status, 202);
    const { progress, error } = await server.until("wordy", "failed");
    assert.deepEqual(progress, { fraction: 1, message: `${"😀".repeat(2000)}…` });
    assert.match(error!, /e{1000}…$/);
    assert.ok(error!.length <= 4001);
    await stored(folder, "wordy");
    assert.equal((await server.get("/wordy/result")).status, 500);
    assert.equal((await server.submit("wordy", { mode: "wordy" })).status, 202);
    assert.equal((await server.delete("wordy")).status, 204);
  });
});

Deno.test("a record that is too large, a folder or a pipe is damaged, not absent, and can be deleted", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const large = async (path: string) => {
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text + " ".repeat(2 ** 20));
    };
    for (const [name, spoil] of Object.entries({ large, ...SPOIL })) {
      for (const part of ["run.json", "ended"]) {
        const id = `${name}-${part.slice(0, 3)}`;
        await ended(server, folder, id);
        await spoil(part === "ended" ? await pathOf(folder, id, part) : `${folder}/run_${id}/${part}`);
        await isDamaged(server, id);
        const again = await server.submit(id);
        assert.deepEqual([again.status, await again.json()], [500, { detail: DAMAGED }]);
        assert.equal((await server.call(id)).status, 409);
        await canBeDeleted(server, folder, id);
      }
    }
  });
});

Deno.test("a record with an answer that no server of ours has given is damaged, and can be deleted", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const id = "told";
    const headers = { "content-type": "application/json" };
    const answers: unknown[] = [
      ...[204, 205, 304, 101, 199, 302, 600, 200.5, "200"].map((status) => ({ status, headers })),
      ...[
        { "bad name": "x" },
        { "": "x" },
        { "content-length": "3" },
        { "transfer-encoding": "chunked" },
        { "set-cookie": "a=b" },
        { "content-type": "a\r\nx: y" },
        { "content-type": "ä→" },
        { "content-type": "x".repeat(100_000) },
        { "content-type": null },
      ].map((headers) => ({ status: 200, headers })),
      { status: 200 },
      [],
    ];
    await ended(server, folder, id);
    const path = await pathOf(folder, id, "ended");
    const text = await Deno.readTextFile(path);
    for (const answer of answers) {
      await Deno.writeTextFile(path, JSON.stringify({ ...JSON.parse(text), answer }));
      await isDamaged(server, id, `/${id}/result`);
      await isDamaged(server, id);
    }
    await Deno.writeTextFile(path, text);
    assert.equal((await server.get(`/${id}/result`)).status, 200);
    await Deno.writeTextFile(path, JSON.stringify({ ...JSON.parse(text), answer: answers[0] }));
    await canBeDeleted(server, folder, id);
  });
});

Deno.test("an answer or a request that is a pipe or a folder is an error at once, and holds up nobody", async () => {
  await withRunsFolder(async (folder) => {
    const server = await LongRunServer.start(folder, ["--num-workers", "1"]);
    try {
      for (const [id, spoil] of Object.entries(SPOIL)) {
        await ended(server, folder, id);
        await spoil(await pathOf(folder, id, "answer"));
        await isDamaged(server, id, `/${id}/result`);
        assert.equal((await server.get(`/${id}`)).status, 200);
        await canBeDeleted(server, folder, id);
      }
      await server.begin("busy", { until: `${folder}/go` });
      const ids = Object.keys(SPOIL).map((name) => `waits-${name}`);
      for (const id of ids) assert.equal((await server.submit(id)).status, 202);
      for (const [name, spoil] of Object.entries(SPOIL)) {
        await spoil(await pathOf(folder, `waits-${name}`, "request"));
      }
      await Deno.writeTextFile(`${folder}/go`, "");
      for (const id of ids) {
        const { error } = await server.until(id, "failed");
        assert.match(error!, /^The run could not begin: .* is not a file$/);
      }
    } finally {
      assert.equal(await server.end(), 0);
    }
  });
});

Deno.test("pipes in the place of events, logs, records or a server's mark hold up neither server nor worker", async () => {
  await withRunsFolder(async (folder) => {
    const server = await LongRunServer.start(folder, ["--num-workers", "1"]);
    try {
      await server.begin("busy", { until: `${folder}/go` });
      for (const id of ["events", "log", "metrics"]) assert.equal((await server.submit(id)).status, 202);
      await makePipe(await pathOf(folder, "events", "events"));
      for (const [id, name] of Object.entries({ log: "tesseract.log", metrics: "metrics.csv" })) {
        await Deno.mkdir(`${folder}/run_${id}/logs`);
        await makePipe(`${folder}/run_${id}/logs/${name}`);
      }
      const [mark] = await namesIn(`${folder}/.tesseract/servers`);
      await SPOIL["pipe"]!(`${folder}/.tesseract/servers/${mark}`);
      await Deno.writeTextFile(`${folder}/go`, "");
      await server.until("busy", "succeeded");
      // Nobody can be told what these print, or it cannot be kept.
      for (const id of ["events", "log"]) await server.until(id, "succeeded");
      assert.deepEqual((await eventsOf(server, "events")).map(({ event }) => event), ["status"]);
      assert.ok((await eventsOf(server, "log")).some(({ data }) => data["line"] === "step 1"));
      // User code that records a metric is told.
      await server.until("metrics", "failed");
      const words = /logs\/metrics.csv in the folder of the run is not a file/;
      await until("user code is told", () => words.test(server.stderr));
      assert.equal((await server.call("log")).status, 409);
      await Deno.mkdir(`${folder}/run_call/logs`, { recursive: true });
      await makePipe(`${folder}/run_call/logs/tesseract.log`);
      assert.equal((await server.call("call")).status, 200);
      const path = `${folder}/.tesseract/servers/${mark}`;
      await until("the mark is a file again", async () => (await Deno.lstat(path)).isFile, 60);
    } finally {
      assert.equal(await server.end(), 0);
    }
  });
});

const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("a body that ends in the middle, or cannot be stored or read, leaves no folder", async () => {
  await withRunsFolder(async (folder) => {
    // As on a full disk, writing fails; 200 kB are too large.
    const limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 400; exec \"$@\"", "sh"];
    await using server = await LongRunServer.start(folder, [], {}, limited);
    assert.equal((await server.submit("large", { journal: "x".repeat(500_000) })).status, 500);
    assert.equal((await server.submit("no-gzip", {}, { "content-encoding": "gzip" })).status, 400);
    const { hostname, port } = new URL(server.url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const head =
      "POST /apply?run_id=gone HTTP/1.1\r\nHost: x\r\nPrefer: respond-async\r\nContent-Length: 10000000\r\n\r\n";
    await connection.write(new TextEncoder().encode(`${head}{"inputs"`));
    await until("the body is being stored", () => isThere(`${folder}/run_gone`), 60);
    connection.close();
    await until("its folder is removed", async () => !await isThere(`${folder}/run_gone`), 60);
    assert.deepEqual(await namesIn(folder), [".tesseract"]);
    await Deno.mkdir(`${folder}/run_there`);
    assert.equal((await server.submit("there", { journal: "x".repeat(500_000) })).status, 500);
    assert.deepEqual(await namesIn(`${folder}/run_there`), []);
  });
});

Deno.test("a server removes what others that were killed have left half written, and no other file", async () => {
  await withRunsFolder(async (folder) => {
    {
      await using server = await LongRunServer.start(folder);
      await ended(server, folder, "kept");
      assert.equal(await server.end(), 0);
    }
    const before = await namesIn(`${folder}/run_kept`);
    const temporary = () => `.${crypto.randomUUID()}.tmp`;
    const request = () => `request.${crypto.randomUUID()}`;
    const old = [
      `run_killed/${temporary()}`,
      `run_kept/${temporary()}`,
      `run_half/${request()}`,
      `run_user/${temporary()}`,
      `.tesseract/${temporary()}`,
      `.tesseract/runs/${temporary()}`,
      `.tesseract/servers/${temporary()}`,
      `.tesseract/runs/run_absent.${crypto.randomUUID()}`,
    ];
    const others = [
      `run_user/.notes.tmp`,
      "run_user/request.txt",
      `other/${temporary()}`,
      temporary(),
    ];
    const fresh = [
      `run_uploads/${temporary()}`,
      `run_uploads/${request()}`,
      `.tesseract/runs/run_uploads.${crypto.randomUUID()}`,
    ];
    const longAgo = new Date(Date.now() - 2 * 86_400_000);
    for (const name of [...old, ...others, ...fresh]) {
      await Deno.mkdir(`${folder}/${name.slice(0, Math.max(0, name.lastIndexOf("/")))}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, "x");
      if (!fresh.includes(name)) await Deno.utime(`${folder}/${name}`, longAgo, longAgo);
    }
    for (const name of before) await Deno.utime(`${folder}/run_kept/${name}`, longAgo, longAgo);
    await Deno.mkdir(`${folder}/run_empty`);
    await using server = await LongRunServer.start(folder, ["--run-ttl", "1000000"]);
    assert.equal((await server.status("kept")).status, "succeeded");
    for (const name of old) await until(`${name} is removed`, async () => !await isThere(`${folder}/${name}`), 60);
    for (const name of ["run_killed", "run_half"]) {
      await until(`${name} is removed`, async () => !await isThere(`${folder}/${name}`), 60);
    }
    for (const name of [...others, ...fresh, "run_empty"]) assert.ok(await isThere(`${folder}/${name}`), name);
    assert.deepEqual(await namesIn(`${folder}/run_kept`), before);
    assert.equal((await server.get("/kept/result")).status, 200);
  });
});
