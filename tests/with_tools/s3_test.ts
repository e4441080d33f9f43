/** Objects in a real S3 server, over good and bad connections. */
import assert from "node:assert/strict";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { json } from "../../lib/formats/json/json.ts";
import { jsonBinref } from "../../lib/formats/binref/json_binref.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";
import { s3Storage } from "../../lib/storage/s3.ts";
import { collect } from "../formats/collect.ts";
import { assertSameBytes, bytesOf, fault, IMPATIENT, numbered } from "../storage/helpers.ts";
import { seededRandom, startProxy } from "./faulty_proxy.ts";
import { type S3Server, startS3 } from "./versitygw.ts";

let server: S3Server;
Deno.test.beforeAll(async () => void (server = await startS3()));
Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

const storage = (changes: Record<string, string> = {}) => {
  const variables: Record<string, string> = { ...server.variables(), ...changes };
  return s3Storage((name) => variables[name], IMPATIENT);
};

const KEYS = [
  "plain.bin",
  "a folder/with spaces and +.bin",
  "ü/größe 50%.bin",
  "日本/🧮.bin",
  "%2F%20.bin",
  "we'ird!(*)~&=?#;,:@$[]{}|^`\".bin",
];

for (const key of KEYS) {
  Deno.test(`an object called ${key} is written, found, read in parts and as a whole, and removed`, async () => {
    const { write, open, stream, exists, remove } = storage();
    const location = `s3://bucket/${key}`;
    const content = numbered(100_000);
    await write(location, [content]);
    const source = await open(location);
    const part = new Uint8Array(500);
    await source.read(part, 99_500);
    assert.equal(source.size, content.length);
    assert.deepEqual(part, content.subarray(99_500));
    assert.deepEqual(await bytesOf(await stream(location)), content);
    assert.equal(await exists(location), true);
    await remove(location);
    assert.equal(await exists(location), false);
  });
}

Deno.test("objects of any size are written and read: none, one part, many parts", async () => {
  for (const size of [0, 1, 8 * 2 ** 20, 8 * 2 ** 20 + 1, 30_000_000]) {
    const content = numbered(size);
    await storage().write("s3://bucket/sized.bin", [content.subarray(0, size >> 1), content.subarray(size >> 1)]);
    const source = await storage().open("s3://bucket/sized.bin");
    const read = new Uint8Array(source.size);
    await source.read(read, 0);
    assertSameBytes(read, content);
    assert.equal((await bytesOf(await storage().stream("s3://bucket/sized.bin"))).length, size);
  }
});

Deno.test("wrong keys, missing buckets and missing objects are told apart", async () => {
  const { open, write } = storage();
  await assert.rejects(
    open("s3://bucket/nothing"),
    fault("not-found", /s3:\/\/bucket\/nothing: there is no such object/),
  );
  await assert.rejects(open("s3://no-such-bucket/a"), fault("bucket", /make it, or correct its name/));
  await assert.rejects(write("s3://no-such-bucket/a", [numbered(1)]), fault("bucket"));
  await assert.rejects(write("s3://no-such-bucket/a", [numbered(9_000_000)]), fault("bucket"));
  const wrongSecret = storage({ AWS_SECRET_ACCESS_KEY: "wrong" });
  await assert.rejects(wrongSecret.open("s3://bucket/a"), fault("denied", /correct AWS_SECRET_ACCESS_KEY/));
  await assert.rejects(wrongSecret.write("s3://bucket/a", [numbered(1)]), fault("denied"));
  const wrongKey = storage({ AWS_ACCESS_KEY_ID: "wrong" });
  await assert.rejects(wrongKey.open("s3://bucket/a"), fault("denied", /correct AWS_ACCESS_KEY_ID/));
  const wrongRegion = storage({ AWS_REGION: "eu-west-1" });
  await assert.rejects(wrongRegion.open("s3://bucket/a"), fault("denied", /AWS_REGION/));
});

Deno.test("an upload that fails leaves no object and no parts", async () => {
  const broken = async function* () {
    yield await Promise.resolve(numbered(20_000_000));
    throw new RangeError("no more");
  };
  await assert.rejects(storage().write("s3://bucket/broken.bin", broken()), RangeError);
  assert.equal(await storage().exists("s3://bucket/broken.bin"), false);
  const files = await filesIn(server.bucketFolder);
  assert.deepEqual(files.filter((name) => name.includes("broken") || /\/\d+$/.test(name)), []);
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const nested = entries.map(async ({ name, isDirectory }) =>
    isDirectory ? await filesIn(`${folder}/${name}`) : [`${folder}/${name}`]
  );
  return (await Promise.all(nested)).flat();
}

Deno.test("over connections that break, with a server that is busy, everything arrives as it was sent", async () => {
  await using proxy = startProxy(server.port, seededRandom(1));
  const variables = server.variables(proxy.port);
  // So many attempts that one in three that fails is never all of them.
  const { write, open, stream, exists, remove } = s3Storage((name) => variables[name], { ...IMPATIENT, attempts: 12 });
  for (let round = 0; round < 20; round++) {
    const location = `s3://bucket/over the proxy/${round}.bin`;
    const content = numbered(round % 4 === 0 ? 20_000_000 : 1000 * round);
    await write(location, [content]);
    const source = await open(location);
    const part = new Uint8Array(content.length >> 1);
    await source.read(part, content.length - part.length);
    assertSameBytes(part, content.subarray(content.length - part.length));
    assertSameBytes(await bytesOf(await stream(location)), content);
    assert.equal(await exists(location), true);
    await remove(location);
  }
  assert(proxy.disturbed() > 10, `${proxy.disturbed()} connections were disturbed`);
});

Deno.test("json+binref writes its arrays into a bucket, and reads them from there", async () => {
  const array: Node = { kind: "array", type: { dtype: null, shape: null, differentiable: false }, hasArrays: true };
  const value: Record<string, NdArray> = {
    a: { dtype: "float64", shape: [2_000_000], data: Float64Array.from({ length: 2_000_000 }, Math.sqrt) },
    b: { dtype: "uint8", shape: [2, 2], data: new Uint8Array([1, 2, 3, 4]) },
  };
  const variables = server.variables();
  for (const [name, text] of Object.entries(variables)) Deno.env.set(name, text);
  try {
    const base = "s3://bucket/out put+ü";
    const chunks = await collect(await jsonBinref.encode(value, { outputFiles: { base, folder: "run_1" } }));
    const inputFiles = { base, allowed: [] };
    const read = await json.decode([chunks], { schema: objectNode({ a: array, b: array }), inputFiles });
    assert.deepEqual(read, value);
  } finally {
    for (const name of Object.keys(variables)) Deno.env.delete(name);
  }
});
