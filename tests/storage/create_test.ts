/** Files that are written only where nothing is, and folders. */
import assert from "node:assert/strict";
import { s3Storage } from "../../lib/storage/s3.ts";
import { create, exists, list, removeTree } from "../../lib/storage/storage.ts";
import { FakeS3, refuse } from "./fake_s3.ts";
import { fault, IMPATIENT, inFolder } from "./helpers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const storage = (store: FakeS3) => s3Storage(store.variable, IMPATIENT);
const createIn = (store: FakeS3, text: string) => storage(store).create("s3://b/k", bytes(text));

Deno.test("of many who create a file at the same time one succeeds, and the file is whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a/b/file`;
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000));
    const created = await Promise.all(texts.map((text) => create(path, bytes(text))));
    assert.equal(created.filter(Boolean).length, 1);
    assert.equal(Deno.readTextFileSync(path), texts[created.indexOf(true)]);
    assert.equal(await create(path, bytes("late")), false);
    assert.deepEqual([...Deno.readDirSync(`${folder}/a/b`)].map(({ name }) => name), ["file"]);
  }));

Deno.test("create() says why it cannot, and leaves nothing", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    await assert.rejects(create(`${folder}/file/below`, bytes("x")), fault("failed"));
    await assert.rejects(create("http://127.0.0.1/a", bytes("x")), fault("unsupported"));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
  }));

Deno.test("list() gives files and folders, none of a folder that is not there; removeTree() removes either whole", () =>
  inFolder(async (folder) => {
    assert.deepEqual(await list(`${folder}/none`), []);
    await create(`${folder}/a/b/c`, bytes("x"));
    await create(`${folder}/a/d`, bytes("x"));
    assert.deepEqual((await list(`${folder}/a`)).sort(), ["b", "d"]);
    await create(`${folder}/e`, bytes("x"));
    for (const name of ["a", "a", "e"]) {
      await removeTree(`${folder}/${name}`);
      assert.equal(await exists(`${folder}/${name}`), false);
    }
  }));

Deno.test("an object is created by a conditional write", async () => {
  await using store = new FakeS3();
  assert.equal(await createIn(store, "one"), true);
  assert.equal(store.seen[0]!.headers.get("if-none-match"), "*");
  assert.equal(await createIn(store, "two"), false);
  assert.equal(new TextDecoder().decode(store.objects.get("/b/k")), "one");
});

Deno.test("where the answer to a conditional write was lost, the object tells whose it is", async () => {
  for (const [there, expected] of [["one", true], ["other", false], ["on", false], ["one and more", false]] as const) {
    await using store = new FakeS3();
    let isFirst = true;
    store.interfere = ({ method }) => {
      if (method !== "PUT" || !isFirst) return undefined;
      isFirst = false;
      store.objects.set("/b/k", bytes(there));
      return refuse(503, "SlowDown");
    };
    assert.equal(await createIn(store, "one"), expected, there);
  }
});

Deno.test("writers in each other's way try again, and a store without conditional writes is unsupported", async () => {
  await using store = new FakeS3();
  let conflicts = 2;
  store.interfere = () => conflicts-- > 0 ? refuse(409, "ConditionalRequestConflict") : undefined;
  assert.equal(await createIn(store, "one"), true);
  store.interfere = () => refuse(409, "ConditionalRequestConflict");
  await assert.rejects(createIn(store, "one"), fault("failed", /409/));
  store.interfere = () => refuse(501, "NotImplemented");
  await assert.rejects(createIn(store, "one"), fault("unsupported", /conditional writes/));
});

Deno.test("a folder of a bucket is listed page by page", async () => {
  await using store = new FakeS3();
  const pages: Record<string, string> = {
    "": "<NextContinuationToken>two</NextContinuationToken><Contents><Key>in/a</Key></Contents>",
    two: "<Contents><Key>in/</Key></Contents><CommonPrefixes><Prefix>in/b/</Prefix></CommonPrefixes>",
  };
  store.interfere = ({ target }) => {
    const query = new URL(target, "http://host").searchParams;
    assert.deepEqual([query.get("prefix"), query.get("delimiter")], ["in/", "/"]);
    const page = pages[query.get("continuation-token") ?? ""]!;
    return new Response(`<ListBucketResult>${page}</ListBucketResult>`, {
      headers: { "content-type": "application/xml" },
    });
  };
  assert.deepEqual(await storage(store).list("s3://b/in"), ["a", "b"]);
});
