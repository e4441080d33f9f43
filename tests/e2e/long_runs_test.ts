/** Long runs over HTTP, by the real program: every row of the table in jobs.md. */
import assert from "node:assert/strict";
import { discard, eventsOf, fileOf, journalOf, LongRunServer, printed, withRunsFolder } from "../long_run_server.ts";
import { assertSameBytes } from "../storage/helpers.ts";
import { until } from "../until.ts";

const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
const touch = (path: string) => Deno.writeTextFile(path, "");

Deno.test("respond-async is answered by 202 with the place of the run and its status document, and the call runs on", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const response = await server.submit("a", { x: 4, until: `${folder}/go` });
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("location"), "/runs/a");
    assert.equal(response.headers.get("preference-applied"), "respond-async");
    const document = await response.json();
    assert.deepEqual(Object.keys(document).sort(), [
      "created",
      "endpoint",
      "error",
      "finished",
      "progress",
      "run_id",
      "started",
      "status",
    ]);
    assert.deepEqual([document.run_id, document.endpoint, document.status], ["a", "apply", "queued"]);
    const running = await server.until("a", "running");
    assert.ok(Date.parse(running.created) <= Date.parse(running.started!));
    await until("the progress is in the document", async () => (await server.status("a")).progress !== null);
    assert.deepEqual((await server.status("a")).progress, { fraction: 1, message: "step 1 of 1" });
    const early = await server.get("/a/result");
    assert.equal(early.status, 202);
    assert.ok(Number(early.headers.get("retry-after")) > 0);
    assert.equal((await early.json()).status, "running");
    await touch(`${folder}/go`);
    const { finished, error } = await server.until("a", "succeeded");
    assert.ok(Date.parse(finished!) >= Date.parse(running.started!));
    assert.equal(error, null);
  });
});

Deno.test("the result has status, headers and body of the answer as the call would have given them", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const headers = (response: Response) =>
      Object.fromEntries([...response.headers].filter(([name]) => !["date", "vary"].includes(name)));
    const cases: [Record<string, unknown>, Record<string, string>][] = [
      [{ x: 1 }, {}],
      [{ x: 1 }, { accept: "application/json+base64" }],
      [{ x: 1 }, { accept: "application/msgpack" }],
      [{ x: 1, mode: "large" }, { accept: "application/json+base64" }],
      [{ x: "a" }, {}],
      [{ mode: "throw" }, {}],
      [{ mode: "exit" }, {}],
    ];
    for (const [i, [inputs, asked]] of cases.entries()) {
      const id = `run-${i}`;
      // The name of a run is in the result, so the call has the same one, before.
      const expected = await server.call(id, inputs, asked);
      const body = await expected.bytes();
      await discard(server.submit(id, inputs, asked));
      await server.until(id, expected.status === 200 ? "succeeded" : "failed");
      const result = await server.get(`/${id}/result`);
      assert.equal(result.status, expected.status, JSON.stringify(inputs));
      assert.deepEqual(headers(result), headers(expected));
      assertSameBytes(await result.bytes(), body);
    }
    assert.equal((await server.status("run-5")).error, "Internal Server Error");
    assert.match((await server.status("run-4")).error!, /^inputs\.x: /);
    // The words of the command line, also where the place is none, or one in the text.
    for (
      const [id, body, error] of [["none", "", /^The payload is empty; a payload has the form/], [
        "text",
        "{",
        /^The payload is not valid JSON/,
      ]] as const
    ) {
      const path = `${server.url}/apply?run_id=${id}`;
      const response = await fetch(path, { method: "POST", body, headers: { prefer: "respond-async" } });
      assert.equal(response.status, 202, await response.text());
      assert.match((await server.until(id, "failed")).error!, error);
    }
  });
});

Deno.test("what a call refuses at once, a long run refuses at once", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, ["--max-body-size", "1000"]);
    const post = (query: string, headers: Record<string, string>, body: BodyInit = "{}") =>
      fetch(`${server.url}/apply${query}`, { method: "POST", body, headers: { prefer: "respond-async", ...headers } });
    const statuses = await Promise.all([
      post("?run_id=..", {}),
      post("?run_id=a%2Fb", {}),
      post("", { accept: "text/html" }),
      post("", { "content-type": "multipart/form-data; boundary=x" }),
      post("", { "content-encoding": "br" }),
      post("", {}, "x".repeat(2000)),
      post("", { "content-encoding": "gzip" }, "this is not gzip"),
    ].map(async (response) => {
      const { status } = await response;
      assert.ok("detail" in await (await response).json());
      return status;
    }));
    assert.deepEqual(statuses, [422, 422, 406, 415, 415, 413, 400]);
    assert.deepEqual(await (await server.get("")).json(), { runs: [] });
  });
});

Deno.test("the same name with the same request is the same run, else 409", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    const journal = `${folder}/journal`;
    const inputs = { x: 1, journal, until: `${folder}/go` };
    const answers = await Promise.all(Array.from({ length: 5 }, () => server.submit("a", inputs)));
    for (const answer of answers) assert.deepEqual([answer.status, (await answer.json()).run_id], [202, "a"]);
    const gzipped = new Blob([JSON.stringify({ inputs })]).stream().pipeThrough(new CompressionStream("gzip"));
    const compressed = await fetch(`${server.url}/apply?run_id=a`, {
      method: "POST",
      body: await new Response(gzipped).bytes(),
      headers: { prefer: "respond-async", "content-encoding": "gzip" },
    });
    assert.equal(compressed.status, 202);
    await compressed.body?.cancel();
    await server.until("a", "running");
    const others = [
      await server.submit("a", { ...inputs, x: 2 }),
      await server.submit("a", inputs, { accept: "application/msgpack" }),
      await fetch(`${server.url}/abstract_eval?run_id=a`, { method: "POST" }),
      await server.call("a", inputs),
    ];
    assert.deepEqual(others.map(({ status }) => status), [409, 409, 404, 409]);
    const details = [];
    for (const other of others) details.push((await other.json()).detail);
    for (const i of [0, 1, 3]) assert.match(details[i], /give this (one|call) another run id, or DELETE that run$/);
    await touch(`${folder}/go`);
    await server.until("a", "succeeded");
    assert.equal((await server.submit("a", inputs)).status, 202);
    assert.deepEqual(await journalOf(journal), ["began a", "ended a"]);
    // Any other call may use a name again and again.
    assert.equal((await server.call("b")).status, 200);
    assert.equal((await server.call("b", { x: 3 })).status, 200);
  });
});

Deno.test("a status document is held back until the status changes, or for so many seconds", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await server.begin("a", { until: `${folder}/go` });
    const started = performance.now();
    const unchanged = await server.get("/a", { prefer: "wait=1" });
    assert.equal((await unchanged.json()).status, "running");
    assert.ok(performance.now() - started >= 990);
    const waiting = server.get("/a", { prefer: "wait=60" });
    await touch(`${folder}/go`);
    assert.equal((await (await waiting).json()).status, "succeeded");
    const ended = await server.get("/a", { prefer: "wait=60" });
    assert.equal((await ended.json()).status, "succeeded");
    for (const prefer of ["wait=", "wait=-1", "wait=1e9", "wait=abc", `wait=${"9".repeat(900)}`, ",;=,".repeat(900)]) {
      assert.equal((await server.get("/a", { prefer })).status, 200, prefer);
    }
  });
});

Deno.test("events tell everything in order, go on after the last that was seen, and end with the run", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await discard(server.submit("a", { steps: 3, ms: 60, until: `${folder}/go` }));
    const first = await eventsOf(
      server,
      "a",
      undefined,
      printed("step 2"),
    );
    await touch(`${folder}/go`);
    const rest = await eventsOf(server, "a", first.at(-1)!.id);
    const all = [...first, ...rest];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, JSON.stringify(all));
    const of = (name: string) => all.filter(({ event }) => event === name).map(({ data }) => data);
    assert.deepEqual(of("log"), [1, 2, 3].map((step) => ({ line: `step ${step}` })));
    assert.deepEqual(of("metric").map(({ key, value, step }) => [key, value, step]), [
      ["step", 1, 0],
      ["step", 2, 1],
      ["step", 3, 2],
    ]);
    assert.deepEqual(of("progress").at(-1), { fraction: 1, message: "step 3 of 3" });
    assert.equal(all.at(-1)!.event, "status");
    assert.deepEqual(of("status").map(({ status }) => status).filter((status) => status !== "queued"), [
      "running",
      "succeeded",
    ]);
    // Whoever comes late gets all of it.
    const late = await eventsOf(server, "a");
    assert.deepEqual(late.filter(({ event }) => event !== "status"), all.filter(({ event }) => event !== "status"));
    assert.deepEqual(await eventsOf(server, "a", all.at(-1)!.id), []);
    assert.equal((await eventsOf(server, "a", "no such id")).length, late.length);
  });
});

Deno.test("progress and prints of code that never yields are seen while it computes", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await discard(server.submit("a", { mode: "spin", steps: 1000, ms: 60 }));
    const events = await eventsOf(
      server,
      "a",
      undefined,
      (events) => ["log", "progress", "metric"].every((name) => events.some(({ event }) => event === name)),
    );
    assert.ok(events.length >= 3);
    assert.equal((await server.status("a")).status, "running");
  });
});

Deno.test("DELETE cancels what runs by the signal, what waits at once, and forgets what has ended", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, ["--abort-grace", "4"]);
    const journal = `${folder}/journal`;
    const never = `${folder}/never`;
    await server.begin("runs", { journal, until: never });
    await discard(server.submit("waits", { journal, until: never }));
    const cancelled = await server.delete("waits");
    assert.deepEqual([cancelled.status, (await cancelled.json()).status], [202, "cancelled"]);
    assert.equal((await server.delete("runs")).status, 202);
    assert.equal((await server.status("runs")).status, "cancelled");
    await until("user code has seen the signal", async () => (await journalOf(journal)).includes("aborted runs"));
    for (const id of ["runs", "waits"]) {
      const result = await server.get(`/${id}/result`);
      assert.equal(result.status, 410);
      assert.ok("detail" in await result.json());
      assert.equal((await eventsOf(server, id)).at(-1)!.data["status"], "cancelled");
    }
    // One that does not listen loses its worker after the grace.
    await server.begin("stubborn", { mode: "stubborn", until: never });
    assert.equal((await server.delete("stubborn")).status, 202);
    await discard(server.submit("next", { x: 1 }));
    await server.until("next", "succeeded");
    for (const id of ["runs", "waits", "stubborn", "next"]) {
      assert.equal((await server.delete(id)).status, 204, id);
      assert.equal((await server.get(`/${id}`)).status, 404);
    }
    assert.deepEqual(await (await server.get("")).json(), { runs: [] });
    assert.equal(await isThere(`${folder}/run_next`), false);
    assert.deepEqual((await journalOf(journal)).filter((line) => line.endsWith("waits")), []);
  });
});

Deno.test("GET /runs lists the newest first, of a status, and as many as asked for", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    for (const id of ["a", "b", "c"]) {
      await discard(server.submit(id, { mode: id === "b" ? "throw" : "count" }));
      await server.until(id, id === "b" ? "failed" : "succeeded");
    }
    assert.equal((await server.call("ordinary", {})).status, 200);
    const list = async (query: string) => {
      const response = await server.get(query);
      assert.equal(response.status, 200);
      return (await response.json()).runs.map(({ run_id }: { run_id: string }) => run_id);
    };
    assert.deepEqual(await list(""), ["c", "b", "a"]);
    assert.deepEqual(await list("?status=succeeded"), ["c", "a"]);
    assert.deepEqual(await list("?status=succeeded&limit=1"), ["c"]);
    assert.deepEqual(await list("?limit=0"), []);
    assert.deepEqual((await (await server.get("?limit=1")).json()).runs, [await server.status("c")]);
    assert.equal((await server.get("?status=odd")).status, 422);
    for (const limit of ["-1", "x", "", "1.5", "99999999999"]) {
      const response = await server.get(`?limit=${limit}`);
      const { detail: [{ loc, msg }] } = await response.json();
      assert.deepEqual([response.status, loc], [422, ["query", "limit"]]);
      assert.equal(msg, "Expected an integer from 0 to 999999999", limit);
    }
  });
});

Deno.test("paths and methods that are none are 404 and 405 in JSON", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await discard(server.submit("a"));
    const ask = async (method: string, path: string) => {
      const response = await fetch(`${server.url}/runs${path}`, { method });
      if (method !== "HEAD") assert.ok("detail" in await response.json(), path);
      return response.status;
    };
    for (
      const path of ["/none", "/none/result", "/none/events", "/a/other", "/a/result/x", "/%2e%2e%2fetc", "/a%00", "/"]
    ) {
      assert.equal(await ask("GET", path === "/" ? "/x%20y" : path), 404, path);
    }
    for (
      const [method, path] of [["POST", ""], ["PUT", "/a"], ["POST", "/a/result"], ["DELETE", "/a/events"]] as const
    ) {
      assert.equal(await ask(method, path), 405, `${method} ${path}`);
    }
    assert.equal(await ask("HEAD", "/a"), 200);
    assert.equal(await ask("DELETE", "/none"), 404);
  });
});

Deno.test("a run is forgotten with its files so many seconds after its end", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder, ["--run-ttl", "2"]);
    assert.equal((await server.call("ordinary", {})).status, 200);
    await discard(server.submit("a", {}));
    await discard(server.submit("b", {}));
    for (const id of ["a", "b"]) {
      await until(`run ${id} is 404`, async () => (await server.get(`/${id}`)).status === 404);
    }
    await until(
      "the files of both are gone",
      async () => !await isThere(`${folder}/run_a`) && !await isThere(`${folder}/run_b`),
    );
    assert.ok(await isThere(`${folder}/run_ordinary/logs/tesseract.log`));
  });
});

Deno.test("--run-timeout ends a long run as a 504, and --timeout does not", async () => {
  await withRunsFolder(async (folder) => {
    const args = ["--timeout", "0.2", "--run-timeout", "5", "--abort-grace", "0.5"];
    await using server = await LongRunServer.start(folder, args);
    await discard(server.submit("short", { ms: 500 }));
    await server.until("short", "succeeded");
    await discard(server.submit("long", { until: `${folder}/never` }));
    assert.match((await server.until("long", "failed")).error!, /longer than 5 s/);
    assert.equal((await server.get("/long/result")).status, 504);
  });
});

Deno.test("the key, pages of other sites, metrics and the access log hold for long runs, too", async () => {
  await withRunsFolder(async (folder) => {
    const args = ["--api-key", "secret", "--cors-origin", "https://example.org", "--log-format", "json"];
    await using server = await LongRunServer.start(folder, args);
    const headers = { authorization: "Bearer secret", origin: "https://example.org" };
    for (const path of ["", "/a", "/a/result", "/a/events"]) assert.equal((await server.get(path)).status, 401, path);
    assert.equal((await server.submit("a")).status, 401);
    assert.equal((await server.get("/a", { ...headers, origin: "https://example.com" })).status, 403);
    const answer = await server.submit("a", { x: 1 }, headers);
    assert.equal(answer.status, 202);
    assert.match(answer.headers.get("access-control-expose-headers")!, /location/);
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://example.org");
    await until("it has ended", async () => (await (await server.get("/a", headers)).json()).status === "succeeded");
    const preflight = await fetch(`${server.url}/runs/a`, {
      method: "OPTIONS",
      headers: { origin: "https://example.org", "access-control-request-method": "DELETE" },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-methods")!, /DELETE/);
    await until("the metrics have the run", async () => {
      const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
      return /tesseract_run_seconds_count\{endpoint="apply"\} 1/.test(text) &&
        /tesseract_requests_total\{endpoint="apply",code="202"\} 1/.test(text) &&
        /endpoint="runs",code="200"/.test(text);
    });
    await until("the log has the requests", () => /"POST \/apply 202".*"run_id":"a"/.test(server.stderr));
  });
});

Deno.test("a record that was tampered with, and links in the folder of a run, are errors and no way out", async () => {
  await withRunsFolder(async (folder) => {
    await using server = await LongRunServer.start(folder);
    await Deno.writeTextFile(`${folder}/secret`, "the secret");
    for (const id of ["broken", "link", "answer"]) {
      await discard(server.submit(id));
      await server.until(id, "succeeded");
    }
    const damaged = [
      "{",
      "null",
      "[]",
      "{}",
      '{"run_id":"other"}',
      `{"run_id":"broken","status":"running"}`,
      "x".repeat(3e6),
    ];
    for (const text of damaged) {
      await Deno.writeTextFile(`${folder}/run_broken/run.json`, text);
      const response = await server.get("/broken");
      assert.ok([404, 500].includes(response.status), `${response.status}`);
      assert.ok("detail" in await response.json());
    }
    await Deno.remove(`${folder}/run_link/run.json`);
    await Deno.symlink(`${folder}/secret`, `${folder}/run_link/run.json`);
    assert.equal((await server.get("/link")).status, 500);
    const stored = (await fileOf(folder, "answer", "answer"))!;
    await Deno.remove(stored);
    await Deno.symlink(`${folder}/secret`, stored);
    const answer = await server.get("/answer/result");
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /secret|run_answer/);
    assert.equal((await server.get("")).status, 200);
    assert.equal((await server.submit("fine")).status, 202);
    await Deno.writeTextFile(`${folder}/run_broken/run.json`, "{");
    assert.equal((await server.delete("broken")).status, 204);
    assert.equal(await isThere(`${folder}/run_broken`), false);
  });
});

Deno.test("an answer that cannot be stored is a failure with that reason; what is small is stored all the same", async () => {
  await withRunsFolder(async (folder) => {
    // As on a full disk, writing fails; 200 kB are too large.
    const limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 400; exec \"$@\"", "sh"];
    await using server = await LongRunServer.start(folder, [], {}, limited);
    await discard(server.submit("large", { mode: "large" }));
    const { error } = await server.until("large", "failed");
    assert.match(error!, /^The answer could not be stored: /);
    assert.deepEqual(await server.result("large"), { status: 500, value: { detail: error } });
    await discard(server.submit("small", { x: 1 }));
    await server.until("small", "succeeded");
    const request = await fetch(`${server.url}/apply`, {
      method: "POST",
      body: JSON.stringify({ inputs: { journal: "x".repeat(500_000) } }),
      headers: { prefer: "respond-async" },
    });
    assert.equal(request.status, 500);
    assert.match((await request.json()).detail, /^The storage of runs fails: /);
    assert.equal((await (await server.get("")).json()).runs.length, 2);
  });
});
