/** UM-Bridge by the real program: the payload's ways in, errors, limits, workers that die, metrics. */
import assert from "node:assert/strict";
import { RawConnection } from "../http/raw_connection.ts";
import { programCommand } from "../program.ts";
import { until } from "../until.ts";
import { serving } from "./serving.ts";

const MODULE = `
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({
    x: differentiable(array(["n"], "float64")),
    mode: z.enum(["double", "throw", "exit", "sleep"]).default("double"),
    factor: z.number().default(2),
  }),
  OutputSchema: z.object({ y: differentiable(array(["n"], "float64")) }),
  derivatives: "auto",
  async apply({ x, mode, factor }) {
    if (mode === "throw") throw new RangeError("diverged");
    if (mode === "exit") Deno.exit(4);
    if (mode === "sleep") await new Promise((resolve) => setTimeout(resolve, 60_000));
    return { y: x.data.map((value) => factor * value) };
  },
});`;
const INLINE = '{"inputs": {"x": [1, 2, 3]}}';

async function withModule(use: (module: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/tesseract_api.ts`, MODULE);
    await use(`${folder}/tesseract_api.ts`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const post = async (url: string, operation: string, request: object, headers: Record<string, string> = {}) => {
  const body = JSON.stringify({ name: "forward", ...request });
  const response = await fetch(`${url}/${operation}`, { method: "POST", body, headers });
  return [response.status, await response.json()];
};
const input = [[1, 2, 3]];

Deno.test("serve --umbridge answers the protocol beside everything else, in JSON whatever -f says", () =>
  withModule(async (module) => {
    await serving(module, ["--umbridge", INLINE], { TESSERACT_RUNTIME_OUTPUT_FORMAT: "msgpack" }, async (url) => {
      const info = await fetch(`${url}/Info`);
      assert.deepEqual(await info.json(), { protocolVersion: 1, models: ["forward", "flat"] });
      const support = { Evaluate: true, Gradient: true, ApplyJacobian: true, ApplyHessian: true };
      assert.deepEqual(await post(url, "ModelInfo", {}), [200, { support }]);
      assert.deepEqual(await post(url, "InputSizes", {}), [200, { inputSizes: [3] }]);
      assert.deepEqual(await post(url, "Evaluate/", { input }), [200, { output: [[2, 4, 6]] }]);
      const sens = [1, 0, 1];
      assert.deepEqual(await post(url, "Gradient", { input, outWrt: 0, inWrt: 0, sens }), [200, { output: [2, 0, 2] }]);
      const apply = await fetch(`${url}/apply`, {
        method: "POST",
        body: INLINE,
        headers: { accept: "application/json" },
      });
      assert.equal(apply.status, 200);
      await apply.body?.cancel();
      const openapi = await (await fetch(`${url}/openapi.json`)).json();
      assert.deepEqual(Object.keys(openapi.paths).filter((path) => /[A-Z]/.test(path)), []);
      const counted = /tesseract_requests_total\{[^}]*endpoint="Evaluate"[^}]*\} 1/;
      await until("the call is counted", async () => counted.test(await (await fetch(`${url}/metrics`)).text()));
    });
  }));

Deno.test("errors are the protocol's: of a component that throws or dies, of limits, of the way it is asked", () =>
  withModule(async (module, folder) => {
    const file = `${folder}/payload.json`;
    await Deno.writeTextFile(file, INLINE);
    const args = ["--umbridge", `@${file}`, "--max-body-size", "20000"];
    const stderr = await serving(module, args, { TESSERACT_API_KEY: "key" }, async (url) => {
      const headers = { "x-api-key": "key" };
      const error = (type: string, message: string) => ({ error: { type, message } });
      const failed = error("InvalidOutput", "Internal Server Error");
      // What is served stays what it was when the server began, for a worker that begins later, too.
      await Deno.writeTextFile(file, '{"inputs": {"x": [1]}}');
      for (const mode of ["throw", "exit"]) {
        assert.deepEqual(await post(url, "Evaluate", { input, config: { mode } }, headers), [500, failed]);
      }
      assert.deepEqual(await post(url, "Evaluate", { input }, headers), [200, { output: [[2, 4, 6]] }]);
      assert.deepEqual((await post(url, "Evaluate", { input }))[0], 401);
      assert.deepEqual((await post(url, "Evaluate", { input }))[1].error.type, "InvalidInput");
      // Announced, not sent: fetch would fail now and then, where the answer comes before it has sent all of it.
      using announced = await RawConnection.open(Number(new URL(url).port));
      await announced.write("POST /Evaluate HTTP/1.1\r\nHost: x\r\nX-API-Key: key\r\nContent-Length: 20001\r\n\r\n");
      const large = await announced.response("POST", 30_000);
      assert.deepEqual([large.status, JSON.parse(large.body).error.type], [413, "InvalidInput"]);
      const get = await fetch(`${url}/Evaluate`, { headers });
      assert.deepEqual([get.status, await get.json()], [405, error("InvalidInput", "Method Not Allowed")]);
      const other = await fetch(`${url}/evaluate`, { method: "POST", body: "{}", headers });
      assert.deepEqual([other.status, await other.json()], [404, { detail: "Not Found" }]);
    });
    assert.match(stderr, /RangeError: diverged/);
  }));

Deno.test("a call that takes too long is InvalidOutput, with the status 504", () =>
  withModule(async (module) => {
    const args = ["--umbridge", INLINE, "--timeout", "1", "--abort-grace", "0"];
    await serving(module, args, {}, async (url) => {
      const [status, { error }] = await post(url, "Evaluate", { input, config: { mode: "sleep" } });
      assert.deepEqual([status, error.type], [504, "InvalidOutput"]);
    });
  }));

Deno.test("a payload may be larger than a command line", () =>
  withModule(async (module, folder) => {
    const x = Array.from({ length: 100_000 }, (_, i) => i + 0.5);
    await Deno.writeTextFile(`${folder}/large.json`, JSON.stringify({ inputs: { x } }));
    await serving(module, ["--umbridge", `@${folder}/large.json`], {}, async (url) => {
      assert.deepEqual(await post(url, "InputSizes", {}), [200, { inputSizes: [100_000] }]);
      const [, { output }] = await post(url, "Evaluate", { input: [x] });
      assert.deepEqual(output, [x.map((value) => 2 * value)]);
    });
  }));

Deno.test("its clients wait for answers, and cannot write to the run of another", () =>
  withModule(async (module) => {
    await serving(module, ["--umbridge", INLINE], {}, async (url) => {
      const prefer = { prefer: "respond-async" };
      const long = await fetch(`${url}/apply?run_id=long`, { method: "POST", body: INLINE, headers: prefer });
      assert.equal(long.status, 202);
      await long.body?.cancel();
      assert.deepEqual(await post(url, "Evaluate?run_id=mine", { input }, prefer), [200, { output: [[2, 4, 6]] }]);
      const [status, { error }] = await post(url, "Evaluate?run_id=long", { input });
      assert.deepEqual([status, error.type], [409, "InvalidInput"]);
    });
  }));

Deno.test("without the option its paths do not exist", () =>
  withModule(async (module) => {
    await serving(module, [], {}, async (url) => {
      assert.deepEqual(await post(url, "Evaluate", { input }), [404, { detail: "Not Found" }]);
      const info = await fetch(`${url}/Info`);
      assert.deepEqual([info.status, await info.json()], [404, { detail: "Not Found" }]);
    });
  }));

Deno.test("a payload that does not fit, or cannot be read, ends serve with the reason", () =>
  withModule(async (module, folder) => {
    const cases: [string, number, RegExp][] = [
      ['{"inputs": {"x": "a"}}', 1, /^Error: --umbridge: inputs\.x: Expected an array/m],
      ['{"inputs": {"y": 1}}', 1, /^Error: --umbridge: inputs\.x: .*\nError: --umbridge: inputs\.y: /m],
      ["{", 1, /^Error: --umbridge: .*not valid JSON/m],
      [`@${folder}/none.json`, 2, /^Error: @\S+none\.json: cannot be read: /m],
    ];
    for (const [payload, code, message] of cases) {
      const args = ["--api-path", module, "-o", folder, "serve", "--port", "0", "--umbridge", payload];
      const done = await programCommand(args, { stdin: "null", stdout: "null", stderr: "piped" }).output();
      const stderr = new TextDecoder().decode(done.stderr);
      assert.match(stderr, message);
      assert.equal(done.code, code, stderr);
    }
  }));
