import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import { httpStorage } from "../../lib/storage/http.ts";
import { s3Storage } from "../../lib/storage/s3.ts";
import { type Fault, FileServer, type Habits } from "./file_server.ts";
import { assertSameBytes, bytesOf, fault, IMPATIENT, numbered } from "./helpers.ts";
import { CERTIFICATE, KEY } from "./untrusted_certificate.ts";

const http = httpStorage(IMPATIENT);
const content = numbered(100_000);

async function readPart(url: string, offset: number, length: number): Promise<Uint8Array> {
  const source = await http.open(url);
  assert.equal(source.size, content.length);
  const target = new Uint8Array(length);
  await source.read(target, offset);
  source.close();
  return target;
}

const HABITS: Record<string, Habits> = {
  "that knows ranges": {},
  "that sends all of the file always": { wholeOnly: true },
  "without ETags": { noTag: true },
};

for (const [name, habits] of Object.entries(HABITS)) {
  Deno.test(`parts and all of a file come from a server ${name}`, async () => {
    await using server = new FileServer(content, habits);
    assert.deepEqual(await readPart(server.url, 99_990, 10), content.subarray(99_990));
    assertSameBytes(await readPart(server.url, 5, 50_000), content.subarray(5, 50_005));
    assert.deepEqual(await readPart(server.url, 5, 0), new Uint8Array(0));
    assertSameBytes(await bytesOf(await http.stream(server.url)), content);
    assert.equal(await http.exists(server.url), true);
  });

  const faults: Fault[] = ["drop", { status: 503 }, { status: 429 }, { cutAfter: 1000 }, { cutAfter: 0 }];
  Deno.test(`a server ${name} may drop connections, send too little and answer 503`, async () => {
    await using server = new FileServer(content, habits);
    server.faults.push("drop", { status: 500 }, "none", ...faults.slice(0, 4));
    assertSameBytes(await readPart(server.url, 10, 60_000), content.subarray(10, 60_010));
    server.faults.push(...faults.slice(0, 4));
    assertSameBytes(await bytesOf(await http.stream(server.url)), content);
    // Each cut comes after some progress: it may go on for ever.
    server.faults.push(
      ...Array.from({ length: 20 }, (_, i) => ({ cutAfter: 1000 + (habits.wholeOnly ? 1000 * i : 0) })),
    );
    assertSameBytes(await bytesOf(await http.stream(server.url)), content);
    assert.equal(server.faults.length, 0);
  });
}

Deno.test("only the part that is asked for is sent", async () => {
  await using server = new FileServer(content);
  await readPart(server.url, 99_000, 10);
  assert.deepEqual(server.requests.map((head) => /range: (.*)\r/i.exec(head)?.[1]), ["bytes=0-0", "bytes=99000-99009"]);
});

Deno.test("a server that never works is given up", async () => {
  await using server = new FileServer(content);
  server.faults.push(...Array<Fault>(5).fill({ status: 503 }));
  await assert.rejects(http.open(server.url), fault("server", /the server answered 503; try again later/));
  assert.equal(server.requests.length, 5);
  // Some versions of Deno send a request again by themselves where the connection is closed before the answer.
  server.faults.push(...Array<Fault>(10).fill("drop"));
  await assert.rejects(http.stream(server.url), fault("network", /the connection failed/));
  assert([10, 15].includes(server.requests.length), `${server.requests.length} requests`);
  const gone = server.url;
  await server[Symbol.asyncDispose]();
  await assert.rejects(http.exists(gone), fault("network"));
});

Deno.test("a certificate that is not trusted, and a name that no server has, are called so", async () => {
  const patient = { ...IMPATIENT, pause: 60_000 };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: CERTIFICATE, key: KEY, onListen() {} },
    () => new Response(),
  );
  try {
    const url = `https://127.0.0.1:${server.addr.port}/file.bin`;
    await assert.rejects(httpStorage(patient).open(url), fault("failed", /the server's certificate is not trusted/));
  } finally {
    await server.shutdown();
  }
  // No name has two dots in a row: nobody is asked for it.
  await assert.rejects(http.open("http://no..host/file.bin"), fault("network", /no server of this name.*the URL/));
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL: "http://no..host",
    AWS_ACCESS_KEY_ID: "k",
    AWS_SECRET_ACCESS_KEY: "l",
  };
  const store = s3Storage((name) => variables[name], IMPATIENT);
  await assert.rejects(store.open("s3://b/k"), fault("network", /no server of this name.*AWS_ENDPOINT_URL/));
});

Deno.test("what the server refuses is not tried again", async () => {
  const cases = [[404, "not-found"], [410, "not-found"], [401, "denied"], [403, "denied"], [400, "failed"], [
    304,
    "failed",
  ]];
  for (const [status, kind] of cases as [number, "not-found" | "denied" | "failed"][]) {
    await using server = new FileServer(content);
    server.faults.push({ status });
    await assert.rejects(http.open(server.url), fault(kind));
    assert.equal(server.requests.length, 1);
  }
  await using server = new FileServer(content);
  server.faults.push({ status: 404 });
  assert.equal(await http.exists(server.url), false);
});

Deno.test("a server that falls silent is given up, before its answer and in the middle of it", async () => {
  const hasty = httpStorage({ ...IMPATIENT, silence: 3000 });
  await using server = new FileServer(content);
  server.faults.push("silence");
  await assert.rejects(hasty.open(server.url), fault("timeout", /no answer within 3 s/));
  server.faults.push("none", { silentAfter: 1000 });
  const source = await hasty.open(server.url);
  await assert.rejects(source.read(new Uint8Array(2000), 0), fault("timeout"));
  server.faults.push({ silentAfter: 1000 });
  const pieces = await hasty.stream(server.url);
  await assert.rejects(bytesOf(pieces), fault("timeout"));
});

Deno.test("a server that falls silent is given up, too, where garbage is collected meanwhile", async () => {
  v8.setFlagsFromString("--expose-gc");
  const collecting = setInterval(garbageCollector(), 10);
  const hasty = httpStorage({ ...IMPATIENT, silence: 200 });
  await using server = new FileServer(content);
  try {
    for (const silent of ["silence", { silentAfter: 0 }, { silentAfter: 1000 }] as const) {
      server.faults.push(silent);
      const read = async () => await bytesOf(await hasty.stream(server.url));
      await assert.rejects(notLongerThan(60_000, read()), fault("timeout"));
    }
  } finally {
    clearInterval(collecting);
  }
});

/** A function after which garbage is collected: V8's own, or one that makes so much of it that V8 has to. */
function garbageCollector(): () => void {
  try {
    return vm.runInNewContext("gc") as () => void;
  } catch {
    return () => void Array.from({ length: 50 }, () => new Uint8Array(2 ** 20));
  }
}

/** A test that would hang hangs all that come after it. */
async function notLongerThan<T>(milliseconds: number, awaited: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("who reads slowly is not taken for a silent server", async () => {
  await using server = new FileServer(content);
  const pieces = await httpStorage({ ...IMPATIENT, silence: 3000 }).stream(server.url);
  await new Promise((resolve) => setTimeout(resolve, 3500));
  assert.deepEqual(await bytesOf(pieces), content);
});

Deno.test("a file that becomes another one is not pieced together", async () => {
  await using server = new FileServer(content);
  const source = await http.open(server.url);
  server.tag = '"v2"';
  await assert.rejects(source.read(new Uint8Array(10), 0), fault("changed"));
  server.faults.push({ cutAfter: 1000 });
  const pieces = await http.stream(server.url);
  server.tag = '"v3"';
  await assert.rejects(bytesOf(pieces), fault("changed"));
});

const CHANGES: Record<string, (server: FileServer) => void> = {
  "its length": (server) => server.content = numbered(content.length + 1),
  "the time of its change": (server) => server.modified = "Tue, 24 Nov 2026 10:00:01 GMT",
};

for (const [name, change] of Object.entries(CHANGES)) {
  for (const [habit, habits] of Object.entries({ "": { noTag: true }, ", whole": { noTag: true, wholeOnly: true } })) {
    Deno.test(`without an ETag ${name} tells that a file became another one${habit}`, async () => {
      await using server = new FileServer(content, habits);
      server.modified = "Tue, 24 Nov 2026 10:00:00 GMT";
      const source = await http.open(server.url);
      await source.read(new Uint8Array(10), 0);
      server.faults.push({ cutAfter: 1000 });
      const pieces = await http.stream(server.url);
      change(server);
      await assert.rejects(source.read(new Uint8Array(10), 0), fault("changed", /changed while it was being read/));
      await assert.rejects(bytesOf(pieces), fault("changed"));
    });
  }
}

Deno.test("a file whose ETag is the same is the same, whatever the time of its change", async () => {
  await using server = new FileServer(content);
  server.modified = "Tue, 24 Nov 2026 10:00:00 GMT";
  const source = await http.open(server.url);
  server.modified = "Tue, 24 Nov 2026 10:00:01 GMT";
  const target = new Uint8Array(10);
  await source.read(target, 0);
  assert.deepEqual(target, content.subarray(0, 10));
});

Deno.test("an empty file has size 0; a file of unknown size can only be read as a whole", async () => {
  await using empty = new FileServer(new Uint8Array(0));
  assert.equal((await http.open(empty.url)).size, 0);
  assert.deepEqual(await bytesOf(await http.stream(empty.url)), new Uint8Array(0));
  await using unknown = new FileServer(content, { wholeOnly: true, noLength: true });
  await assert.rejects(http.open(unknown.url), fault("unsupported", /does not say how large/));
  assert.deepEqual(await bytesOf(await http.stream(unknown.url)), content);
});

Deno.test("a file that comes compressed, though asked for as it is, is refused in so many words", async () => {
  for (const habits of [{}, { wholeOnly: true }]) {
    for (const encoding of ["gzip", "aws-chunked, GZIP", "br"]) {
      await using server = new FileServer(content, { ...habits, encoding });
      const readAll = async () => {
        const source = await http.open(server.url);
        await source.read(new Uint8Array(source.size), 0);
      };
      // A Deno whose `fetch` expands it takes away the header, and the size.
      await assert.rejects(readAll(), fault("unsupported", /compressed|does not say how large/));
      await assert.rejects(http.stream(server.url), fault("unsupported", /compressed/));
      assert.equal(await http.exists(server.url), true);
    }
    for (const encoding of ["identity", "aws-chunked"]) {
      await using server = new FileServer(content, { ...habits, encoding });
      assert.equal((await http.open(server.url)).size, content.length);
      assertSameBytes(await bytesOf(await http.stream(server.url)), content);
    }
  }
});

Deno.test("redirects are followed, to where the caller allows", async () => {
  await using server = new FileServer(content);
  await using other = new FileServer(content);
  const redirect = (location: string): Fault => ({ status: 302, headers: { location } });
  server.faults.push(redirect("/other.bin"));
  assert.equal((await http.open(server.url)).size, content.length);
  assert.match(server.requests[1]!, /^GET \/other.bin /);
  server.faults.push(redirect(other.url));
  assert.equal((await http.open(server.url)).size, content.length);
  server.faults.push(redirect(other.url));
  const onlyHere = ({ href }: URL) => href.startsWith(server.url);
  await assert.rejects(http.open(server.url, onlyHere), fault("refused", /redirects to where/));
  server.faults.push(redirect("file:///etc/passwd"));
  await assert.rejects(http.open(server.url), fault("refused"));
  server.faults.push(...Array<Fault>(11).fill(redirect("/again")));
  await assert.rejects(http.open(server.url), fault("failed", /again and again/));
  server.faults.length = 0;
  server.faults.push(redirect("http://"));
  await assert.rejects(http.open(server.url), fault("failed", /an invalid URL/));
  await assert.rejects(http.open("http://"), fault("failed", /not a valid URL/));
});

Deno.test("who stops reading in the middle closes the connection", async () => {
  await using server = new FileServer(numbered(10_000_000));
  for await (const piece of await http.stream(server.url)) {
    assert(piece.length > 0);
    break;
  }
});

Deno.test("a file that is longer than its server says became another one", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const body = ReadableStream.from([numbered(10), numbered(10)]);
    return new Response(body, { status: 206, headers: { "content-range": "bytes 0-9/10" } });
  });
  try {
    const reading = async () => await bytesOf(await http.stream(`http://127.0.0.1:${server.addr.port}/a`));
    await assert.rejects(reading, fault("changed"));
  } finally {
    await server.shutdown();
  }
});
