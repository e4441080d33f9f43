import assert from "node:assert/strict";
import { COMPRESSIONS, FORMAT_NAMES } from "../../lib/formats/registry.ts";
import { negotiate, notAcceptable } from "../../lib/http/negotiation.ts";

const format = (accept: string | null, byDefault: "json" | "json+base64" = "json") =>
  negotiate(accept, byDefault)?.format;

Deno.test("no Accept, an empty one and wildcards mean the default", () => {
  for (const accept of [null, "", " ", ",", "*/*", "application/*", "APPLICATION/*;q=0.1", "text/html, */*;q=0.8"]) {
    assert.equal(format(accept), "json", String(accept));
    assert.equal(format(accept, "json+base64"), "json+base64", String(accept));
  }
});

Deno.test("the highest q-value wins, among equal ones the first", () => {
  assert.equal(format("application/json;q=0.2, application/json+base64;q=0.9"), "json+base64");
  assert.equal(format("application/json+base64, application/json"), "json+base64");
  assert.equal(format("application/json, application/json+base64"), "json");
  assert.equal(format("*/*;q=0.1, application/json+base64"), "json+base64");
  assert.equal(format("application/xml, application/json;q=0.1"), "json");
});

Deno.test("among equal q-values the specific wins over a wildcard", () => {
  assert.equal(format("*/*, application/json+base64"), "json+base64");
});

Deno.test("q=0 is not acceptable, also not through a wildcard", () => {
  assert.equal(format("application/json;q=0"), undefined);
  assert.equal(format("*/*;q=0"), undefined);
  assert.equal(format("application/json;q=0, application/json+base64;q=0.1"), "json+base64");
  assert.equal(format("application/json;q=0, */*"), "json+base64");
});

Deno.test("the names that msgpack has elsewhere are acceptable", () => {
  for (const type of ["application/vnd.msgpack", "application/x-msgpack"]) assert.equal(format(type), "msgpack");
  assert.equal(format("application/vnd.msgpack;q=0, application/*", "msgpack" as "json"), "json");
});

Deno.test("what is not offered is not acceptable", () => {
  for (
    const accept of [
      "text/plain",
      "text/*",
      "text/json+base64",
      "json+base64",
      "application/xml",
      "application/x-messagepack",
    ]
  ) {
    assert.equal(format(accept), undefined, accept);
  }
});

Deno.test("spaces, capitals and parameters without meaning do not matter", () => {
  assert.equal(format(" application/json ; q=0.5 , */*;q=0.1"), "json");
  assert.equal(format("Application/JSON+BASE64"), "json+base64");
  assert.equal(format("application/json+base64; charset=utf-8"), "json+base64");
  assert.equal(format("application/json;q=abc"), "json");
});

Deno.test("a compression or GPU transport that is not offered makes its range unacceptable", () => {
  assert.equal(format("application/json+base64; compression=zip"), undefined);
  assert.equal(format("application/json+base64; gpu_transport=cuda_ipc"), undefined);
  assert.equal(format("application/json+base64; compression=zip, application/json;q=0.1"), "json");
  assert.deepEqual(negotiate('application/json+base64; Compression="none"; gpu_transport=none', "json"), {
    format: "json+base64",
    compression: "none",
  });
});

Deno.test("a 406 says what there is", () => {
  assert.deepEqual(notAcceptable("text/html"), {
    message: "Cannot produce any encoding accepted by 'text/html'",
    available_formats: FORMAT_NAMES,
    available_gpu_transports: ["none"],
    available_compressions: COMPRESSIONS,
  });
  assert.ok(notAcceptable("x".repeat(10_000)).message.length < 300);
});
