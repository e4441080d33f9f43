/**
 * Long runs, with a small server that keeps to their protocol: 202 with the status document, `Prefer: wait`, results as
 * the call would have given them, cancelling.
 */
import assert from "node:assert/strict";
import { connect, type Run, TesseractError } from "../../client.ts";
import { until } from "../until.ts";
import component from "./component/tesseract_api.ts";

interface Kept {
  status: string;
  result?: Response;
  error: string | null;
}

/** Keeps runs of `apply`; each ends as `end` says. `takesWaits`: does it hold back answers for `Prefer: wait`? */
function runsServer(takesWaits = true) {
  const runs = new Map<string, Kept>();
  const requests: string[] = [];
  const changes = new Map<string, () => void>();
  const document = (id: string) => {
    const { status, error } = runs.get(id)!;
    const times = { created: "2026-01-01T00:00:00Z", started: null, finished: null };
    return Response.json({ run_id: id, endpoint: "apply", status, progress: null, ...times, error }, {
      status: status === "queued" && !requests.at(-1)!.startsWith("GET") ? 202 : 200,
    });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const prefer = request.headers.get("prefer");
    requests.push([request.method, pathname, prefer, request.headers.get("authorization")].filter(Boolean).join(" "));
    if (request.method === "POST" && pathname === "/apply" && prefer === "respond-async") {
      await request.bytes();
      const id = searchParams.get("run_id") ?? "r1";
      if (!runs.has(id)) runs.set(id, { status: "queued", error: null });
      return document(id);
    }
    const [, id = "", rest] = /^\/runs\/([^/]+)(\/result)?$/.exec(pathname) ?? [];
    const run = runs.get(id);
    if (run === undefined) return Response.json({ detail: "Not Found" }, { status: 404 });
    if (request.method === "DELETE") {
      if (run.status !== "queued" && run.status !== "running") {
        return runs.delete(id), new Response(null, { status: 204 });
      }
      change(id, { status: "cancelled", error: null });
      return document(id);
    }
    if (rest !== undefined) {
      if (run.status === "cancelled") return Response.json({ detail: "The run was cancelled" }, { status: 410 });
      return run.result ?? Response.json({}, { status: 202, headers: { "retry-after": "1" } });
    }
    const wait = Number(/^wait=(\d+)$/.exec(prefer ?? "")?.[1] ?? 0);
    if (wait > 0 && takesWaits && (run.status === "queued" || run.status === "running")) {
      const { promise, resolve } = Promise.withResolvers<void>();
      changes.set(id, resolve);
      const timer = setTimeout(resolve, 1000 * wait);
      request.signal.addEventListener("abort", () => resolve());
      await promise;
      clearTimeout(timer);
    }
    return document(id);
  });
  const change = (id: string, run: Kept) => {
    runs.set(id, run);
    changes.get(id)?.();
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    change,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const outputs = () =>
  Response.json({
    total: { object_type: "array", shape: [], dtype: "float64", data: { encoding: "json", buffer: 7 } },
    result: {
      object_type: "array",
      shape: [1],
      dtype: "float64",
      data: { encoding: "base64", buffer: "AAAAAAAAHEA=" },
    },
  });

Deno.test("a run is submitted, waited for by questions that the server holds back, and its outputs are those of apply", async () => {
  await using server = runsServer();
  const tesseract = connect<typeof component>(server.url, { apiKey: "k" });
  const run = await tesseract.submit({ a: [7] }, { runId: "mine" });
  assert.equal(run.id, "mine");
  assert.equal((await run.status()).status, "queued");
  const ending = (async () => {
    await until("the first question is held back", () => server.requests.length === 3);
    server.change("mine", { status: "running", error: null });
    await until("the second one is", () => server.requests.length === 4);
    server.change("mine", { status: "succeeded", error: null, result: outputs() });
  })();
  const { total, result } = await run.result();
  await ending;
  assert.equal(total, 7);
  assert.deepEqual(result, { dtype: "float64", shape: [1], data: new Float64Array([7]) });
  assert.deepEqual(server.requests, [
    "POST /apply respond-async Bearer k",
    "GET /runs/mine Bearer k",
    "GET /runs/mine wait=30 Bearer k",
    "GET /runs/mine wait=30 Bearer k",
    "GET /runs/mine/result Bearer k",
  ]);
});

Deno.test("a server that cannot hold back its answers is not asked all the time", async () => {
  await using server = runsServer(false);
  const run = await connect<typeof component>(server.url).submit({ a: [7] });
  setTimeout(() => server.change("r1", { status: "succeeded", error: null, result: outputs() }), 500);
  assert.equal((await run.result()).total, 7);
  assert(server.requests.length < 8, String(server.requests.length));
});

Deno.test("a failed run rejects as the call would have, a cancelled one with 410", async () => {
  await using server = runsServer();
  const tesseract = connect<typeof component>(server.url);
  const failed = await tesseract.submit({ a: [7] }, { runId: "failed" });
  const answer = Response.json({ detail: "Internal Server Error" }, { status: 500 });
  server.change("failed", { status: "failed", error: "RangeError: no", result: answer });
  assert.equal((await failed.status()).error, "RangeError: no");
  await assert.rejects(failed.result(), { name: "TesseractError", status: 500 });

  // Whoever asks for a result may not know the payload: the places of faults are given all the same.
  const places = [["inputs", "layers", 0, "weight"], ["inputs", "b"]];
  const detail = places.map((loc) => ({ type: "float_type", loc: ["body", ...loc], msg: "m" }));
  const refused = await tesseract.submit({ a: [7] }, { runId: "refused" });
  server.change("refused", { status: "failed", error: "m", result: Response.json({ detail }, { status: 422 }) });
  const error = await refused.result().catch((error) => error) as TesseractError;
  assert.deepEqual([error.status, ...error.issues.map(({ path }) => path)], [
    422,
    "inputs.layers.[0].weight",
    "inputs.b",
  ]);

  const cancelled = await tesseract.submit({ a: [7] }, { runId: "cancelled" });
  const cancelling = new Promise((resolve) => setTimeout(() => resolve(cancelled.cancel()), 50));
  await assert.rejects(cancelled.result(), { name: "TesseractError", status: 410, message: /cancelled/ });
  await cancelling;
  await cancelled.cancel();
  await assert.rejects(cancelled.status(), { name: "TesseractError", status: 404 });
});

Deno.test("to wait for a run can be given up, and the run goes on", async () => {
  await using server = runsServer();
  const run = await connect<typeof component>(server.url).submit({ a: [7] }, { signal: AbortSignal.timeout(60_000) });
  await assert.rejects(run.result({ timeout: 100 }), { name: "TimeoutError" });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(run.result({ signal: controller.signal }), { name: "AbortError" });
  assert.equal((await run.status()).status, "queued");
});

Deno.test("a Tesseract that knows no long runs has computed when the run is there", async () => {
  const run: Run<{ total: number }> = await connect(component).submit({ a: [1, 2] });
  assert.equal((await run.result()).total, 3);
  await assert.rejects(run.status(), { name: "TesseractError", message: /keeps no runs/ });
  await run.cancel();
  await assert.rejects(connect(component).submit({ a: "x" as never }), TesseractError);
});
