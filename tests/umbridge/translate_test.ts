/** This server's errors in UM-Bridge's form. */
import assert from "node:assert/strict";
import { createLog } from "../../lib/http/log.ts";
import { DEFAULT_LIMITS } from "../../lib/http/limits.ts";
import { createUmBridge } from "../../lib/http/umbridge.ts";
import { errorResponse, jsonResponse } from "../../lib/http/responses.ts";

const { translate } = createUmBridge({
  pool: { call: () => Promise.reject(new Error("nothing is called here")) },
  format: "msgpack",
  compression: "none",
  debug: false,
  limits: DEFAULT_LIMITS,
  log: createLog("text", () => Promise.resolve()),
});

const translated = async (response: Response) => {
  const { status, headers } = response;
  const after = await translate(response);
  assert.equal(after.headers.get("content-type"), "application/json");
  for (const name of ["retry-after", "www-authenticate", "allow", "connection"]) {
    assert.equal(after.headers.get(name), headers.get(name));
  }
  const bytes = await after.bytes();
  if (after.headers.has("content-length")) assert.equal(Number(after.headers.get("content-length")), bytes.length);
  return [status === after.status ? status : [status, after.status], JSON.parse(new TextDecoder().decode(bytes))];
};

Deno.test("an answer that is no error stays what it is", async () => {
  const response = jsonResponse(200, "{}");
  assert.equal(await translate(response), response);
});

Deno.test("faults of the payload are 400, by the first one's type if the protocol has it", async () => {
  const fault = { type: "missing", loc: ["body", "inputs", "x"], msg: "Field required" };
  const other = { type: "json_invalid", loc: ["body", 3], msg: "The payload is not valid JSON" };
  assert.deepEqual(await translated(errorResponse(422, [fault, other])), [[422, 400], {
    error: {
      type: "InvalidInput",
      message: "inputs.x: Field required; The payload is not valid JSON (at character 3)",
    },
  }]);
  for (const [type, status] of [["ModelNotFound", 400], ["UnsupportedFeature", 400], ["InvalidOutput", 500]] as const) {
    assert.deepEqual(await translated(errorResponse(422, [{ type, loc: ["body"], msg: "no" }])), [[422, status], {
      error: { type, message: "payload: no" },
    }]);
  }
});

Deno.test("every other error keeps its status, its headers and its words", async () => {
  const cases: [Response, string, string][] = [
    [errorResponse(401, "a key", { "www-authenticate": "Bearer" }), "InvalidInput", "a key"],
    [errorResponse(405, "Method Not Allowed", { allow: "POST" }), "InvalidInput", "Method Not Allowed"],
    [errorResponse(406, { message: "none" }), "InvalidInput", '{"message":"none"}'],
    [errorResponse(413, "large"), "InvalidInput", "large"],
    [errorResponse(500, "Internal Server Error"), "InvalidOutput", "Internal Server Error"],
    [errorResponse(503, "full", { "retry-after": "1" }), "InvalidOutput", "full"],
    [errorResponse(504, "late"), "InvalidOutput", "late"],
    [
      jsonResponse(500, '{"detail":"Internal Server Error","message":"in full","stack":"…"}'),
      "InvalidOutput",
      "in full",
    ],
  ];
  for (const [response, type, message] of cases) {
    const { status } = response;
    assert.deepEqual(await translated(response), [status, { error: { type, message } }]);
  }
});
