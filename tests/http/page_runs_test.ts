/** Long runs as the page follows them, with a server that is away for a while. */
import assert from "node:assert/strict";

const BASE = "http://tesseract.test/behind/";

/** The module, as it is on a page at BASE whose server is `fetch`. */
async function onPage(fetch: (request: Request) => Response | Promise<Response>) {
  Object.assign(globalThis, { document: { baseURI: BASE } });
  const { longRun } = await import("../../lib/http/page/runs.js") as typeof import("./page_types.d.ts");
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => await fetch(new Request(input, init));
  return { longRun, [Symbol.dispose]: () => void (globalThis.fetch = original) };
}

const event = (id: number, type: string, data: unknown) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const ALL = [
  event(1, "status", { status: "running" }),
  event(2, "log", { line: "one: two" }),
  event(3, "progress", { fraction: 0.5, message: null }),
  ":\n\n",
  event(4, "status", { status: "succeeded" }),
];

Deno.test("longRun(): events go on where they were cut, whatever answers meanwhile, and then come the outputs", async () => {
  const requests: string[] = [];
  const answers = [
    () => new Response(ALL.slice(0, 2).join("") + ALL[2]!.slice(0, 9)),
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => new Response("<html>502</html>", { status: 502 }),
    () => new Response(ALL.slice(2).join("")),
  ];
  using page = await onPage(async (request) => {
    const { pathname } = new URL(request.url);
    const [prefer, last] = ["prefer", "last-event-id"].map((name) => request.headers.get(name));
    requests.push([request.method, pathname, prefer, last].filter(Boolean).join(" "));
    if (request.method === "POST") return Response.json({ run_id: "a b" }, { status: 202 });
    if (pathname.endsWith("/events")) return await answers.shift()!();
    if (pathname.endsWith("/result")) return Response.json({ y: 1 });
    return Response.json({ status: "running" });
  });
  const told: unknown[] = [];
  const tell = (type: string, data?: unknown) => void told.push(data === undefined ? type : [type, data]);
  const outputs = await page.longRun({ body: "{}" }, new AbortController().signal, tell);
  assert.deepEqual(outputs, { y: 1 });
  assert.deepEqual(told, [
    ["begun", "a b"],
    ["status", { status: "running" }],
    ["log", { line: "one: two" }],
    "lost",
    "lost",
    ["progress", { fraction: 0.5, message: null }],
    ["status", { status: "succeeded" }],
  ]);
  const run = "/behind/runs/a%20b";
  assert.deepEqual(requests, [
    "POST /behind/apply respond-async",
    `GET ${run}/events`,
    `GET ${run}`,
    `GET ${run}/events 2`,
    `GET ${run}/events 2`,
    `GET ${run}/events 2`,
    `GET ${run}/result`,
  ]);
});

Deno.test("longRun(): a run that is taken up and has ended, and a server that keeps no runs", async () => {
  using page = await onPage((request) => {
    if (request.method === "POST") return Response.json({ y: 2 });
    if (request.url.endsWith("/events")) return new Response(null, { status: 204 });
    return Response.json(request.url.endsWith("/result") ? { y: 1 } : { status: "succeeded" });
  });
  const { signal } = new AbortController();
  assert.deepEqual(await page.longRun({ id: "r1" }, signal, () => {}), { y: 1 });
  const tell = (type: string) => assert.fail(`there is no run, but ${type}`);
  assert.deepEqual(await page.longRun({ body: "{}" }, signal, tell), { y: 2 });
});

Deno.test("longRun(): when the signal fires the run is cancelled, and what the server refuses is thrown", async () => {
  const requests: string[] = [];
  using page = await onPage((request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.url.includes("/unknown")) return Response.json({ detail: "There is no such run" }, { status: 404 });
    if (request.method === "DELETE") return Response.json({ status: "cancelled" }, { status: 202 });
    const start = (controller: ReadableStreamDefaultController) =>
      request.signal.addEventListener("abort", () => controller.error(request.signal.reason));
    return new Response(new ReadableStream({ start }));
  });
  const controller = new AbortController();
  const run = page.longRun({ id: "r1" }, controller.signal, () => void setTimeout(() => controller.abort(), 20));
  await assert.rejects(run, { name: "AbortError" });
  assert.equal(requests.at(-1), "DELETE /behind/runs/r1");
  const { signal } = new AbortController();
  await assert.rejects(page.longRun({ id: "unknown" }, signal, () => {}), { status: 404 });
});
