/** What a server does at its limits, and what it tells its operator. */
import assert from "node:assert/strict";
import { gzipSync as zip } from "node:zlib";
import { isDenoAtLeast } from "../../lib/host/deno_version.ts";
import { until } from "../until.ts";
import { children, Program } from "./program.ts";
import { RawConnection } from "./raw_connection.ts";

const gzipSync = (data: string) => new Uint8Array(zip(data));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const payload = (inputs: Record<string, unknown> = {}) => JSON.stringify({ inputs: { x: [1, 2], ...inputs } });
const apply = (url: string, init: RequestInit = {}) =>
  fetch(`${url}/apply`, { method: "POST", body: payload(), ...init });
/** The status of a response, whose body is not of interest. */
async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.body?.cancel();
  return response.status;
}
/** The resident memory of a process, now or at most, in MB; 0: it has ended. */
async function memoryOf(pid: number, which: "VmRSS" | "VmHWM" = "VmRSS"): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(new RegExp(`^${which}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024;
}
const portOf = (url: string) => Number(new URL(url).port);

Deno.test("a server that has too many open files lives, says so once, and accepts connections again", async () => {
  await using server = new Program({}, "ulimit -n 128; exec");
  const url = await server.url();
  await wait(5000); // It has looked up its listener by then, for which it takes a tenth of a second.
  const idle: RawConnection[] = [];
  try {
    for (let i = 0; i < 200; i++) {
      try {
        idle.push(await RawConnection.open(portOf(url)));
      } catch {
        await wait(5); // Its port is closed for a moment.
      }
    }
    await server.says(/^Warning: Too many open files: /m);
    await wait(500);
  } finally {
    for (const connection of idle) connection[Symbol.dispose]();
  }
  const ask = async () => {
    try {
      return await (await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) })).json();
    } catch {
      return undefined;
    }
  };
  await until("it accepts connections again", async () => await ask() !== undefined);
  assert.equal((await (await apply(url)).json()).x.data.buffer[1], 4);
  assert.equal(server.stderr.match(/Too many open files/g)!.length, 1);
  server.kill("SIGTERM");
  assert.equal(await server.code(), 0);
});

Deno.test("bodies that drip are 408 after some time, and meanwhile others are answered", async () => {
  await using server = new Program({ limits: { bodyTimeout: 700 } });
  const url = await server.url();
  const head = (length: string) => `POST /apply HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`;
  const silent = [];
  for (const length of ["Content-Length: 500", "Content-Length: 5000000", "Transfer-Encoding: chunked"]) {
    const connection = await RawConnection.open(portOf(url));
    await connection.write(`${head(length)}2\r\n{ \r\n`);
    silent.push(connection);
  }
  assert.equal(await statusOf(apply(url)), 200);
  for (const connection of silent) {
    const response = await connection.response();
    assert.equal(response.status, 408);
    assert.match(JSON.parse(response.body).detail, /too slowly: no bytes for 0.7 s/);
    connection[Symbol.dispose]();
  }
});

Deno.test("--max-body-size is for what is sent, and for what it is decompressed to", async () => {
  await using server = new Program({ limits: { maxBodySize: 200_000 } });
  const url = await server.url();
  const detail = "The body is larger than 200000 bytes";
  const padded = (size: number) => payload() + " ".repeat(size - payload().length);
  assert.equal(await statusOf(apply(url, { body: padded(200_000) })), 200);
  const gzip = { "content-encoding": "gzip" };
  assert.equal(await statusOf(apply(url, { body: gzipSync(padded(200_000)), headers: gzip })), 200);
  const expanded = await apply(url, { body: gzipSync(padded(50_000_000)), headers: gzip });
  assert.equal(expanded.status, 413);
  assert.deepEqual(await expanded.json(), { detail });
  const announced = await apply(url, { body: padded(200_001) });
  assert.deepEqual([announced.status, await announced.json()], [413, { detail }]);
  // In chunks, without a length: it cannot be refused before the last of these bytes is there.
  using connection = await RawConnection.open(portOf(url));
  const head = "POST /apply HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  await connection.write(`${head}${(300_000).toString(16)}\r\n${padded(200_001)}`);
  const { status, body } = await connection.response();
  assert.deepEqual([status, JSON.parse(body)], [413, { detail }]);
});

Deno.test("a gzip body may have several members, and zeros at its end", async () => {
  await using server = new Program({});
  const url = await server.url();
  const text = payload({ x: Array.from({ length: 50_000 }, (_, i) => i / 8) });
  const join = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
  const members = [gzipSync(text.slice(0, 9)), gzipSync(text.slice(9, 100_000)), gzipSync(text.slice(100_000))];
  const send = (body: Uint8Array<ArrayBuffer>) => apply(url, { body, headers: { "content-encoding": "gzip" } });
  for (
    const body of [join(...members), join(...members, new Uint8Array(1000)), join(gzipSync(text), new Uint8Array(1))]
  ) {
    const response = await send(body);
    assert.equal(response.status, 200);
    assert.equal((await response.json()).x.data.buffer.at(-1), 49_999 / 4);
  }
  const more = new TextEncoder().encode("more");
  const zeros = (count: number) => new Uint8Array(count);
  const broken: [string, number, Uint8Array][] = [
    ["more", 400, join(...members, more)],
    ["a byte is missing", 400, join(...members).slice(0, -1)],
    ["the trailer is missing", 400, join(...members).slice(0, -8)],
    ["a member is missing: this is whole as gzip, and half a payload", 422, join(members[0]!, members[1]!)],
    ["half a header", 400, join(members[0]!, members[1]!, members[2]!.slice(0, 1))],
    ["half a member", 400, members[0]!.slice(0, 12)],
    ["only padding", 400, zeros(100)],
  ];
  // Deno 2.4 does not say where zlib has stopped.
  if (isDenoAtLeast(5)) {
    broken.push(
      ["more behind the padding", 400, join(...members, zeros(3), more)],
      ["a member behind padding", 400, join(members[0]!, zeros(1), members[1]!, members[2]!)],
      ["more behind much padding", 400, join(gzipSync(text), zeros(200_000), more)],
    );
  }
  for (const [name, status, body] of broken) assert.equal(await statusOf(send(new Uint8Array(body))), status, name);
});

Deno.test("GET /metrics counts what happened", async () => {
  await using server = new Program({});
  const url = await server.url();
  for (const mode of ["double", "double", "throw", "exit", "sleep"]) {
    await (await apply(url, { body: payload({ mode, ms: 50 }) })).text();
  }
  await (await apply(url, { body: "{" })).text();
  await (await fetch(`${url}/nothing/${crypto.randomUUID()}`)).text();
  const response = await fetch(`${url}/metrics`);
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const has = (line: RegExp) => assert.match(text, line);
  has(/^tesseract_requests_total\{endpoint="apply",code="200"\} 3$/m);
  has(/^tesseract_requests_total\{endpoint="apply",code="500"\} 2$/m);
  has(/^tesseract_requests_total\{endpoint="apply",code="422"\} 1$/m);
  has(/^tesseract_requests_total\{endpoint="other",code="404"\} 1$/m);
  has(/^tesseract_run_seconds_count\{endpoint="apply"\} 5$/m);
  has(/^tesseract_run_seconds_bucket\{le="0.03",endpoint="apply"\} [0-4]$/m);
  has(/^tesseract_queue_seconds_count\{endpoint="apply"\} 6$/m);
  has(/^tesseract_requests_in_flight 1$/m);
  has(/^tesseract_queue_length 0$/m);
  has(/^tesseract_worker_restarts_total 1$/m);
  has(/^tesseract_received_bytes_total [1-9]\d+$/m);
  has(/^tesseract_sent_bytes_total [1-9]\d+$/m);
});

Deno.test("--log-format json: each line is an object; requests and errors carry the run id and traceparent", async () => {
  await using server = new Program({ logFormat: "json" });
  await server.says(/Listening on/);
  const url = /http:\/\/[\d.:]+/.exec(server.stderr)![0];
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const call = (query: string, mode: string, headers: Record<string, string>) =>
    fetch(`${url}/apply?run_id=${query}`, { method: "POST", body: payload({ mode }), headers }).then((r) => r.text());
  await call("r1", "print", { traceparent });
  await call("r2", "throw", { traceparent });
  await call("r3", "double", { traceparent: 'nonsense"}' });
  await server.says(/"run_id":"r3"/);
  server.kill("SIGTERM");
  assert.equal(await server.code(), 0);
  const entries = server.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const { time, level, message } of entries) {
    assert(!Number.isNaN(Date.parse(time)));
    assert.match(level, /^(info|warning|error)$/);
    assert.equal(typeof message, "string");
  }
  const find = (run: string, test: (entry: Record<string, unknown>) => boolean) =>
    entries.find((entry) => entry.run_id === run && test(entry));
  const access = find("r1", ({ status }) => status !== undefined)!;
  const { method, path, status, seconds, bytes_in, bytes_out } = access;
  assert.deepEqual([method, path, status, access.traceparent], ["POST", "/apply", 200, traceparent]);
  assert(seconds > 0 && seconds < 60);
  assert.equal(bytes_in, payload({ mode: "print" }).length);
  assert(bytes_out > 50);
  assert(find("r1", ({ message }) => message === "still computing"));
  const error = find("r2", ({ level, status }) => level === "error" && status === undefined)!;
  assert.match(error.message, /^RangeError: diverged\n.*fixture_module\.ts/s);
  assert.equal(error.traceparent, traceparent);
  assert.equal(find("r2", ({ status }) => status === 500)!.traceparent, traceparent);
  assert.equal(find("r3", ({ status }) => status === 200)!.traceparent, undefined);
});

Deno.test("an honest upload beside many stalled ones is answered while they wait, and what waits costs little", async () => {
  await using server = new Program({});
  const url = await server.url();
  const large = payload({ x: Array.from({ length: 100_000 }, (_, i) => i + 0.5) });
  assert(large.length > 600_000);
  assert.equal(await statusOf(apply(url, { body: large })), 200);
  const before = await memoryOf(server.pid);
  const stalled: RawConnection[] = [];
  try {
    for (let i = 0; i < 300; i++) {
      const connection = await RawConnection.open(portOf(url));
      stalled.push(connection);
      const length = i % 3 === 0 ? "Transfer-Encoding: chunked" : `Content-Length: ${large.length}`;
      const beginning = i % 3 === 0 ? `10000\r\n${large.slice(0, 65_536)}\r\n` : large.slice(0, 100_000);
      await connection.write(`POST /apply HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`);
      if (i % 3 < 2) await connection.write(new TextEncoder().encode(beginning));
    }
    for (let i = 0; i < 3; i++) {
      const response = await apply(url, { body: large });
      assert.equal(response.status, 200);
      assert.equal((await response.json()).x.data.buffer.length, 100_000);
      assert.equal(await statusOf(apply(url)), 200);
    }
    const grown = await memoryOf(server.pid) - before;
    assert(grown < 150, `300 stalled uploads take ${grown.toFixed(0)} MB`);
  } finally {
    for (const connection of stalled) connection[Symbol.dispose]();
  }
});

Deno.test("the memory of stalled uploads and of a gzip bomb comes back, in the server and in its worker", async () => {
  await using server = new Program({});
  const url = await server.url();
  const large = payload({ x: Array.from({ length: 100_000 }, (_, i) => i + 0.5) });
  for (let i = 0; i < 3; i++) assert.equal(await statusOf(apply(url, { body: large })), 200);
  const [worker] = await children(server.pid);
  const pids = [server.pid, worker!];
  const before = await Promise.all(pids.map((pid) => memoryOf(pid)));
  const growth = async () => (await Promise.all(pids.map((pid) => memoryOf(pid)))).map((now, i) => now - before[i]!);
  const stalled: RawConnection[] = [];
  try {
    for (let i = 0; i < 700; i++) {
      const connection = await RawConnection.open(portOf(url));
      stalled.push(connection);
      await connection.write(`POST /apply HTTP/1.1\r\nHost: x\r\nContent-Length: ${large.length}\r\n\r\n`);
      await connection.write(new TextEncoder().encode(large.slice(0, 100_000)));
    }
    await until("the server has got them all", async () => await memoryOf(server.pid) > before[0]! + 100, 60);
  } finally {
    for (const connection of stalled) connection[Symbol.dispose]();
  }
  await until("the memory of stalled uploads is back", async () => Math.max(...await growth()) < 80, 60);

  const bomb = gzipSync(`{"inputs":{"x":[${"0.5,".repeat(10_000_000)}`);
  const answer = statusOf(apply(url, { body: bomb, headers: { "content-encoding": "gzip" } }));
  // It may be replaced before that is seen.
  await until("the bomb has filled the worker's memory", async () => {
    const most = await memoryOf(worker!, "VmHWM");
    return most === 0 || most - before[1]! > 320;
  }, 60);
  assert.equal(await answer, 422);
  await until("the memory of the bomb is back", async () => {
    // A worker that keeps 256 MiB all the same is replaced.
    const workers = await children(server.pid);
    return workers.length === 1 && await memoryOf(workers[0]!) < before[1]! + 300;
  }, 60);
  assert.equal(await statusOf(apply(url)), 200);
});
