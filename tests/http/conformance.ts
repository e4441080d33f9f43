/**
 * What RFC 9110 and 9112 ask of an HTTP/1.1 server, as far as clients of a Tesseract depend on it: each case is one
 * exchange over a connection of its own. `conformance_test.ts` runs them against `serve`; as a program
 * (`deno run -A tests/http/conformance.ts`) they run against a bare `Deno.serve` of the Deno that runs it, beside the
 * two benchmarks by which a version is chosen (docs/decisions.md).
 * @module
 */
import assert from "node:assert/strict";
import { RawConnection } from "./raw_connection.ts";

/** The server under test. It answers GET /health, and POST /apply with `payload` by 200. */
export interface Target {
  readonly port: number;
  readonly payload: string;
  /** A payload whose answer has more than 4 MB. */
  readonly largePayload: string;
}

const OFFERS = ["h2c", "TLS/1.2", "websocket"];
const host = "Host: 127.0.0.1";

const post = (body: string, ...fields: string[]) =>
  [`POST /apply HTTP/1.1`, host, `Content-Length: ${body.length}`, ...fields, "", body].join("\r\n");
const get = (path: string, ...fields: string[]) => [`GET ${path} HTTP/1.1`, host, ...fields, "", ""].join("\r\n");
const chunked = (body: string, ...fields: string[]) => {
  const chunks = [body.slice(0, 7), body.slice(7)].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return ["POST /apply HTTP/1.1", host, "Transfer-Encoding: chunked", ...fields, "", `${chunks.join("")}0\r\n\r\n`]
    .join("\r\n");
};

/** Sends each text as soon as the one before it is answered, and expects 200 for all of them. */
async function expectOk({ port }: Target, ...texts: string[]): Promise<void> {
  using connection = await RawConnection.open(port);
  for (const text of texts) {
    await connection.write(text);
    assert.equal((await connection.response()).status, 200);
  }
}

type Case = readonly [name: string, run: (target: Target) => Promise<void>];

const upgrades: Case[] = OFFERS.flatMap((offer): Case[] => {
  const fields = [`Upgrade: ${offer}`, "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"];
  return [
    [`an offer to upgrade to ${offer} is ignored: POST`, (to) => expectOk(to, post(to.payload, ...fields))],
    [`an offer to upgrade to ${offer} is ignored: chunked POST`, (to) => expectOk(to, chunked(to.payload, ...fields))],
    [`an offer to upgrade to ${offer} is ignored: GET`, (to) => expectOk(to, get("/health", ...fields))],
    [
      `an offer to upgrade to ${offer} is ignored: GET with Content-Length: 0`,
      (to) => expectOk(to, get("/health", "Content-Length: 0", ...fields)),
    ],
    [
      `an offer to upgrade to ${offer} is ignored: the connection goes on`,
      (to) => expectOk(to, post(to.payload, ...fields), post(to.payload)),
    ],
  ];
});

/** All cases, by what holds. */
export const CASES: readonly Case[] = [
  ...upgrades,
  ["a connection is kept alive", (to) => expectOk(to, post(to.payload), get("/health"), post(to.payload))],
  ["a chunked body, its connection kept alive", (to) => expectOk(to, chunked(to.payload), get("/health"))],
  ["chunk extensions and trailers are read over", async (to) => {
    const body = `${to.payload.length.toString(16)};name="value"\r\n${to.payload}\r\n0\r\nX-Checksum: 7\r\n\r\n`;
    await expectOk(to, ["POST /apply HTTP/1.1", host, "Transfer-Encoding: chunked", "", body].join("\r\n"));
  }],
  ["pipelined requests are answered in their order", async ({ port, payload }) => {
    using connection = await RawConnection.open(port);
    await connection.write(get("/health") + post(payload) + get("/nothing-here") + post(payload));
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await connection.response()).status);
    assert.deepEqual(statuses, [200, 200, 404, 200]);
  }],
  ["Expect: 100-continue is answered before the body is sent", async ({ port, payload }) => {
    using connection = await RawConnection.open(port);
    await connection.write(post(payload, "Expect: 100-continue").slice(0, -payload.length));
    assert.equal((await connection.response()).status, 100);
    await connection.write(payload);
    assert.equal((await connection.response()).status, 200);
  }],
  ["HEAD has the length of GET and no body", async ({ port }) => {
    using connection = await RawConnection.open(port);
    await connection.write(get("/health"));
    const { headers } = await connection.response();
    await connection.write(get("/health").replace("GET", "HEAD"));
    const head = await connection.response("HEAD");
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), headers.get("content-length"));
    await connection.write(get("/health"));
    assert.equal((await connection.response()).status, 200);
  }],
  ["90 header fields", (to) => expectOk(to, post(to.payload, ...Array.from({ length: 86 }, (_, i) => `X-${i}: ${i}`)))],
  ["a header field of 16 kB", (to) => expectOk(to, post(to.payload, `X-Long: ${"a".repeat(16_384)}`))],
  ["a head that arrives byte by byte", async ({ port, payload }) => {
    using connection = await RawConnection.open(port);
    for (const byte of post(payload)) await connection.write(byte);
    assert.equal((await connection.response()).status, 200);
  }],
  ["a client that has closed its side is answered", async ({ port, payload }) => {
    using connection = await RawConnection.open(port);
    await connection.write(post(payload));
    await connection.closeWrite();
    assert.equal((await connection.response()).status, 200);
  }],
  ["a slow reader gets the whole answer", async ({ port, largePayload }) => {
    using connection = await RawConnection.open(port);
    await connection.write(post(largePayload));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { status, body } = await connection.response();
    assert.equal(status, 200);
    assert(body.length > 4e6, `${body.length}`);
  }],
  ["Connection: close is honoured", async ({ port }) => {
    using connection = await RawConnection.open(port);
    await connection.write(get("/health", "Connection: close"));
    assert.equal((await connection.response()).status, 200);
    assert.equal(await connection.ended(), true);
  }],
  ["HTTP/1.0 is answered, and the connection closed", async ({ port }) => {
    using connection = await RawConnection.open(port);
    await connection.write("GET /health HTTP/1.0\r\n\r\n");
    assert.equal((await connection.response()).status, 200);
    assert.equal(await connection.ended(), true);
  }],
  ["a target in absolute form", (to) => expectOk(to, get("http://127.0.0.1/health"))],
];

/** Runs all cases; returns the names and errors of those that failed. */
export async function failuresOf(target: Target): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  for (const [name, run] of CASES) {
    try {
      await run(target);
    } catch (error) {
      failures.set(name, error);
    }
  }
  return failures;
}

/** Seconds that 200 MB in chunks take to a handler that reads slower than they come. */
async function secondsOfChunkedUpload(port: number): Promise<number> {
  using connection = await RawConnection.open(port);
  const start = performance.now();
  await connection.write(["POST /slow HTTP/1.1", host, "Transfer-Encoding: chunked", "", ""].join("\r\n"));
  const piece = new TextEncoder().encode(`10000\r\n${"x".repeat(65_536)}\r\n`.repeat(16));
  for (let i = 0; i < 200; i++) await connection.write(piece);
  await connection.write("0\r\n\r\n");
  assert.equal((await connection.response("GET", 120_000)).status, 200);
  return (performance.now() - start) / 1000;
}

/** Microseconds of one small POST over a connection that is kept alive. */
async function microsecondsOfPost(port: number): Promise<number> {
  using connection = await RawConnection.open(port);
  const text = new TextEncoder().encode(post("{}"));
  const count = 20_000;
  let start = 0;
  for (let i = -2000; i < count; i++) {
    if (i === 0) start = performance.now();
    await connection.write(text);
    await connection.response();
  }
  return (performance.now() - start) * 1000 / count;
}

/** Runs a benchmark in a process of its own, whose time is not the server's. */
async function measured(name: string, port: number): Promise<number> {
  const args = ["run", "-A", "--no-check", new URL(import.meta.url).pathname, name, String(port)];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return Number(new TextDecoder().decode(stdout));
}

const [benchmark, benchmarkPort] = Deno.args;
if (import.meta.main && benchmark !== undefined) {
  const port = Number(benchmarkPort);
  console.log(await (benchmark === "upload" ? secondsOfChunkedUpload(port) : microsecondsOfPost(port)));
} else if (import.meta.main) {
  const large = "x".repeat(5e6);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") {
      const headers = { "content-length": "2", "cache-control": "no-transform" };
      return new Response(request.method === "HEAD" ? null : "ok", { headers });
    }
    if (pathname === "/apply") return new Response(await request.text());
    if (pathname !== "/slow") return new Response(null, { status: 404 });
    let size = 0;
    let unread = 0;
    for await (const chunk of request.body!) {
      size += chunk.length;
      unread += chunk.length;
      if (unread < 1e6) continue;
      unread = 0;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return new Response(`${size}`);
  });
  const target: Target = { port: server.addr.port, payload: '{"x": [1, 2, 3]}', largePayload: large };
  const failures = await failuresOf(target);
  console.log(`Deno ${Deno.version.deno}: ${CASES.length - failures.size} of ${CASES.length} cases hold`);
  for (const [name, error] of failures) console.log(`  ${name}: ${String(error).split("\n")[0]}`);
  console.log(
    `  200 MB chunked, handler slower than the sender: ${(await measured("upload", target.port)).toFixed(1)} s`,
  );
  console.log(`  one small POST over one connection: ${(await measured("post", target.port)).toFixed(0)} µs`);
  await server.shutdown();
}
