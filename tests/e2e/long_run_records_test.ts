/** The record of a long run stays readable whatever user code tells, and one that is not can be removed. */
import assert from "node:assert/strict";
import { LongRunServer, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";

const DAMAGED = "The record of the run is damaged; DELETE it";

/** Puts something else in the place of a file. */
const SPOIL: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  folder: async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(`${path}/within`, { recursive: true });
  },
  pipe: async (path) => {
    await Deno.remove(path);
    const { code } = await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.equal(code, 0);
  },
};

/** Waits until the end of a run is stored. */
async function stored(folder: string, id: string): Promise<void> {
  const path = `${folder}/run_${id}/run.json`;
  const isStored = async () => JSON.parse(await Deno.readTextFile(path)).finished !== null;
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
    for (const [id, spoil] of Object.entries({ large, ...SPOIL })) {
      await ended(server, folder, id);
      // What counts where `run.json` says nothing.
      await Deno.remove(`${folder}/run_${id}/ended.json`);
      await spoil(`${folder}/run_${id}/run.json`);
      await isDamaged(server, id);
      const again = await server.submit(id);
      assert.deepEqual([again.status, await again.json()], [500, { detail: DAMAGED }]);
      assert.equal((await server.call(id)).status, 409);
      await canBeDeleted(server, folder, id);
    }
  });
});

Deno.test("a record with an answer that no server of ours has given is damaged, and can be deleted", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const id = "told";
    const path = `${folder}/run_${id}/run.json`;
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
    await Deno.remove(`${folder}/run_${id}/ended.json`);
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
        await spoil(`${folder}/run_${id}/answer`);
        await isDamaged(server, id, `/${id}/result`);
        assert.equal((await server.get(`/${id}`)).status, 200);
        await canBeDeleted(server, folder, id);
      }
      await (await server.submit("busy", { until: `${folder}/go` })).body?.cancel();
      await server.until("busy", "running");
      const ids = Object.keys(SPOIL).map((name) => `waits-${name}`);
      for (const id of ids) assert.equal((await server.submit(id)).status, 202);
      for (const [name, spoil] of Object.entries(SPOIL)) {
        const { request } = JSON.parse(await Deno.readTextFile(`${folder}/run_waits-${name}/run.json`));
        await spoil(`${folder}/run_waits-${name}/request.${request.body}`);
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
