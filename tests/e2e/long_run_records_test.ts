/** The record of a long run stays readable whatever user code tells, and one that is not can be removed. */
import assert from "node:assert/strict";
import { LongRunServer, withRunsFolder } from "../long_run_server.ts";
import { until } from "../until.ts";

const DAMAGED = "The record of the run is damaged; DELETE it";

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
    const damage: Record<string, (path: string) => Promise<unknown>> = {
      large: async (path) => {
        const text = await Deno.readTextFile(path);
        await Deno.writeTextFile(path, text + " ".repeat(2 ** 20));
      },
      folder: async (path) => {
        await Deno.remove(path);
        await Deno.mkdir(`${path}/within`, { recursive: true });
      },
      pipe: async (path) => {
        await Deno.remove(path);
        await new Deno.Command("mkfifo", { args: [path] }).output();
      },
    };
    for (const [id, spoil] of Object.entries(damage)) {
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
