import assert from "node:assert/strict";
import fc from "fast-check";
import { StorageError } from "../../lib/storage/error.ts";
import { s3Storage } from "../../lib/storage/s3.ts";
import { abandonWrites } from "../../lib/storage/unfinished.ts";
import { until } from "../until.ts";
import { FakeS3, refuse, type Seen } from "./fake_s3.ts";
import { assertSameBytes, bytesOf, fault, IMPATIENT, numbered, settledIn } from "./helpers.ts";

const PART = 8 * 2 ** 20;
const storage = (store: FakeS3) => s3Storage(store.variable, IMPATIENT);
const write = async (store: FakeS3, ...chunks: Uint8Array[]) => await storage(store).write("s3://b/k", chunks);
const targets = ({ seen }: FakeS3) => seen.map(({ method, target }) => `${method} ${target.replace(/id%26\d+/, "ID")}`);

/** A large object, in pieces that do not fit into parts. */
const large = (size: number) => {
  const bytes = numbered(size);
  return { bytes, chunks: [bytes.subarray(0, 3), bytes.subarray(3, size - 5), bytes.subarray(size - 5)] };
};

Deno.test("what is small is put in one request, up to 8 MiB", async () => {
  for (const size of [0, 1, PART]) {
    await using store = new FakeS3();
    await write(store, numbered(size));
    assert.deepEqual(targets(store), ["PUT /b/k"]);
    assert.equal(store.objects.get("/b/k")!.length, size);
  }
});

Deno.test("what is larger is sent in parts, and is there when all of them are", async () => {
  await using store = new FakeS3();
  const { bytes, chunks } = large(2 * PART + 10);
  await write(store, ...chunks);
  assertSameBytes(store.objects.get("/b/k"), bytes);
  assert.deepEqual(targets(store).sort(), [
    "POST /b/k?uploadId=ID",
    "POST /b/k?uploads=",
    "PUT /b/k?uploadId=ID&partNumber=1",
    "PUT /b/k?uploadId=ID&partNumber=2",
    "PUT /b/k?uploadId=ID&partNumber=3",
  ]);
  assert.equal(store.uploads.size, 0);
});

Deno.test("an object is the bytes of its chunks, however they are cut", async () => {
  await using store = new FakeS3();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 30 })), async (chunks) => {
      await write(store, ...chunks);
      assert.deepEqual([...store.objects.get("/b/k")!], chunks.flatMap((chunk) => [...chunk]));
    }),
    { numRuns: 30 },
  );
  const bytes = numbered(2 * PART + 1000);
  const pieces = Array.from(
    { length: 1000 },
    (_, i) => bytes.subarray(i * bytes.length / 1000, (i + 1) * bytes.length / 1000),
  );
  await write(store, ...pieces);
  assertSameBytes(store.objects.get("/b/k"), bytes);
});

Deno.test("each character of a key stands for itself, but '.' and '..' between slashes", async () => {
  await using store = new FakeS3();
  const name = fc.string({ unit: "grapheme", minLength: 1 })
    .filter((text) => !/[/\0]/.test(text) && !/^\.\.?$/.test(text) && text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 3 }), async (names) => {
      const key = names.join("/");
      await storage(store).write(`s3://b/${key}`, [numbered(1)]);
      assert(store.objects.has(`/b/${key}`));
      assert.equal(await storage(store).exists(`s3://b/${key}`), true);
    }),
    { numRuns: 30 },
  );
  for (const key of ["/a", "a//b", "a/"]) {
    await storage(store).write(`s3://b/${key}`, [numbered(1)]);
    assert(store.objects.has(`/b/${key}`), key);
  }
  for (const key of ["a/../b", "./a", ".."]) {
    await assert.rejects(storage(store).open(`s3://b/${key}`), fault("unsupported"));
    await assert.rejects(storage(store).write(`s3://b/${key}`, []), fault("unsupported"));
  }
  await assert.rejects(storage(store).open("s3://b/\ud800"), fault("failed", /Unicode/));
});

Deno.test("each request of an upload is tried again where the store is busy", async () => {
  await using store = new FakeS3();
  const failed = new Set<string>();
  store.interfere = ({ method, target }) => {
    const name = method + target;
    if (failed.has(name)) return undefined;
    failed.add(name);
    return refuse(503, "SlowDown");
  };
  const { bytes, chunks } = large(PART + 1);
  await write(store, ...chunks);
  assertSameBytes(store.objects.get("/b/k"), bytes);
  assert.equal(store.seen.length, 8);
});

Deno.test("an upload that fails is aborted, and leaves nothing", async () => {
  for (const broken of [/partNumber=2/, /^POST .*uploadId/]) {
    await using store = new FakeS3();
    store.objects.set("/b/k", numbered(3));
    store.interfere = ({ method, target }) =>
      broken.test(`${method} ${target}`) ? refuse(403, "AccessDenied") : undefined;
    await assert.rejects(write(store, ...large(3 * PART).chunks), fault("denied"));
    assert.equal(store.uploads.size, 0);
    assert.deepEqual(store.objects.get("/b/k"), numbered(3));
  }
});

Deno.test("an upload is aborted where what is to be written cannot be made", async () => {
  await using store = new FakeS3();
  let ended = false;
  const broken = async function* () {
    try {
      yield numbered(2 * PART + 1);
      await Promise.resolve();
      throw new RangeError("no more");
    } finally {
      ended = true;
    }
  };
  await assert.rejects(storage(store).write("s3://b/k", broken()), RangeError);
  assert(ended);
  assert.equal(store.uploads.size + store.objects.size, 0);
  assert.match(targets(store).at(-1)!, /^DELETE /);
});

Deno.test("a fault in the body of a success is a fault", async () => {
  await using store = new FakeS3();
  let attempts = 0;
  store.interfere = ({ method, target }) =>
    method === "POST" && target.includes("uploadId") && attempts++ < 2
      ? new Response('<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code></Error>')
      : undefined;
  const { bytes, chunks } = large(PART + 1);
  await write(store, ...chunks);
  assert.equal(attempts, 3);
  assertSameBytes(store.objects.get("/b/k"), bytes);
  attempts = -3;
  await assert.rejects(write(store, ...chunks), fault("server", /InternalError/));
});

Deno.test("an upload whose last answer is lost is complete", async () => {
  await using store = new FakeS3();
  let lost = false;
  store.interfere = (seen, act) => {
    if (lost || !isComplete(seen)) return undefined;
    lost = true;
    act();
    return refuse(500, "InternalError");
  };
  const { bytes, chunks } = large(PART + 1);
  await write(store, ...chunks);
  assertSameBytes(store.objects.get("/b/k"), bytes);
});

const isComplete = ({ method, target }: Seen) => method === "POST" && target.includes("uploadId");

Deno.test("an upload that somebody else aborted is a fault", async () => {
  await using store = new FakeS3();
  store.interfere = (seen) => isComplete(seen) ? refuse(404, "NoSuchUpload") : undefined;
  await assert.rejects(write(store, ...large(PART + 1).chunks), fault("failed", /NoSuchUpload/));
});

Deno.test("abandonWrites() aborts the uploads that are under way", async () => {
  await using store = new FakeS3();
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  const waiting = async function* () {
    yield numbered(2 * PART + 1);
    await released;
  };
  const writing = storage(store).write("s3://b/k", waiting());
  await until("two parts are sent", () => store.seen.length >= 3);
  await abandonWrites();
  assert.equal(store.uploads.size, 0);
  release();
  assert.equal(await settledIn(50, writing), false, "the process ends, and not the write");
  assert.deepEqual([store.uploads.size, store.objects.size], [0, 0]);
});

Deno.test("abandonWrites() waits for what is under way: no part arrives after the upload was given up", async () => {
  for (const late of ["?uploads=", "partNumber=2"]) {
    await using store = new FakeS3();
    let abandoning: Promise<void> | undefined;
    store.interfere = ({ target }, act) => {
      if (abandoning !== undefined || !target.includes(late)) return undefined;
      abandoning = abandonWrites();
      return new Promise((resolve) => setTimeout(() => resolve(act()), 50));
    };
    const writing = storage(store).write("s3://b/k", large(6 * PART).chunks);
    await until(`${late} is sent`, () => abandoning !== undefined);
    await abandoning;
    assert.equal(await settledIn(50, writing), false);
    assert.deepEqual([store.uploads.size, store.objects.size], [0, 0], late);
    assert.match(targets(store).at(-1)!, /^DELETE /);
  }
});

Deno.test("requests are signed, with the session token, and ask for the bytes as they are", async () => {
  await using store = new FakeS3();
  const variable = (name: string) => name === "AWS_SESSION_TOKEN" ? "token" : store.variable(name);
  await s3Storage(variable, IMPATIENT).write("s3://b/x y/a+b/ü%.bin", [numbered(1)]);
  const { target, headers } = store.seen[0]!;
  assert.equal(target, "/b/x%20y/a%2Bb/%C3%BC%25.bin");
  assert.match(headers.get("authorization")!, /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/us-east-1\/s3\/aws4_request, /);
  assert.equal(headers.get("x-amz-security-token"), "token");
  assert.equal(headers.get("accept-encoding"), "identity");
  assert.deepEqual([...store.objects.keys()], ["/b/x y/a+b/ü%.bin"]);
});

Deno.test("parts of objects are read, and what is not there is no object", async () => {
  await using store = new FakeS3();
  await write(store, numbered(1000));
  const source = await storage(store).open("s3://b/k");
  const target = new Uint8Array(10);
  await source.read(target, 500);
  assert.deepEqual(target, numbered(1000).subarray(500, 510));
  assert.deepEqual(await bytesOf(await storage(store).stream("s3://b/k")), numbered(1000));
  assert.equal(await storage(store).exists("s3://b/k"), true);
  await storage(store).remove("s3://b/k");
  await storage(store).remove("s3://b/k");
  assert.equal(await storage(store).exists("s3://b/k"), false);
  store.interfere = () => refuse(404, "NoSuchBucket");
  await assert.rejects(storage(store).exists("s3://b/k"), fault("bucket", /the bucket does not exist/));
});

Deno.test("what a store refuses is told with what to do", async () => {
  await using store = new FakeS3();
  const of = async (status: number, code: string, region?: string) => {
    const headers = region === undefined ? undefined : { "x-amz-bucket-region": region };
    store.interfere = () =>
      code === "" ? new Response(null, { status, ...headers && { headers } }) : refuse(status, code, headers);
    const error: unknown = await storage(store).open("s3://b/k").then(() => undefined, (error) => error);
    assert(error instanceof StorageError, `${status} ${code}`);
    return error;
  };
  const cases: [number, string, string, RegExp][] = [
    [403, "InvalidAccessKeyId", "denied", /correct AWS_ACCESS_KEY_ID/],
    [403, "SignatureDoesNotMatch", "denied", /correct AWS_SECRET_ACCESS_KEY/],
    [403, "AccessDenied", "denied", /do not allow/],
    [400, "ExpiredToken", "denied", /expired/],
    [400, "AuthorizationHeaderMalformed", "denied", /AWS_REGION/],
    [404, "NoSuchBucket", "bucket", /make it/],
    [404, "NoSuchKey", "not-found", /no such object/],
    [503, "SlowDown", "server", /try again later/],
    [500, "Whatever", "server", /500.*Whatever/],
    [404, "Whatever", "failed", /404.*Whatever/],
    [409, "constructor", "failed", /409/],
    [403, "", "denied", /do not allow/],
    [404, "", "not-found", /no such object/],
    [503, "", "server", /503/],
  ];
  for (const [status, code, kind, words] of cases) {
    const { kind: found, message } = await of(status, code);
    assert.equal(found, kind, code);
    assert.match(message, words);
  }
  assert.match((await of(301, "PermanentRedirect", "eu-west-1")).message, /the region eu-west-1; set AWS_REGION/);
  assert.match((await of(400, "AuthorizationHeaderMalformed", "eu-west-1")).message, /the region eu-west-1/);
  assert.equal((await of(404, "NoSuchKey", "eu-west-1")).kind, "not-found");
  for (const body of ["<html>Bad gateway</html>", "{}", "x", "<Error><Code>"]) {
    store.interfere = () => new Response(body, { status: 502 });
    await assert.rejects(storage(store).open("s3://b/k"), fault("server", /the server answered 502; try again later$/));
  }
});

Deno.test("AWS itself is asked by the name of the bucket, if a certificate can have it", async () => {
  const seen: string[] = [];
  const original = globalThis.fetch;
  globalThis.fetch = (input) => {
    seen.push(String(input));
    return Promise.resolve(new Response(null, { status: 404 }));
  };
  try {
    const variables: Record<string, string> = {
      AWS_ACCESS_KEY_ID: "k",
      AWS_SECRET_ACCESS_KEY: "l",
      AWS_REGION: "eu-west-1",
    };
    const { exists } = s3Storage((name) => variables[name], IMPATIENT);
    for (const location of ["s3://bucket/a b", "s3://my.bucket/a"]) assert.equal(await exists(location), false);
  } finally {
    globalThis.fetch = original;
  }
  assert.deepEqual(seen, [
    "https://bucket.s3.eu-west-1.amazonaws.com/a%20b?x-id=GetObject",
    "https://s3.eu-west-1.amazonaws.com/my.bucket/a?x-id=GetObject",
  ]);
});
