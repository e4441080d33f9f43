/** What becomes of a body that is not wanted. */
import assert from "node:assert/strict";
import { CallRefused } from "../../lib/workers/pool/pool.ts";
import { echo, encoder, test } from "./echo.ts";

test("a refusal comes when the body was read, or fetch would not get it; a client that waits for it sends none", async () => {
  const options = { limits: { maxBodySize: 3e6 }, access: { apiKey: "secret" } };
  const { request } = echo(undefined, options);
  const full = echo(() => Promise.reject(new CallRefused("full", "the queue is full")), options);
  const MEGABYTE = new Uint8Array(2 ** 20);
  /** Sends megabytes in chunks; resolves with the status, and how many were taken. */
  const send = async (megabytes: number, path: string, headers: Record<string, string>, by = request) => {
    let taken = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (taken === megabytes) return controller.close();
        taken++;
        controller.enqueue(MEGABYTE);
      },
    }, { highWaterMark: 0 });
    const { status } = await by(path, { method: "POST", body, headers });
    return [status, taken];
  };
  const key = { "x-api-key": "secret" };
  const cases: [number, string, Record<string, string>][] = [
    [401, "/apply", {}],
    [403, "/apply", { ...key, origin: "https://evil.example" }],
    [404, "/none", key],
    [405, "/health", key],
    [406, "/apply", { ...key, accept: "text/html" }],
    [413, "/apply", key],
    [413, "/apply", { ...key, "content-length": "9000000" }],
    [415, "/apply", { ...key, "content-encoding": "br" }],
    [422, "/apply?run_id=..", key],
  ];
  for (const [status, path, headers] of cases) {
    assert.deepEqual(await send(9, path, headers), [status, 9], path);
    const waits = await send(9, path, { ...headers, expect: "100-continue" });
    // Without its length it is known to be too large when three are there: the client was told to go on.
    assert.deepEqual(waits, [status, status === 413 && !("content-length" in headers) ? 9 : 0]);
  }
  for (const length of [{ "content-length": String(2 ** 21) }, {}]) {
    assert.deepEqual(await send(2, "/apply", { ...key, ...length }, full.request), [503, 2]);
  }
  // One that does not end is not read for ever.
  assert.deepEqual(await send(Infinity, "/none", key), [404, 256]);
});

test("a call that is refused while its body is read is answered when the rest was read, too", async () => {
  const refused = Promise.withResolvers<void>();
  const { request } = echo(async ({ body }) => {
    const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await chunks.next();
    void chunks.next().then(() => chunks.return?.());
    refused.resolve();
    return { head: JSON.stringify({ status: 422, contentType: "application/json" }), body: encoder.encode("{}") };
  });
  let taken = 0;
  const body = new ReadableStream({
    async pull(controller) {
      if (taken > 0) await refused.promise;
      if (++taken > 5) return controller.close();
      // Later than the refusal, which comes at once.
      await new Promise((resolve) => setTimeout(resolve, 100));
      controller.enqueue(new Uint8Array(1e5));
    },
  }, { highWaterMark: 0 });
  const headers = { "content-length": "500000" };
  const response = await request("/apply", { method: "POST", body, headers });
  assert.deepEqual([response.status, taken, response.headers.get("connection")], [422, 6, null]);
});

test("the connection of a refused request is closed where its client stopped in the middle of the body, and only there", async () => {
  const { request } = echo();
  const end = Promise.withResolvers<void>();
  const stopped = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(3)),
    pull: () => end.promise,
  });
  const answer = async (body: BodyInit) => {
    const { status, headers } = await request("/none", { method: "POST", body });
    return [status, headers.get("connection")];
  };
  assert.deepEqual(await answer(stopped), [404, "close"]);
  assert.deepEqual(await answer("abc"), [404, null]);
  end.resolve();
});
