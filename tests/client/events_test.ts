/** Events of long runs, and servers that are away for a while. */
import assert from "node:assert/strict";
import { connect } from "../../client.ts";
import { readEvents } from "../../lib/client/events.ts";

const text = (parts: readonly string[]) => ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));

Deno.test("readEvents(): events are read however the bytes are cut, and comments are none", async () => {
  const sent = 'id: 1\nevent: log\ndata: {"line":"ä"}\n\n: still here\n\nid:2\ndata: a\ndata:b: c\n\nid: 3\ndata: cut';
  const expected = [{ id: "1", type: "log", data: '{"line":"ä"}' }, { id: "2", type: "message", data: "a\nb: c" }];
  for (const ends of ["\n", "\r\n", "\r"]) {
    const bytes = new TextEncoder().encode(sent.replaceAll("\n", ends));
    for (const size of [1, 2, 7, bytes.length]) {
      const pieces = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, i) => bytes.slice(i * size, (i + 1) * size),
      );
      assert.deepEqual(
        await Array.fromAsync(readEvents(ReadableStream.from(pieces))),
        expected,
        `${size} ${ends.length}`,
      );
    }
  }
});

Deno.test("readEvents(): whoever stops listening ends the connection", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => void (isCancelled = true),
  });
  for await (const _ of readEvents(body)) break;
  assert.ok(isCancelled);
});

Deno.test("readEvents(): a connection that brings nothing any more is lost", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
  });
  const events = readEvents(body, 50);
  assert.equal((await events.next()).value?.data, "1");
  await assert.rejects(events.next(), TypeError);
});

const document = (status: string) => ({ run_id: "r1", endpoint: "apply", status, progress: null, error: null });
const event = (id: number, type: string, data: unknown) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const ALL = [
  event(1, "status", document("running")),
  event(2, "log", { line: "one" }),
  event(3, "progress", { fraction: 0.5, message: "half" }),
  event(4, "log", { line: "two" }),
  event(5, "status", document("succeeded")),
];

/** A client of a server that answers a request for events by the next of `answers`, and then with the rest. */
function eventsOf(...answers: ((rest: readonly string[]) => Response | Promise<Response>)[]) {
  const requests: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const { pathname } = new URL(url);
    const after = new Headers(init.headers).get("last-event-id") ?? "";
    requests.push(`${pathname} ${after}`.trim());
    if (!pathname.endsWith("/events")) return Response.json(document("running"));
    const rest = ALL.slice(Number(after));
    return await (answers.shift() ?? ((rest) => new Response(text(rest))))(rest);
  };
  return { run: connect("http://x", { fetch }).run("r1"), requests };
}

const idsOf = async (events: AsyncIterable<{ id: string }>) => (await Array.fromAsync(events)).map(({ id }) => id);

Deno.test("events(): those of the run from its beginning, or after one", async () => {
  const { run, requests } = eventsOf();
  const events = await Array.fromAsync(run.events());
  assert.deepEqual(events.map(({ type }) => type), ["status", "log", "progress", "log", "status"]);
  assert.deepEqual(events[1], { id: "2", type: "log", data: { line: "one" } });
  assert.deepEqual(await idsOf(run.events({ after: "3" })), ["4", "5"]);
  assert.deepEqual(requests, ["/runs/r1/events", "/runs/r1/events 3"]);
});

Deno.test("events(): values of metrics are numbers, also those that JSON sends as strings", async () => {
  const data = '{"key":"value","value":"-Infinity","step":"NaN","timestamp":"2026-01-01T00:00:00.000"}';
  const { run } = eventsOf(() => new Response(`id: 1\nevent: metric\ndata: ${data}\n\n`));
  for await (const { type, data } of run.events()) {
    const expected = { key: "value", value: -Infinity, step: NaN, timestamp: "2026-01-01T00:00:00.000" };
    assert.deepEqual([type, data], ["metric", expected]);
    break;
  }
});

Deno.test("events(): where the connection is cut they go on, and none comes twice", async () => {
  const refused = () => Promise.reject(new TypeError("fetch failed"));
  const badGateway = () => new Response("<html>502</html>", { status: 502 });
  const lost = (rest: readonly string[]) => {
    let at = 0;
    // the second event comes in part
    const pieces = [rest[0]!, rest[1]!.slice(0, 9)];
    return new Response(
      new ReadableStream({
        pull(controller) {
          const piece = pieces[at++];
          if (piece === undefined) controller.error(new TypeError("error reading a body from connection"));
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      }),
    );
  };
  const ended = (rest: readonly string[]) => new Response(text(rest.slice(0, 2)));
  const { run, requests } = eventsOf(refused, lost, badGateway, ended);
  assert.deepEqual(await idsOf(run.events()), ["1", "2", "3", "4", "5"]);
  assert.deepEqual(requests.filter((request) => request.includes("events")), [
    "/runs/r1/events",
    "/runs/r1/events",
    "/runs/r1/events 1",
    "/runs/r1/events 1",
    "/runs/r1/events 3",
  ]);
});

Deno.test("events(): a run that has ended while nobody could listen still tells all", async () => {
  const cut = () => new Response(text([]));
  const answers = [cut, () => new Response(text(ALL.slice(0, 4))), cut];
  const fetch = (url: string) =>
    Promise.resolve(url.endsWith("/events") ? answers.shift()!() : Response.json(document("succeeded")));
  assert.deepEqual(await idsOf(connect("http://x", { fetch }).run("r1").events()), ["1", "2", "3", "4"]);
});

Deno.test("events(): those after the last one are none", async () => {
  const fetch = (url: string) =>
    Promise.resolve(url.endsWith("/events") ? new Response(null, { status: 204 }) : Response.json(document("failed")));
  assert.deepEqual(await idsOf(connect("http://x", { fetch }).run("r1").events({ after: "5" })), []);
});

Deno.test("events(): a signal and a time limit end them, a refusal rejects", async () => {
  const fetch = (_url: string, { signal }: RequestInit) => {
    const body = new ReadableStream({
      start: (controller) => signal?.addEventListener("abort", () => controller.error(signal.reason)),
    });
    return Promise.resolve(new Response(body));
  };
  const run = connect("http://x", { fetch }).run("r1");
  await assert.rejects(idsOf(run.events({ timeout: 50 })), { name: "TimeoutError" });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(idsOf(run.events({ signal: controller.signal })), { name: "AbortError" });
  const nothing = () => Promise.resolve(Response.json({ detail: "no such run" }, { status: 404 }));
  await assert.rejects(idsOf(connect("http://x", { fetch: nothing }).run("r1").events()), {
    name: "TesseractError",
    status: 404,
  });
});

Deno.test("result(): a server that is away for a while is asked again; what it then says counts", async () => {
  const answers: (() => Response | Promise<Response>)[] = [
    () => Promise.reject(new TypeError("fetch failed")),
    () => new Response("<html>Bad Gateway</html>", { status: 502 }),
    () => Response.json({ detail: "stopping" }, { status: 503 }),
    () => Response.json(document("failed")),
    () => Promise.reject(new TypeError("fetch failed")),
    // of the call itself
    () => Response.json({ detail: "it took too long" }, { status: 504 }),
  ];
  const fetch = async () => await answers.shift()!();
  // the limit of the connection is that of its calls: a run may take longer
  const run = connect("http://x", { fetch, timeout: 60_000 }).run("r1");
  await assert.rejects(run.result(), { name: "TesseractError", status: 504 });
  assert.equal(answers.length, 0);
});

Deno.test("result(): to wait for a server that is away can be given up", async () => {
  const fetch = () => Promise.reject(new TypeError("fetch failed"));
  const run = connect("http://x", { fetch }).run("r1");
  await assert.rejects(run.result({ timeout: 300 }), { name: "TimeoutError" });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(run.result({ signal: controller.signal }), { name: "AbortError" });
});
