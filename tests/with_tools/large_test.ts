/** Large arrays: a text that is longer than V8 has texts, and the memory that a call takes. */
import assert from "node:assert/strict";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { type FormatName, loadFormat } from "../../lib/formats/registry.ts";
import type { Chunks } from "../../lib/storage/backend.ts";
import { children } from "../http/program.ts";
import { endChild, programCommand } from "../program.ts";
import { until } from "../until.ts";

const MODULE = new URL("large_module.ts", import.meta.url).pathname;

/** A server that listens. */
async function startServer(folder: string) {
  const args = ["--api-path", MODULE, "-i", folder, "-o", folder, "serve", "--port", "0"];
  const process = programCommand(args, { stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  let heard = "";
  const reading = (async () => {
    const text = process.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
    for await (const chunk of text) heard += chunk;
  })();
  const url = () => /Listening on (\S+)\s/.exec(heard)?.[1];
  await until("the server listens", url, 120).catch(() => assert.fail(heard));
  return {
    url: url()!,
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      await endChild(process, "SIGTERM");
      await reading;
    },
  };
}

/** The most memory that a process and its children have had, in bytes. */
async function peakMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const own = 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
  const others = await Promise.all((await children(pid)).map(peakMemory));
  return others.reduce((sum, memory) => sum + memory, own);
}

async function post(url: string, body: Chunks, headers: Record<string, string>): Promise<Response> {
  // "half": the body is sent while the answer is awaited.
  const init: RequestInit & { duplex: string } = {
    method: "POST",
    body: ReadableStream.from(body as AsyncIterable<Uint8Array<ArrayBuffer>>),
    headers,
    duplex: "half",
  };
  const response = await fetch(`${url}/apply`, init);
  assert.equal(response.status, 200);
  return response;
}

/** Sends a body whose length is said, and reads the answer as JSON. */
async function postWithLength(url: string, body: () => Iterable<Uint8Array>): Promise<unknown> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const write = async (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
  };
  let length = 0;
  for (const piece of body()) length += piece.length;
  const head = ["POST /apply HTTP/1.1", `Host: ${hostname}`, "Connection: close", `Content-Length: ${length}`, "", ""];
  await write(new TextEncoder().encode(head.join("\r\n")));
  for (const piece of body()) await write(piece);
  const answer = await new Response(connection.readable).text();
  assert.match(answer, /^HTTP\/1.1 200 /);
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
}

/** A payload with one array, whose base64 takes 2 GiB: whole numbers from 0 to 1023, over and over. */
function* twoGibibytes(): Generator<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(Float64Array.from({ length: 3 * 2 ** 14 }, (_, i) => i % 1024).buffer);
  const text = new TextEncoder().encode((block as unknown as { toBase64(): string }).toBase64());
  const count = 2 ** 31 / text.length;
  const encoder = new TextEncoder();
  yield encoder.encode(`{"inputs":{"a":{"shape":[${ELEMENTS}],"dtype":"float64","data":{"buffer":"`);
  for (let i = 0; i < count; i++) yield text;
  yield encoder.encode(`","encoding":"base64"}}}}`);
}

const ELEMENTS = 2 ** 31 / 4 * 3 / 8;
const SUMS = { length: ELEMENTS, sum: ELEMENTS / 1024 * (1023 * 1024 / 2), last: 1023 };

Deno.test("2 GiB of base64 arrive over HTTP", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using server = await startServer(folder);
    assert.deepEqual(await postWithLength(server.url, twoGibibytes), SUMS);
    const arrays = 8 * ELEMENTS;
    const peak = await peakMemory(server.pid);
    assert(peak < 3 * arrays, `${peak} bytes for ${arrays}`);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("2 GiB of base64 arrive on standard input", async () => {
  const args = ["--api-path", MODULE, "apply", "@-"];
  const process = programCommand(args, { stdin: "piped", stdout: "piped", stderr: "inherit" }).spawn();
  const output = process.output();
  await ReadableStream.from(twoGibibytes()).pipeTo(process.stdin);
  const { stdout } = await output;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), SUMS);
});

/** Two arrays come in, and one goes out. */
const LENGTH = 10_000_000;
const ARRAYS = 3 * 8 * LENGTH;

const FORMATS: readonly (readonly [string, FormatName, "lz4"?])[] = [
  ["lists of numbers", "json"],
  ["base64", "json+base64"],
  ["compressed base64", "json+base64", "lz4"],
  ["references", "json+binref"],
  ["compressed references", "json+binref", "lz4"],
  ["msgpack", "msgpack"],
];

for (const [what, name, compression] of FORMATS) {
  // Text is 2.5 times as long as the numbers; how much of it is there at a time depends on the version of V8.
  const most = name === "json" ? 3.3 : 3;
  Deno.test(`a call with ${what} takes less than ${most} times the memory of its arrays`, async () => {
    const folder = await Deno.makeTempDir();
    const format = await loadFormat(name);
    const array = (): NdArray => ({
      dtype: "float64",
      shape: [LENGTH],
      data: Float64Array.from({ length: LENGTH }, () => Math.random()),
    });
    const [a, b] = [array(), array()];
    const options = { compression, outputFiles: { base: folder, folder: "" } };
    const body = await format.encode({ inputs: { a, b } }, options);
    {
      await using server = await startServer(folder);
      const headers = {
        "Content-Type": name === "msgpack" ? "application/msgpack" : "application/json",
        "Accept": compression === undefined ? format.mediaType : `${format.mediaType};compression=${compression}`,
      };
      const response = await post(server.url, body, headers);
      let length = 0;
      for await (const chunk of response.body!) length += chunk.length;
      assert(length > 100);
      const peak = await peakMemory(server.pid);
      assert(peak < most * ARRAYS, `${peak} bytes for ${ARRAYS}`);
    }
    await Deno.remove(folder, { recursive: true });
  });
}
