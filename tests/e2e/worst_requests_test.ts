/** Bad input: every one of these requests ends in a clear answer 4xx, and the server lives. */
import assert from "node:assert/strict";
import { request } from "../golden/http_client.ts";
import { serve } from "../golden/program.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const JSON_TYPE = { "Content-Type": "application/json" };

/** A valid payload of vectoradd with another `a`. */
const withA = (a: string) => `{"inputs": {"a": ${a}, "b": [1, 2, 3]}}`;
const encoded = (shape: string, dtype: string, buffer: string, encoding: string, more = "") =>
  withA(`{"shape": ${shape}, "dtype": ${dtype}, "data": {"buffer": ${buffer}, "encoding": ${encoding}${more}}}`);
const good = withA("[1, 2, 3]");

const bodies: (string | Uint8Array<ArrayBuffer>)[] = [
  "",
  " ",
  "null",
  "[]",
  "0",
  '"text"',
  "{",
  '{"inputs":',
  "{'inputs': {}}",
  '{"inputs": {}} {}',
  `${good}garbage`,
  '{"inputs": null}',
  '{"inputs": []}',
  '{"inputs": {"__proto__": {"a": [1]}, "a": [1], "b": [1]}}',
  '{"__proto__": null, "inputs": {"a": [1], "b": [1]}}',
  '{"inputs": {"a": [1], "b": [1], "constructor": 1}}',
  "[".repeat(100_000),
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  withA(`${"[".repeat(300)}1${"]".repeat(300)}`),
  `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  withA("[1, [2, 3]]"),
  withA("[[[1]]]"),
  withA('["a", "b", "c"]'),
  withA("[1, 2, {}]"),
  withA("[1e39, 1, 1]"),
  withA("[true, null, false]").replace("[1, 2, 3]", '"x"'),
  withA("1e999999"),
  withA("[1, 2, 3,]"),
  withA("[01, 2, 3]"),
  withA("[1 2 3]"),
  withA("[1, 2"),
  withA("[NaN, nan, 1]"),
  encoded("[3]", '"float32"', '"AAAA"', '"base64"'),
  encoded("[3]", '"float32"', '"!!!!!!!!!!!!!!!!"', '"base64"'),
  encoded("[3]", '"float32"', "7", '"base64"'),
  encoded("[9007199254740991]", '"float32"', '""', '"base64"'),
  encoded("[1e15]", '"float64"', "[1]", '"json"'),
  encoded("[4294967296, 4294967296, 4294967296]", '"float64"', "[1]", '"json"'),
  encoded("[-3]", '"float32"', "[1, 2, 3]", '"json"'),
  encoded('["3"]', '"float32"', "[1, 2, 3]", '"json"'),
  encoded("[3]", '"float128"', "[1, 2, 3]", '"json"'),
  encoded("[3]", "null", "[1, 2, 3]", '"json"'),
  encoded("[3]", '"complex64"', '["1+1j", "1j", "1j"]', '"json"'),
  encoded("[3]", '"float32"', "[1, 2, 3]", '"pickle"'),
  encoded("[3]", '"float32"', '"../../../../etc/passwd"', '"binref"'),
  encoded("[3]", '"float32"', '"/etc/passwd:0"', '"binref"'),
  encoded("[3]", '"float32"', '"http://127.0.0.1:1/x"', '"binref"'),
  encoded("[3]", '"float32"', '"AAAAAAAAAAAAAAAA"', '"base64"', ', "compression": "lz4"'),
  encoded("[3]", '"float32"', '"AAAAAAAAAAAAAAAA"', '"base64"', ', "compression": "zip"'),
  encoded("[3]", '"float32"', "[1, 2, 3]", '"json"', ', "__proto__": 1'),
  '{"inputs": {"a": [1, 2, 3], "b": [1, 2, 3], "s": {"re": 1, "im": 2}}}',
  '{"inputs": {"a": [1, 2, 3], "b": [1, 2]}}',
  new Uint8Array([0xff, 0xfe, 0x7b]),
  new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
  new Uint8Array(100_000),
];

const requests: [string, string, string, Record<string, string>, (string | Uint8Array<ArrayBuffer>)?][] = [
  ...bodies.map((body) =>
    ["the body", "POST", "/apply", JSON_TYPE, body] as [string, string, string, typeof JSON_TYPE, string]
  ),
  ["no such endpoint", "POST", "/aply", JSON_TYPE, good],
  ["a path upwards", "GET", "/../../etc/passwd", {}],
  ["an encoded path upwards", "GET", "/%2e%2e/%2e%2e/etc/passwd", {}],
  ["a method", "DELETE", "/apply", {}],
  ["a method", "GET", "/apply", {}],
  ["a method", "PUT", "/health", {}, ""],
  ["a form", "POST", "/apply", { "Content-Type": "multipart/form-data; boundary=x" }, "--x--"],
  ["an unknown content encoding", "POST", "/apply", { ...JSON_TYPE, "Content-Encoding": "br" }, good],
  ["a gzip that is none", "POST", "/apply", { ...JSON_TYPE, "Content-Encoding": "gzip" }, good],
  ["nothing acceptable", "POST", "/apply", { ...JSON_TYPE, Accept: "image/png" }, good],
  ["a strange Accept", "POST", "/apply", { ...JSON_TYPE, Accept: ";;;q=,,,/;=" }, good],
  ["a run id upwards", "POST", "/apply?run_id=../../x", JSON_TYPE, good],
  ["an empty run id", "POST", "/apply?run_id=", JSON_TYPE, good],
  ["another site", "POST", "/apply", { ...JSON_TYPE, Origin: "https://elsewhere.example" }, good],
  ["a body beyond all limits", "POST", "/apply", { ...JSON_TYPE, "Content-Length": "99999999999999" }],
  ["a debug endpoint", "POST", "/test", JSON_TYPE, "{}"],
];

Deno.test(`${requests.length} of the worst requests end in a clear 4xx, and the server lives`, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await serve("vectoradd", { cwd: folder, inputs: folder, outputs: folder });
    for (const [what, method, target, headers, body] of requests) {
      const bytes = typeof body === "string" ? encode(body) : body;
      const answer = await request(server.port, method, target, headers, bytes);
      const text = new TextDecoder().decode(answer.body);
      const shown = `${what}: ${method} ${target} ${typeof body === "string" ? body.slice(0, 120) : ""} → ${
        text.slice(0, 300)
      }`;
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${shown}`);
      assert.ok("detail" in JSON.parse(text), shown);
      assert.ok(!/root:|\/work|\/tmp|file:\/\/| {4}at /.test(text), `the server shows itself: ${shown}`);
    }
    const alive = await request(server.port, "POST", "/apply", JSON_TYPE, encode(good));
    assert.equal(alive.status, 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
