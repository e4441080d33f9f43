/** The client with our server, in this process, and with servers that do one thing each. */
import assert from "node:assert/strict";
import { connect, TesseractError } from "../../client.ts";
import * as client from "../../client.ts";
import { array, defineTesseract, scalar, z } from "../../mod.ts";
import { freePort } from "../free_port.ts";
import { Program } from "../http/program.ts";
import { removeFolder } from "../program.ts";
import component from "./component/tesseract_api.ts";
import { travel, travelTo } from "./journeys.ts";

const MODULE = new URL("component/tesseract_api.ts", import.meta.url).pathname;

/** Answers requests on a free port for as long as it is in use. */
function listen(answer: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

const json = (value: unknown, status = 200) => Response.json(value, { status });

Deno.test("all journeys, to our server", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using server = new Program({ apiPath: MODULE, inputPath: folder, outputPath: folder });
    assert.deepEqual(await travelTo(await server.url()), []);
  }
  await removeFolder(folder);
});

Deno.test("all journeys, to a definition in this process", async () => {
  assert.deepEqual(await travel(connect(component)), []);
});

Deno.test("a server that asks for a key is called with one", async () => {
  const folder = await Deno.makeTempDir();
  {
    const access = { apiKey: "secret", corsOrigins: [] };
    await using server = new Program({ apiPath: MODULE, inputPath: folder, outputPath: folder, access });
    const url = await server.url();
    for (
      const [options, hint] of [[{}, /no key was given/], [{ apiKey: "x" }, /the key was not accepted/]] as const
    ) {
      const refused = { name: "TesseractError", status: 401, message: hint };
      await assert.rejects(connect(url, options).apply({ a: [1] }), refused);
    }
    assert.equal((await connect<typeof component>(url, { apiKey: "secret" }).apply({ a: [1] })).total, 1);
  }
  await removeFolder(folder);
});

Deno.test("client.ts exports what callers import, and nothing else", () => {
  // The types that it exports are used in types_test.ts.
  assert.deepEqual(Object.keys(client).sort(), ["TesseractError", "connect"]);
});

Deno.test("options of the connection hold for each call, which may have its own", async () => {
  const seen: Record<string, string | null>[] = [];
  await using server = listen(({ url, headers }) => {
    const names = ["accept", "authorization", "x-a", "x-b"];
    seen.push({ run: new URL(url).search, ...Object.fromEntries(names.map((name) => [name, headers.get(name)])) });
    return json({});
  });
  const tesseract = connect(server.url, { apiKey: "k1", headers: { "x-a": "1", "x-b": "1" }, compression: "lz4" });
  await tesseract.apply({});
  await tesseract.apply({}, {
    apiKey: "k2",
    headers: [["X-B", "2"]],
    format: "json",
    compression: "none",
    runId: "a b",
  });
  assert.deepEqual(seen, [
    { run: "", accept: "application/json+base64;compression=lz4", authorization: "Bearer k1", "x-a": "1", "x-b": "1" },
    { run: "?run_id=a%20b", accept: "application/json", authorization: "Bearer k2", "x-a": "1", "x-b": "2" },
  ]);
});

Deno.test("requests go through a given fetch", async () => {
  const urls: string[] = [];
  const fetch = (url: string, init: RequestInit) => {
    urls.push(`${init.method} ${url}`);
    return Promise.resolve(json({ x: 1 }));
  };
  assert.deepEqual(await connect("http://nowhere.invalid/a/", { fetch }).apply({}), { x: 1 });
  assert.deepEqual(await connect(component, { fetch }).health(), { x: 1 });
  assert.deepEqual(urls, ["POST http://nowhere.invalid/a/apply", "GET http://in.process/health"]);
});

Deno.test("the payload of each function is that of its endpoint", async () => {
  const seen: unknown[] = [];
  await using server = listen(async (request) => {
    seen.push([new URL(request.url).pathname, await request.json(), request.headers.get("content-type")]);
    return json({});
  });
  const tesseract = connect(server.url);
  const type = "application/json";
  await tesseract.apply({ x: 1, y: undefined });
  await tesseract.jacobian({ x: 1 }, ["x"], new Set(["y"]));
  await tesseract.jacobianVectorProduct({ x: 1 }, ["x"], ["y"], { x: [1] });
  await tesseract.vectorJacobianProduct({ x: 1 }, ["x"], ["y"], { y: 2 });
  await tesseract.abstractEval({ x: new Float32Array(2) });
  assert.deepEqual(seen, [
    ["/apply", { inputs: { x: 1 } }, type],
    ["/jacobian", { inputs: { x: 1 }, jac_inputs: ["x"], jac_outputs: ["y"] }, type],
    [
      "/jacobian_vector_product",
      { inputs: { x: 1 }, jvp_inputs: ["x"], jvp_outputs: ["y"], tangent_vector: { x: [1] } },
      type,
    ],
    [
      "/vector_jacobian_product",
      { inputs: { x: 1 }, vjp_inputs: ["x"], vjp_outputs: ["y"], cotangent_vector: { y: 2 } },
      type,
    ],
    ["/abstract_eval", { inputs: { x: { shape: [2], dtype: "float32" } } }, type],
  ]);
});

Deno.test("what a server says of its refusal is in the error", async () => {
  const answers: [Response, number, RegExp][] = [
    [json({ detail: "the queue is full" }, 503), 503, /^apply of http:\/\/x: the queue is full \(status 503\)$/],
    [json({ detail: "no key" }, 401), 401, /no key; no key was given \(status 401\)$/],
    [
      json({ detail: "Not Found" }, 404),
      404,
      /^apply of http:\/\/x: Not Found; it has no such function, or its address/,
    ],
    [json({ detail: { message: "nothing acceptable", available_formats: ["json"] } }, 406), 406, /nothing acceptable/],
    [json({ detail: "Internal Server Error", message: "RangeError: no", stack: "at x" }, 500), 500, /RangeError: no/],
    [
      new Response("<!doctype html><head><title>\n502 Bad\tGateway</title></head>" + "x".repeat(9999), { status: 502 }),
      502,
      /^apply of http:\/\/x: a web page came in place of an answer: "502 Bad Gateway" \(status 502\)$/,
    ],
    [new Response("<html>Bad <b>Gateway</b></html>", { status: 502 }), 502, /answer: "Bad Gateway"/],
    [new Response("upstream timed out", { status: 504 }), 504, /: upstream timed out \(status 504\)$/],
    [new Response(null, { status: 500 }), 500, /no reason given/],
    [json(null, 500), 500, /500/],
    [json([], 500), 500, /500/],
    [
      json({ detail: [{ loc: ["body"], type: "t", msg: "m" }], omitted: 7 }, 422),
      422,
      /: m; and 7 more \(status 422\)$/,
    ],
    [json({ detail: [null, {}, { loc: "x" }] }, 422), 422, /422/],
  ];
  for (const [answer, status, words] of answers) {
    const error = await connect("http://x", { fetch: () => Promise.resolve(answer) }).apply({}).catch((error) => error);
    assert(error instanceof TesseractError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, words);
  }
});

Deno.test("the path of an issue leaves out the branches of unions, and keeps what is missing", async () => {
  const inputs = { label: 1.5, source: { kind: "ramp", start: "x" }, list: [{ int: {} }] };
  const places: [(string | number)[], string, string][] = [
    [["body", "inputs", "label", "int"], "int_from_float", "inputs.label"],
    [["body", "inputs", "source", "ramp", "start"], "float_parsing", "inputs.source.start"],
    [["body", "inputs", "source", "ramp", "step"], "missing", "inputs.source.step"],
    [["body", "inputs", "list", 0, "int", "a.b"], "missing", "inputs.list.[0].int.{a.b}"],
    [["body", 12], "json_invalid", ""],
    [["body"], "missing", ""],
    [["query", "run_id"], "missing", "run_id"],
  ];
  const detail = places.map(([loc, type]) => ({ loc, type, msg: "m" }));
  const fetch = () => Promise.resolve(json({ detail }, 422));
  const error = await connect("http://x", { fetch }).apply(inputs).catch((error) => error) as TesseractError;
  assert.deepEqual(error.issues, places.map(([, type, path]) => ({ type, path, message: "m" })));
});

Deno.test("an answer that is none is an error with the status that it came with", async () => {
  const array = (data: object, dtype = "float64", shape = [1]) => ({ y: { object_type: "array", shape, dtype, data } });
  const answers: [BodyInit, RegExp][] = [
    ["Hello!", /text\/plain.* cannot be read/],
    ["<!DOCTYPE html><title>Start</title>", /a web page came in place of an answer: "Start"; is this its address\?/],
    ["", /cannot be read/],
    [JSON.stringify(array({ encoding: "base64", buffer: "AAAA" })), /y: 3 bytes do not fill 1 elements of float64/],
    [JSON.stringify(array({ encoding: "base64", buffer: "####" })), /y: the buffer is no base64 text/],
    [JSON.stringify(array({ encoding: "base64", buffer: "AAAA", compression: "lz4" })), /y: .*LZ4/],
    [JSON.stringify(array({ encoding: "json", buffer: [1, 2] })), /y: 2 elements where the shape has 1/],
    [JSON.stringify(array({ encoding: "json", buffer: ["x"] }, "complex64")), /y: "x" is no complex number/],
    [JSON.stringify(array({ encoding: "json", buffer: [1.5] }, "int64")), /y: /],
    [JSON.stringify(array({ encoding: "binref", buffer: "a.bin" })), /y: the encoding binref/],
    [JSON.stringify(array({ encoding: "json", buffer: [1] }, "float128")), /y: "float128" is not a dtype/],
  ];
  for (const [body, words] of answers) {
    const fetch = () => Promise.resolve(new Response(body));
    const error = await connect("http://x", { fetch }).apply({}).catch((error) => error);
    assert(error instanceof TesseractError, String(error));
    assert.equal(error.status, 200);
    assert.match(error.message, words);
  }
});

Deno.test("a dtype that the platform lacks fails only when such an array comes, and says so", async () => {
  const { Float16Array } = globalThis;
  const answer = (dtype: string) => ({
    y: { object_type: "array", shape: [1], dtype, data: { encoding: "base64", buffer: "ADw=" } },
  });
  const tesseract = (dtype: string) => connect("http://x", { fetch: () => Promise.resolve(json(answer(dtype))) });
  assert.deepEqual((await tesseract("float16").apply({}))["y"].data, new Float16Array([1]));
  try {
    Reflect.deleteProperty(globalThis, "Float16Array");
    assert.deepEqual((await tesseract("int16").apply({}))["y"].data, new Int16Array([0x3c00]));
    await assert.rejects(tesseract("float16").apply({}), {
      name: "TesseractError",
      message: /y: arrays of float16 need Float16Array, which this platform does not have/,
    });
  } finally {
    Object.assign(globalThis, { Float16Array });
  }
});

Deno.test("where no server is, the error says which address, and why", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  let thrown: unknown;
  const keeping = (...args: Parameters<typeof fetch>) =>
    fetch(...args).catch((error) => {
      throw thrown = error;
    });
  const error = await connect(url, { fetch: keeping }).apply({}).catch((error) => error);
  assert(error instanceof TypeError && error === thrown, "it is fetch's own error");
  assert(error.stack!.includes(error.message), "what is printed says as much as the message");
  const words = `^apply of ${url}: no answer came \\((?!error sending).*refused.*\\); is it running there\\?$`;
  assert.match(error.message, new RegExp(words));
  // Node's says nothing by itself, and its cause has no words where it tried more than one address.
  const cause = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
  const failing = () => Promise.reject(new TypeError("fetch failed", { cause }));
  await assert.rejects(connect(url, { fetch: failing }).health(), /no answer came \(fetch failed: ECONNREFUSED\)/);
});

Deno.test("a connection that is lost is a TypeError, and nothing is sent a second time", async () => {
  for (const part of ["", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"]) {
    let requests = 0;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const connection of listener) {
        // the whole of a small request comes at once
        await connection.read(new Uint8Array(4096));
        requests++;
        if (part !== "") await connection.write(new TextEncoder().encode(part));
        connection.close();
      }
    })();
    const tesseract = connect(`http://127.0.0.1:${listener.addr.port}`);
    await assert.rejects(tesseract.apply({ x: 1 }), { name: "TypeError" });
    // Sent twice, this would cancel a run, and then delete it.
    await assert.rejects(tesseract.run("a").cancel(), { name: "TypeError" });
    // another request would come at once
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(requests, 2);
    listener.close();
    await serving;
  }
});

Deno.test("a signal and a time limit also end an answer that comes slowly", async () => {
  await using server = listen(() => {
    const start = (controller: ReadableStreamDefaultController) => controller.enqueue(new TextEncoder().encode("{"));
    return new Response(new ReadableStream({ start }));
  });
  const tesseract = connect(server.url);
  await assert.rejects(tesseract.apply({}, { timeout: 100 }), { name: "TimeoutError", message: /within 100 ms/ });
  await assert.rejects(tesseract.apply({}, { signal: AbortSignal.timeout(100) }), { name: "TimeoutError" });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new RangeError("enough")), 100);
  await assert.rejects(tesseract.apply({}, { signal: controller.signal, timeout: 60_000 }), new RangeError("enough"));
});

Deno.test("a time limit beyond that of timers is none", async () => {
  const late = async () => (await new Promise((resolve) => setTimeout(resolve, 50)), json({ x: 1 }));
  for (const timeout of [Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(await connect("http://x", { fetch: late, timeout }).apply({}), { x: 1 });
  }
});

Deno.test("connect() refuses what is no address and no definition", () => {
  for (const url of ["", "localhost:8000", "127.0.0.1:8000", "ftp://x", "file:///x"]) {
    assert.throws(() => connect(url), { name: "TypeError", message: /^expected the URL of a Tesseract, with http/ });
  }
  assert.throws(() => connect("localhost:8000"), /did you mean "http:\/\/localhost:8000"\?/);
  for (const url of ["", "ftp://x"]) {
    assert.throws(() => connect(url), ({ message }: Error) => !message.includes("did you mean"));
  }
  assert.throws(
    () => connect({ InputSchema: z.object({}), OutputSchema: z.object({}) }),
    /what defineTesseract\(\) gave/,
  );
});

Deno.test("in process, an error comes with what the module threw, and where", async () => {
  const error = await connect(component).apply({ a: [1], name: "fail" }).catch((error) => error) as TesseractError;
  assert.match(error.message, /RangeError: asked to fail/);
  assert.match(String(error.cause), /component\/tesseract_api\.ts/);
});

Deno.test("in process, the module's signal fires when the caller goes away", async () => {
  const { promise: fired, resolve } = Promise.withResolvers<unknown>();
  const tesseract = connect(defineTesseract({
    InputSchema: z.object({}),
    OutputSchema: z.object({}),
    async apply(_inputs, { signal }) {
      await new Promise((done) => signal.addEventListener("abort", done));
      resolve(signal.reason);
      return {};
    },
  }));
  const reason = new RangeError("enough");
  await assert.rejects(
    tesseract.apply({}, { signal: AbortSignal.any([AbortSignal.abort(reason)]) }),
    reason,
  );
  const controller = new AbortController();
  const call = tesseract.apply({}, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(call, reason);
  assert.equal(await fired, reason);
});

Deno.test("in process, calls follow one another, as in a worker", async () => {
  let running = 0;
  const tesseract = connect(defineTesseract({
    InputSchema: z.object({ x: scalar("float64") }),
    OutputSchema: z.object({ x: scalar("float64"), running: z.int() }),
    async apply({ x }) {
      running++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { x, running: running-- };
    },
  }));
  const results = await Promise.all([1, 2, 3].map((x) => tesseract.apply({ x })));
  assert.deepEqual(results, [1, 2, 3].map((x) => ({ x, running: 1 })));
});

Deno.test("in process, the caller's arrays are not those of the module", async () => {
  const tesseract = connect(defineTesseract({
    InputSchema: z.object({ a: array([null], "float64") }),
    OutputSchema: z.object({ a: array([null], "float64") }),
    apply({ a }) {
      a.data.fill(7);
      return { a };
    },
  }));
  const a = new Float64Array(3);
  const first = await tesseract.apply({ a });
  await tesseract.apply({ a });
  assert.deepEqual([...a], [0, 0, 0]);
  assert.deepEqual([...first.a.data], [7, 7, 7]);
});

Deno.test("in process, a definition with faults is refused with all of them", async () => {
  const faulty = defineTesseract({ InputSchema: z.object({}), OutputSchema: z.object({}), apply: () => ({}) });
  Object.assign(faulty, { aply: () => ({}), description: 7 });
  await assert.rejects(connect(faulty).apply({}), /description[^]*aply|aply[^]*description/);
});
