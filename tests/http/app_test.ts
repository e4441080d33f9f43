import assert from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import type { CallHead } from "../../lib/workers/protocol/heads.ts";
import { BodySilent } from "../../lib/http/request_body.ts";
import { CallRefused, type PoolAnswer, type PoolCall } from "../../lib/workers/pool/pool.ts";

const encoder = new TextEncoder();
const OK = JSON.stringify({ status: 200, contentType: "application/json" });

async function bytesOf(body: PoolCall["body"]): Promise<Uint8Array<ArrayBuffer>> {
  const stream = body instanceof Uint8Array ? [body] : body;
  return new Uint8Array(await new Response(ReadableStream.from(stream)).arrayBuffer());
}

/** An app whose workers send the body back; what they were asked, and what went to stderr. */
function echo(answer?: (call: PoolCall) => PoolAnswer | Promise<PoolAnswer>, debug = false) {
  const heads: CallHead[] = [];
  const logged: string[] = [];
  const pool = {
    ready: true,
    async call(call: PoolCall): Promise<PoolAnswer> {
      const head = JSON.parse(call.head);
      if ("document" in head) return { head: OK, body: encoder.encode(JSON.stringify({ document: head.document })) };
      heads.push(head);
      return answer === undefined ? { head: OK, body: await bytesOf(call.body) } : await answer(call);
    },
  };
  const app = createApp({
    pool,
    endpoints: ["apply"],
    format: "json",
    compression: "none",
    debug,
    log: (text) => logged.push(text),
  });
  const post = (body: BodyInit, headers: Record<string, string> = {}, path = "/apply") =>
    app.request(path, {
      method: "POST",
      body,
      headers: typeof body === "string" ? { "content-length": String(body.length), ...headers } : headers,
    });
  return { app, pool, heads, logged, post };
}

const detailOf = async (response: Response) => (await response.json()).detail;

Deno.test("a call goes to a worker with its endpoint, formats and run id, and comes back as the worker says", async () => {
  const { post, heads } = echo();
  const response = await post("{}", { accept: "application/json+base64" }, "/apply?run_id=r1");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(await response.text(), "{}");
  assert.deepEqual(heads, [{ endpoint: "apply", runId: "r1", bodyFormat: "json", format: "json+base64" }]);
});

Deno.test("the body is JSON whatever its type says, but for some types that are not understood", async () => {
  const { post, heads } = echo();
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "nonsense"]) {
    assert.equal((await post("{}", { "content-type": type })).status, 200, type);
  }
  assert.equal(heads.length, 4);
  for (const type of ["multipart/form-data; boundary=x", "Multipart/Form-Data"]) {
    assert.equal((await post("{}", { "content-type": type })).status, 415, type);
  }
});

Deno.test("gzip is passed on to the worker, other content encodings are not understood", async () => {
  const { post, heads } = echo();
  assert.equal((await post("{}", { "content-encoding": "GZIP" })).status, 200);
  assert.equal(heads[0]!.gzip, true);
  assert.equal((await post("{}", { "content-encoding": "identity" })).status, 200);
  for (const encoding of ["zip", "br", "gzip, gzip"]) {
    assert.equal((await post("{}", { "content-encoding": encoding })).status, 415, encoding);
  }
});

Deno.test("a body that is too large is refused by its length", async () => {
  const { post, heads } = echo();
  assert.equal((await post("{}", { "content-length": String(2 ** 32 + 1) })).status, 413);
  assert.equal(heads.length, 0);
});

Deno.test("pages of other sites may not call, those of this server may", async () => {
  const { post } = echo();
  const host = "localhost:8000";
  for (const origin of ["https://evil.example", "null", "http://localhost:8001", "http://localhost"]) {
    assert.equal((await post("{}", { host, origin })).status, 403, origin);
  }
  assert.equal((await post("{}", { host, origin: "http://localhost:8000" })).status, 200);
});

Deno.test("nothing acceptable is 406, before any work is done", async () => {
  const { post, heads } = echo();
  const response = await post("{}", { accept: "text/html" });
  assert.equal(response.status, 406);
  assert.deepEqual(Object.keys(await detailOf(response)), [
    "message",
    "available_formats",
    "available_gpu_transports",
    "available_compressions",
  ]);
  assert.equal(heads.length, 0);
});

Deno.test("a run id that is none is 422", async () => {
  const response = await echo().post("{}", {}, "/apply?run_id=..%2Fx");
  assert.equal(response.status, 422);
  assert.deepEqual((await detailOf(response))[0].loc, ["query", "run_id"]);
});

Deno.test("unknown paths are 404, wrong methods 405 with what is allowed", async () => {
  const { app } = echo();
  for (const path of ["/", "/nothing", "/jacobian", "/apply/x", "/test"]) {
    const response = await app.request(path);
    assert.equal(response.status, 404, path);
    assert.equal(await detailOf(response), "Not Found");
  }
  for (
    const [method, path, allow] of [["GET", "/apply", "POST"], ["OPTIONS", "/apply", "POST"], [
      "POST",
      "/health",
      "GET",
    ]]
  ) {
    const response = await app.request(path!, { method: method! });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), allow);
    assert.equal(await detailOf(response), "Method Not Allowed");
  }
});

Deno.test("health, readiness and documents are answered without the workers", async () => {
  const { app, pool, heads } = echo();
  assert.deepEqual(await (await app.request("/health")).json(), { status: "ok" });
  assert.equal((await app.request("/health/live")).status, 200);
  assert.equal((await app.request("/health/ready")).status, 200);
  pool.ready = false;
  assert.equal((await app.request("/health/ready")).status, 503);
  assert.deepEqual(await (await app.request("/openapi.json")).json(), { document: "openapi.json" });
  assert.deepEqual(await (await app.request("/input_schema")).json(), { document: "input_schema" });
  assert.deepEqual(await (await app.request("/output_schema/")).json(), { document: "output_schema" });
  assert.deepEqual(heads, []);
});

Deno.test("a trailing slash is the same path, and HEAD answers as GET", async () => {
  const { app, post } = echo();
  assert.equal((await post("{}", {}, "/apply/")).status, 200);
  const response = await app.request("/health/", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "15");
  assert.equal(await response.text(), "");
});

Deno.test("a body without a length, and a large one, arrive whole", async () => {
  const { post } = echo();
  for (const size of [0, 10, 262_144, 262_145, 3_000_000]) {
    const bytes = new Uint8Array(size).map((_, i) => i);
    const response = await post(ReadableStream.from([bytes.subarray(0, 7), bytes.subarray(7)].filter((b) => b.length)));
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  }
});

Deno.test("what a worker has to say about a failure goes to stderr, with the run id on every line", async () => {
  const head = JSON.stringify({ status: 500, contentType: "application/json", log: "SolverError: x\n    at apply" });
  const { post, logged } = echo(() => ({ head, body: encoder.encode("{}") }));
  assert.equal((await post("{}", {}, "/apply?run_id=r7")).status, 500);
  assert.deepEqual(logged, ["[r7] SolverError: x\n[r7]     at apply\n"]);
});

Deno.test("calls that no worker answers have the status that says why", async () => {
  const refused = (reason: ConstructorParameters<typeof CallRefused>[0], debug = false) =>
    echo(() => Promise.reject(new CallRefused(reason, "the worker ended")), debug).post("{}");
  for (const reason of ["full", "stopping", "interrupted"] as const) {
    const response = await refused(reason);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
  }
  const silent = await echo(() => Promise.reject(new BodySilent("nothing came of the body for 60 s"))).post("{}");
  assert.equal(silent.status, 408);
  assert.match(await detailOf(silent), /nothing came of the body for 60 s/);
  assert.equal((await refused("died")).status, 500);
  assert.equal(await detailOf(await refused("died")), "Internal Server Error");
  assert.match(await detailOf(await refused("died", true)), /the worker ended/);
});

Deno.test("the API page is one document, compressed for those who understand that", async () => {
  const { app } = echo();
  const packed = await app.request("/docs", { headers: { "accept-encoding": "br, gzip" } });
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  const plain = await app.request("/docs/");
  assert.equal(plain.headers.get("content-encoding"), null);
  const text = await plain.text();
  assert.equal(await new Response(packed.body!.pipeThrough(new DecompressionStream("gzip"))).text(), text);
  assert.match(text, /^<!doctype html>.*SwaggerUIBundle\(/s);
  assert.doesNotMatch(text, /<(?:script|link)[^>]+(?:src|href)="https?:/);
});
