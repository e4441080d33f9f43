/** The options of `serve`, by the real program. */
import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { endChild, programCommand } from "../program.ts";
import { until } from "../until.ts";
import { serving as servingModule } from "./serving.ts";

const MODULE = new URL("../http/fixture_module.ts", import.meta.url).pathname;
const serving = servingModule.bind(null, MODULE);
const payload = (inputs: Record<string, unknown> = {}) => JSON.stringify({ inputs: { x: [1, 2], ...inputs } });

const apply = (url: string, inputs: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  fetch(`${url}/apply`, { method: "POST", body: payload(inputs), headers });

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.body?.cancel();
  return response.status;
}

Deno.test("--timeout answers 504, and the worker works again", async () => {
  // So long that the first call of a worker that has just started is no long one on a busy machine.
  const stderr = await serving(["--timeout", "5", "--abort-grace", "0.2"], {}, async (url) => {
    for (const mode of ["sleep", "spin"]) {
      const response = await apply(url, { mode, ms: 60_000 });
      assert.equal(response.status, 504);
      assert.match((await response.json()).detail, /than 5 s/);
      assert.equal(await statusOf(apply(url)), 200);
    }
  });
  assert.match(stderr, /\] The call took longer than 5 s/);
});

Deno.test("--max-queue refuses calls with 503 and Retry-After when so many wait", async () => {
  await serving(["--max-queue", "1", "--grace-period", "0"], {}, async (url) => {
    // At first the documents are made, which takes a moment, and the queue of one place.
    for (const name of ["openapi.json", "input_schema", "output_schema"]) await statusOf(fetch(`${url}/${name}`));
    const answers = Array.from({ length: 5 }, () => apply(url, { mode: "sleep", ms: 3000 }));
    const responses = await Promise.all(answers);
    const statuses = responses.map(({ status }) => status).sort();
    // One runs, one waits; a worker may be given one more in advance.
    assert.equal(statuses[0], 200);
    assert.deepEqual(statuses.slice(-2), [503, 503]);
    for (const response of responses) {
      if (response.status === 503) assert.equal(response.headers.get("retry-after"), "1");
      await response.body?.cancel();
    }
  });
});

Deno.test("--api-key, or TESSERACT_API_KEY, is asked for; --cors-origin lets pages call", async () => {
  const check = async (url: string) => {
    const origin = "https://lab.example";
    assert.equal(await statusOf(apply(url)), 401);
    assert.equal(await statusOf(apply(url, {}, { "x-api-key": "wrong" })), 401);
    assert.equal(await statusOf(apply(url, {}, { "x-api-key": "k1" })), 200);
    assert.equal(await statusOf(apply(url, {}, { authorization: "Bearer k1", origin })), 200);
    assert.equal(await statusOf(apply(url, {}, { "x-api-key": "k1", origin: "https://evil.example" })), 403);
    assert.equal(await statusOf(fetch(`${url}/health`)), 200);
    assert.equal(await statusOf(fetch(`${url}/openapi.json`)), 401);
  };
  await serving(["--api-key", "k1", "--cors-origin", "https://lab.example, https://b.example"], {}, check);
  await serving([], { TESSERACT_API_KEY: "k1", TESSERACT_RUNTIME_CORS_ORIGIN: "https://lab.example" }, check);
  await serving([], { TESSERACT_API_KEY: "" }, async (url) => assert.equal(await statusOf(apply(url)), 200));
});

Deno.test("-w auto starts a worker for each processor", async () => {
  await serving(["-w", "auto"], {}, async (url, pid) => {
    assert.equal(await statusOf(apply(url)), 200);
    const count = async () => {
      let workers = 0;
      for await (const { name } of Deno.readDir("/proc")) {
        const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
        if (/^PPid:\s*(\d+)/m.exec(status)?.[1] === String(pid)) workers++;
      }
      return workers;
    };
    const processors = navigator.hardwareConcurrency;
    await until(`there are ${processors} workers`, async () => await count() === processors);
  });
});

Deno.test("sizes and times of options are what they say", async () => {
  const args = ["--max-body-size", "1KiB", "--body-timeout", "0.5", "--drain-delay", "0.2", "--log-format", "json"];
  const stderr = await serving(args, {}, async (url) => {
    assert.equal(await statusOf(apply(url, { x: Array(1000).fill(0) })), 413);
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) });
    assert.equal(await statusOf(fetch(`${url}/apply`, { method: "POST", body })), 408);
  });
  for (const line of stderr.trimEnd().split("\n")) assert.equal(typeof JSON.parse(line).message, "string");
});

Deno.test("serve says that it waits for the module, if its import does not end", () =>
  withFolder({ "tesseract_api.ts": "while (true);" }, async (cwd) => {
    const args = ["serve", "--port", "0"];
    const server = programCommand(args, { cwd, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
    const deadline = setTimeout(() => server.kill("SIGKILL"), 60_000);
    let printed = "";
    for await (const text of server.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string>)) {
      printed += text;
      if (printed.includes("\n")) break;
    }
    clearTimeout(deadline);
    await endChild(server, "SIGTERM");
    assert.match(printed, /^The user module is still being imported, after 5 s; the port is opened when/);
  }));
