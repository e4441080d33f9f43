import assert from "node:assert/strict";
import { BodyTooSlow } from "../../lib/http/request_body.ts";
import { CallRefused } from "../../lib/workers/pool/pool.ts";
import { echo, encoder, test } from "./echo.ts";

const detailOf = async (response: Response) => (await response.json()).detail;

test("a call goes to a worker with its endpoint, formats and run id, and comes back as the worker says", async () => {
  const { post, heads } = echo();
  const response = await post("{}", { accept: "application/json+base64" }, "/apply?run_id=r1");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(await response.text(), "{}");
  assert.deepEqual(heads, [{ endpoint: "apply", runId: "r1", bodyFormat: "json", format: "json+base64" }]);
});

test("the body is JSON whatever its type says, but for some types that are not understood", async () => {
  const { post, heads } = echo();
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "nonsense"]) {
    assert.equal((await post("{}", { "content-type": type })).status, 200, type);
  }
  assert.equal(heads.length, 4);
  for (const type of ["multipart/form-data; boundary=x", "Multipart/Form-Data"]) {
    assert.equal((await post("{}", { "content-type": type })).status, 415, type);
  }
});

test("msgpack has three names, for the body and for the answer", async () => {
  const { post, heads } = echo();
  for (const name of ["application/msgpack", "application/vnd.msgpack", "Application/X-msgpack; charset=x"]) {
    await (await post("{}", { "content-type": name, accept: name })).text();
    const { bodyFormat, format } = heads.pop()!;
    assert.deepEqual([bodyFormat, format], ["msgpack", "msgpack"], name);
  }
});

test("gzip is passed on to the worker, other content encodings are not understood", async () => {
  const { post, heads } = echo();
  assert.equal((await post("{}", { "content-encoding": "GZIP" })).status, 200);
  assert.equal(heads[0]!.gzip, true);
  assert.equal((await post("{}", { "content-encoding": "identity" })).status, 200);
  for (const encoding of ["zip", "br", "gzip, gzip"]) {
    assert.equal((await post("{}", { "content-encoding": encoding })).status, 415, encoding);
  }
});

test("a body that is too large is refused by its length", async () => {
  const { post, heads } = echo();
  const response = await post("{}", { "content-length": String(2 ** 32 + 1) });
  assert.equal(response.status, 413);
  assert.equal(await detailOf(response), "The body is larger than 4294967296 bytes");
  assert.equal(heads.length, 0);
});

test("a body that turns out to be too large is refused with the same words", async () => {
  const { post } = echo(undefined, { limits: { maxBodySize: 100_000 } });
  for (const size of [99_999, 100_000, 100_001, 3_000_000]) {
    const pieces = [new Uint8Array(size - 7), new Uint8Array(7)];
    const response = await post(ReadableStream.from(pieces));
    assert.equal(response.status, size > 100_000 ? 413 : 200, `${size}`);
    if (size > 100_000) assert.equal(await detailOf(response), "The body is larger than 100000 bytes");
    else await response.body?.cancel();
  }
});

test("a body that brings no bytes for too long is 408, whether small, large or of unknown length", async () => {
  const { post } = echo(undefined, { limits: { bodyTimeout: 300 } });
  const silent = () => new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode("{")) });
  for (const length of [undefined, "100", "1000000"]) {
    const response = await post(silent(), length === undefined ? {} : { "content-length": length });
    assert.equal(response.status, 408, length);
    assert.equal(response.headers.get("connection"), "close");
    assert.match(await detailOf(response), /no bytes for 0.3 s/);
  }
  // One that brings a few bytes now and then is not silent, however long it takes in all.
  const { post: postSlowly } = echo(undefined, { limits: { bodyTimeout: 5000 } });
  const dripping = ReadableStream.from((async function* () {
    for (const text of ["{", " ", " ", " ", " ", " ", " ", "}"]) {
      yield encoder.encode(text);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  })());
  const response = await postSlowly(dripping);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "{      }");
});

test("pages of other sites may not call, those of this server may", async () => {
  const { post } = echo();
  const host = "localhost:8000";
  for (const origin of ["https://evil.example", "null", "http://localhost:8001", "http://localhost"]) {
    assert.equal((await post("{}", { host, origin })).status, 403, origin);
  }
  assert.equal((await post("{}", { host, origin: "http://localhost:8000" })).status, 200);
});

test("pages of sites that --cors-origin names may call, and read the answers", async () => {
  const { post, request } = echo(undefined, {
    access: { corsOrigins: ["https://lab.example", "http://a.example:8080"] },
  });
  const host = "localhost:8000";
  for (const origin of ["https://lab.example", "http://a.example:8080"]) {
    const response = await post("{}", { host, origin });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
    assert.match(response.headers.get("vary") ?? "", /origin/i);
    // Also health, which needs no key: a client may send its key everywhere.
    for (const path of ["/apply", "/health", "/health/ready", "/openapi.json"]) {
      const preflight = await request(path, {
        method: "OPTIONS",
        headers: { host, origin, "access-control-request-method": "POST" },
      });
      assert.equal(preflight.status, 204, path);
      assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
      assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /POST/);
      assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization, content-type/);
    }
  }
  for (const origin of ["https://lab.example.evil.org", "http://lab.example", "null"]) {
    const response = await post("{}", { host, origin });
    assert.equal(response.status, 403, origin);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  }
  const any = echo(undefined, { access: { corsOrigins: ["*"] } });
  assert.equal((await any.post("{}", { host, origin: "https://any.example" })).status, 200);
});

test("where there is a key, all but health and pages without data need it", async () => {
  const { post, request } = echo(undefined, { access: { apiKey: "s3cret ü" } });
  for (const headers of [{}, { "x-api-key": "s3cret" }, { authorization: "Bearer s3cret u" }, { "x-api-key": "" }]) {
    const response = await post("{}", headers as Record<string, string>);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(typeof await detailOf(response), "string");
  }
  const ascii = echo(undefined, { access: { apiKey: "s3cret" } });
  for (
    const headers of [{ "x-api-key": "s3cret" }, { authorization: "Bearer s3cret" }, {
      authorization: "bearer  s3cret",
    }]
  ) {
    assert.equal((await ascii.post("{}", headers as Record<string, string>)).status, 200);
  }
  for (const path of ["/health", "/health/live", "/health/ready", "/health/", "/docs", "/docs/", "/"]) {
    assert.notEqual((await request(path)).status, 401, path);
  }
  for (const path of ["/openapi.json", "/input_schema", "/metrics", "/nothing", "/healthy/../apply", "/docs/x"]) {
    assert.equal((await request(path)).status, 401, path);
  }
});

test("the path of a request is its own, and a malformed Host is 400", async () => {
  const { post } = echo();
  const hosts = [
    "x/apply?y=",
    "x/apply#",
    "x?",
    "[",
    "a b",
    "x:99999",
    "x:y",
    "x@y",
    "x\\y",
    "[::1",
    "a, b",
    "%",
    "x:80:80",
  ];
  for (const host of hosts) {
    for (const path of ["/nope", "/apply"]) {
      const response = await post("{}", { host }, path);
      assert.equal(response.status, 400, `${host} ${path}`);
      assert.equal(typeof await detailOf(response), "string");
    }
  }
  for (const host of ["x", "x:8000", "[::1]:80", "127.0.0.1", "my_service.local", "x:"]) {
    assert.equal((await post("{}", { host })).status, 200, host);
    assert.equal((await post("{}", { host }, "/nope")).status, 404, host);
  }
});

test("an answer that is garbage is 500, and nobody waits for its rest", async () => {
  const heads = ["", "xx", "null", "{}", '{"status":99,"contentType":"a/b"}', '{"status":200,"contentType":"a\\nb"}'];
  for (const head of [...heads, '{"status":204,"contentType":"a/b"}', '{"status":200,"contentType":"a/b","log":{}}']) {
    let isCancelled = false;
    const stream = new ReadableStream({ cancel: () => void (isCancelled = true) });
    for (const body of [encoder.encode("{}"), stream]) {
      const { post, logged } = echo(() => ({ head, body }));
      const response = await post("{}", {}, "/apply?run_id=r");
      assert.equal(response.status, 500, head);
      assert.equal(await detailOf(response), "Internal Server Error");
      assert.match(logged.join(""), /^\[r\] .*answer/);
    }
    assert.ok(isCancelled, head);
  }
});

test("each request is observed once, with its route and status", async () => {
  const { request, post, observed } = echo();
  await (await post("{}")).text();
  await (await post("{}", { accept: "text/html" })).text();
  for (const path of ["/health", "/nothing/at/all"]) await (await request(path)).text();
  assert.deepEqual(observed, [["apply", 200], ["apply", 406], ["health", 200], ["other", 404]]);
});

test("nothing acceptable is 406, before any work is done", async () => {
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

test("a run id that is none is 422", async () => {
  const response = await echo().post("{}", {}, "/apply?run_id=..%2Fx");
  assert.equal(response.status, 422);
  assert.deepEqual((await detailOf(response))[0].loc, ["query", "run_id"]);
});

test("unknown paths are 404, wrong methods 405 with what is allowed", async () => {
  const { request } = echo();
  for (const path of ["/nothing", "/jacobian", "/apply/x", "/test"]) {
    const response = await request(path);
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
    const response = await request(path!, { method: method! });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), allow);
    assert.equal(await detailOf(response), "Method Not Allowed");
  }
});

test("health, readiness and documents are answered without the workers", async () => {
  const { request, pool, heads } = echo();
  assert.deepEqual(await (await request("/health")).json(), { status: "ok" });
  assert.equal((await request("/health/live")).status, 200);
  assert.equal((await request("/health/ready")).status, 200);
  pool.ready = false;
  assert.equal((await request("/health/ready")).status, 503);
  assert.deepEqual(await (await request("/openapi.json")).json(), { document: "openapi.json" });
  assert.deepEqual(await (await request("/input_schema")).json(), { document: "input_schema" });
  assert.deepEqual(await (await request("/output_schema/")).json(), { document: "output_schema" });
  assert.deepEqual(heads, []);
});

test("a path may be percent-encoded; what cannot be decoded, or leads elsewhere, is no path", async () => {
  const { request, post } = echo();
  assert.equal((await post("{}", {}, "/%61pply")).status, 200);
  assert.equal((await post("{}", {}, "/appl%79/")).status, 200);
  assert.equal((await request("/%68ealth")).status, 200);
  for (const path of ["/%zz", "/%ff", "/%2561pply", "/%2fapply", "/x/%2fapply", "/apply%3f", "/apply%00"]) {
    assert.equal((await post("{}", {}, path)).status, 404, path);
  }
});

test("a trailing slash is the same path, and HEAD answers as GET", async () => {
  const { request, post } = echo();
  assert.equal((await post("{}", {}, "/apply/")).status, 200);
  const response = await request("/health/", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "15");
  assert.equal(await response.text(), "");
});

test("a body without a length, and a large one, arrive whole", async () => {
  const { post } = echo();
  for (const size of [0, 10, 262_144, 262_145, 3_000_000]) {
    const bytes = new Uint8Array(size).map((_, i) => i);
    const response = await post(ReadableStream.from([bytes.subarray(0, 7), bytes.subarray(7)].filter((b) => b.length)));
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  }
});

test("what a worker has to say about a failure goes to stderr, with the run id on every line", async () => {
  const head = JSON.stringify({ status: 500, contentType: "application/json", log: "SolverError: x\n    at apply" });
  const { post, logged } = echo(() => ({ head, body: encoder.encode("{}") }));
  assert.equal((await post("{}", {}, "/apply?run_id=r7")).status, 500);
  assert.deepEqual(logged, ["[r7] SolverError: x\n[r7]     at apply\n"]);
});

test("calls that no worker answers have the status that says why", async () => {
  const refused = (reason: ConstructorParameters<typeof CallRefused>[0], debug = false) =>
    echo(() => Promise.reject(new CallRefused(reason, "the worker ended")), { debug }).post("{}");
  for (const reason of ["full", "stopping", "interrupted"] as const) {
    const response = await refused(reason);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
  }
  const silent = await echo(() => Promise.reject(new BodyTooSlow("nothing came of the body for 60 s"))).post("{}");
  assert.equal(silent.status, 408);
  assert.match(await detailOf(silent), /nothing came of the body for 60 s/);
  // In debug mode the message is beside the detail, as that of a function that throws is.
  for (const debug of [false, true]) {
    const died = await refused("died", debug);
    assert.equal(died.status, 500);
    const message = debug ? { message: "the worker ended" } : {};
    assert.deepEqual(await died.json(), { detail: "Internal Server Error", ...message });
  }
});

test("the API page is one document, compressed for those who understand that", async () => {
  const { request } = echo();
  const packed = await request("/docs", { headers: { "accept-encoding": "br, gzip" } });
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  const plain = await request("/docs/");
  assert.equal(plain.headers.get("content-encoding"), null);
  const text = await plain.text();
  assert.equal(await new Response(packed.body!.pipeThrough(new DecompressionStream("gzip"))).text(), text);
  assert.match(text, /^<!doctype html>.*SwaggerUIBundle\(/s);
  assert.doesNotMatch(text, /<(?:script|link)[^>]+(?:src|href)="https?:/);
});
