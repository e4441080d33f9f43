import assert from "node:assert/strict";
import { until } from "../until.ts";
import { children, isRunning, ParentPipe, Program } from "./program.ts";
import { RawConnection } from "./raw_connection.ts";

const payload = (inputs: Record<string, unknown> = {}) => JSON.stringify({ inputs: { x: [1, 2], ...inputs } });
const apply = (url: string, inputs: Record<string, unknown> = {}, query = "") =>
  fetch(`${url}/apply${query}`, { method: "POST", body: payload(inputs) });
const valuesOf = async (response: Response) => (await response.json()).x.data.buffer;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const hasWorkers = (server: Program, count: number) =>
  until(`there are ${count} workers`, async () => (await children(server.pid)).length === count);
const haveEnded = (pids: readonly number[]) =>
  until("the workers have ended", async () => (await Promise.all(pids.map(isRunning))).every((running) => !running));

Deno.test("a server answers calls, and ends with 0 on SIGTERM", async () => {
  await using server = new Program({});
  const url = await server.url();
  assert.deepEqual(await valuesOf(await apply(url)), [2, 4]);
  assert.equal((await (await fetch(`${url}/openapi.json`)).json()).info.title, "Fixture");
  server.kill("SIGTERM");
  assert.equal(await server.code(), 0);
});

Deno.test("bad requests harm nobody", async () => {
  await using server = new Program({});
  const url = await server.url();
  const bodies = ["", "null", "{", "[]", "3", '{"inputs":{}}', '{"inputs":{"x":"a"}}', "\xff", "[".repeat(100_000)];
  for (let i = 0; i < 60; i++) {
    const response = await fetch(`${url}/apply`, { method: "POST", body: bodies[i % bodies.length]! });
    assert.equal(response.status, 422);
    for (const { loc } of (await response.json()).detail) assert.equal(loc[0], "body");
  }
  assert.deepEqual(await valuesOf(await apply(url)), [2, 4]);
});

Deno.test("a request line that names a malformed host is 400, and leaves no trace in the log", async () => {
  await using server = new Program({});
  const url = await server.url();
  for (const path of ["/apply?run_id=a", "/apply", "/nope"]) {
    using connection = await RawConnection.open(Number(new URL(url).port));
    await connection.write(`POST http://x:99999${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`);
    assert.equal((await connection.response()).status, 400, path);
  }
  assert.deepEqual(await valuesOf(await apply(url)), [2, 4]);
  assert.doesNotMatch(server.stderr, /Error/);
});

Deno.test("a body without a length arrives whole and in time, in pieces of any size", async () => {
  await using server = new Program({});
  const url = await server.url();
  const send = async (count: number, size: number) => {
    const bytes = new TextEncoder().encode(payload({ x: Array.from({ length: count }, (_, i) => i / 8) }));
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.slice(at, at + size));
    }
    const init: RequestInit & { duplex: string } = {
      method: "POST",
      body: ReadableStream.from(pieces()),
      duplex: "half",
    };
    const values = await valuesOf(await fetch(`${url}/apply`, init));
    assert.equal(values.length, count);
    assert.equal(values.at(-1), (count - 1) / 4);
  };
  await send(1000, 1);
  await send(20_000, 100);
  await send(2_000_000, 500_000);
});

Deno.test("a large body arrives whole, whether it is there with its head or comes later", async () => {
  await using server = new Program({});
  const url = await server.url();
  for (const length of [60_000, 100_000, 500_000]) {
    for (let i = 0; i < 10; i++) {
      const values = await valuesOf(await apply(url, { x: Array(length).fill(i + 0.25) }));
      assert.deepEqual([values.length, values.at(-1)], [length, 2 * i + 0.5]);
    }
  }
});

Deno.test("health is answered while a body arrives byte by byte", async () => {
  await using server = new Program({});
  const url = await server.url();
  const inChunks = (text: string) => Array.from(text, (byte) => `1\r\n${byte}\r\n`).join("");
  const [connection, answer] = await post(url, "Transfer-Encoding: chunked", inChunks(payload({ x: [0] })));
  for (let i = 0; i < 10; i++) {
    await write(connection, inChunks(" ".repeat(4000)));
    assert.equal((await (await fetch(`${url}/health`)).json()).status, "ok");
  }
  await write(connection, "0\r\n\r\n");
  assert.match(await answer, /^HTTP\/1.1 200 /);
  connection.close();
});

Deno.test("a body that is under way when the server is told to stop is read to its end", async () => {
  const text = payload({ x: Array(100_000).fill(0.5) });
  const chunk = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  for (const [header, body] of [[`Content-Length: ${text.length}`, text], ["Transfer-Encoding: chunked", chunk]]) {
    await using server = new Program({});
    const [connection, answer] = await post(await server.url(), header!, body!.slice(0, 300_000));
    await server.hasInFlight(1);
    server.kill("SIGTERM");
    await server.says(/^Stopping: /m);
    await write(connection, body!.slice(300_000));
    assert.match(await answer, /^HTTP\/1.1 200 /);
    connection.close();
    assert.equal(await server.code(), 0);
  }
});

async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Sends the beginning of a call over a connection of its own, and reads its answer. */
async function post(url: string, header: string, body: string): Promise<[Deno.TcpConn, Promise<string>]> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const sending = write(connection, `POST /apply HTTP/1.1\r\nHost: ${hostname}\r\n${header}\r\n\r\n${body}`);
  const buffer = new Uint8Array(100);
  const answer = (async () => new TextDecoder().decode(buffer.subarray(0, (await connection.read(buffer)) ?? 0)))();
  // What is small is sent before there can be an answer; of what is large the server takes the beginning.
  await Promise.race([sending, answer]);
  return [connection, answer];
}

Deno.test("gzip is undone in the worker; what is none is 400", async () => {
  await using server = new Program({});
  const url = await server.url();
  const zip = async (text: string) =>
    await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
  const send = (body: Uint8Array<ArrayBuffer>) =>
    fetch(`${url}/apply`, { method: "POST", body, headers: { "content-encoding": "gzip" } });
  const zipped = await zip(payload());
  assert.deepEqual(await valuesOf(await send(zipped)), [2, 4]);
  for (const broken of [new TextEncoder().encode(payload()), zipped.slice(0, 20), zipped.with(15, 255)]) {
    const response = await send(broken);
    assert.equal(response.status, 400);
    assert.equal(typeof (await response.json()).detail, "string");
  }
  const large = payload({ x: Array.from({ length: 300_000 }, Math.random) });
  assert.equal((await valuesOf(await send(await zip(large)))).length, 300_000);
});

Deno.test("what user code throws is 500, and stands on stderr with the run id", async () => {
  await using server = new Program({});
  const response = await apply(await server.url(), { mode: "throw" }, "?run_id=r1");
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { detail: "Internal Server Error" });
  const [, frame] = await server.says(/^\[r1\] RangeError: diverged\n\[r1\] (.*)$/m);
  assert.match(frame!, /fixture_module\.ts:\d+/);
});

Deno.test("in debug mode clients get the message and the stack", async () => {
  await using server = new Program({ debug: true });
  const answer = await (await apply(await server.url(), { mode: "throw" })).json();
  assert.equal(answer.message, "RangeError: diverged");
  assert.match(answer.stack, /fixture_module\.ts/);
});

Deno.test("what user code prints goes to stderr, with the run id once there is one", async () => {
  await using server = new Program({});
  const url = await server.url();
  await (await apply(url, { mode: "print" }, "?run_id=r2")).body?.cancel();
  await server.says(/^loading\n/m);
  await server.says(/^\[r2\] computing\n\[r2\] still computing\n/m);
});

Deno.test("health is answered while all workers compute", async () => {
  await using server = new Program({});
  const url = await server.url();
  let done = false;
  const computing = apply(url, { mode: "spin", ms: 60_000 }).catch(() => undefined);
  void computing.then(() => done = true);
  await server.hasInFlight(1);
  for (const path of ["health", "health/ready", "openapi.json", "input_schema", "output_schema"]) {
    const response = await fetch(`${url}/${path}`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
  assert.equal(done, false);
  server.kill("SIGKILL");
  await computing;
});

Deno.test("user code that ends its process fails its own call only", async () => {
  await using server = new Program({ workers: 2 });
  const url = await server.url();
  const answers = await Promise.all(
    ["double", "exit", "double", "double"].map((mode) => apply(url, { mode })),
  );
  assert.deepEqual(answers.map(({ status }) => status), [200, 500, 200, 200]);
  for (const answer of answers) await answer.body?.cancel();
  await server.says(/ended with exit code 4/);
  assert.deepEqual(await valuesOf(await apply(url)), [2, 4]);
});

Deno.test("a stop lets running calls finish, a second one does not", async () => {
  await using server = new Program({});
  const url = await server.url();
  const running = apply(url, { mode: "sleep", ms: 3000 });
  await server.hasInFlight(1);
  server.kill("SIGTERM");
  assert.deepEqual(await valuesOf(await running), [2, 4]);
  assert.equal(await server.code(), 0);

  await using other = new Program({});
  const otherUrl = await other.url();
  const lost = apply(otherUrl, { mode: "spin", ms: 60_000 }).catch(() => undefined);
  await other.hasInFlight(1);
  other.kill("SIGINT");
  await other.says(/^Stopping: /m);
  other.kill("SIGINT");
  assert.equal(await other.code(), 130);
  await (await lost)?.body?.cancel();
});

Deno.test("a broken module ends the server with 1 and says what is wrong", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, "export default 3;\n");
  await using server = new Program({ apiPath: file, workers: 2 });
  assert.equal(await server.code(), 1);
  assert.match(server.stderr, /^Error: ./);
  await Deno.remove(file);
});

Deno.test("a port in use ends the server with 1 and says so", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = new Program({ port: listener.addr.port });
  assert.equal(await server.code(), 1);
  assert.match(server.stderr, /address already in use/);
});

Deno.test("the server stops when the pipe from its parent ends", async () => {
  await using pipe = await ParentPipe.make();
  await using server = new Program({ parentPipeFd: 3 }, pipe.before);
  const [, port] = /:(\d+)$/.exec(await server.url())!;
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`).then((r) => r.json())).status, "ok");
  await pipe.end();
  assert.equal(await server.code(), 0);
});

Deno.test("workers end with their server, even killed, even while they compute", async () => {
  await using server = new Program({ workers: 2 });
  const url = await server.url();
  await hasWorkers(server, 2);
  const workers = await children(server.pid);
  const lost = apply(url, { mode: "spin", ms: 60_000 }).catch(() => undefined);
  await server.hasInFlight(1);
  server.kill("SIGKILL");
  await haveEnded(workers);
  await lost;
});

Deno.test("a server that is killed at any moment leaves no worker behind, not one that is just started, nor in an endless loop", async () => {
  for (let i = 0; i < 6; i++) {
    await using server = new Program({ workers: 2 });
    const lost: Promise<unknown>[] = [];
    if (i % 2 === 0) await wait(600 * Math.random());
    else {
      const url = await server.url();
      await hasWorkers(server, 2);
      for (let j = 0; j < 2; j++) lost.push(apply(url, { mode: "spin", ms: 3_600_000 }).catch(() => {}));
      await wait(100 * Math.random());
    }
    const workers = await children(server.pid);
    server.kill("SIGKILL");
    await server.status;
    await haveEnded(workers);
    await Promise.all(lost);
  }
});
