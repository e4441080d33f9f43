/** User code that changes its globals gets its own call wrong at most. */
import "./open_libc.ts";
import assert from "node:assert/strict";
import { workerCommand } from "../../lib/workers/pool/command.ts";
import { Pool } from "../../lib/workers/pool/pool.ts";
import type { WorkerSettings } from "../../lib/workers/protocol/messages.ts";
import { withFolder } from "../cli/run.ts";
import { NOTHING, reasonOf } from "./with_pool.ts";

const MODULE = `
import { AsyncLocalStorage } from "node:async_hooks";
import { array, defineTesseract, z } from "@tesseract/runtime";
const PATCHES = {
  none() {},
  stringify() { JSON.stringify = () => "wrong"; },
  parse() { JSON.parse = () => ({ wrong: 1 }); },
  map() { Array.prototype.map = () => []; },
  join() { Array.prototype.join = () => "9"; },
  iterator() { Array.prototype[Symbol.iterator] = function* () {}; },
  encode() { TextEncoder.prototype.encode = () => new Uint8Array(3); },
  encodeInto() { TextEncoder.prototype.encodeInto = () => ({ read: 0, written: 0 }); },
  TextEncoder() { globalThis.TextEncoder = class { encode() { return new Uint8Array(3); } }; },
  decode() { TextDecoder.prototype.decode = () => "{}"; },
  polluted() { Object.prototype.x = [1]; Object.prototype.toJSON = () => "wrong"; },
  hidden() { Object.defineProperty(Object.prototype, "toJSON", { value: () => "wrong", configurable: true }); },
  entries() { Object.entries = () => []; Object.keys = () => []; },
  get() { Map.prototype.get = () => undefined; Map.prototype.has = () => false; },
  typed() { Object.getPrototypeOf(Uint8Array.prototype).set = () => {}; Uint8Array.prototype.slice = () => new Uint8Array(); },
  then() { Promise.prototype.then = () => {}; },
  mapIterator() { Object.getPrototypeOf(new Map().entries()).next = () => ({ done: true }); },
  setIterator() { Object.getPrototypeOf(new Set().values()).next = () => ({ done: true }); },
  listIterator() { Object.getPrototypeOf([].values()).next = () => ({ done: true }); },
  generator() { Object.getPrototypeOf(function* () {}.prototype).next = () => ({ done: true }); },
  asyncGenerator() { Object.getPrototypeOf(async function* () {}.prototype).next = () => { throw 1; }; },
  iterators() { Iterator.prototype[Symbol.iterator] = () => { throw 1; }; },
  field() { Object.defineProperty(Object.prototype, "gzip", { value: true, configurable: true }); },
  anotherField() { Object.defineProperty(Object.prototype, "document", { value: "openapi.json", configurable: true }); },
  forGood() { Object.defineProperty(Object.prototype, "toJSON", { get: () => () => "wrong" }); },
  constant() { Object.defineProperty(JSON, "stringify", { value: () => '"wrong"', writable: false, configurable: false }); },
  length() { Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "length", { get: () => 0 }); },
  byteLength() { Object.defineProperty(ArrayBuffer.prototype, "byteLength", { get: () => 0 }); },
  size() { Object.defineProperty(Map.prototype, "size", { get: () => 0 }); },
  of() { Uint32Array.of = Float64Array.of = () => new Float64Array(4); Uint8Array.from = () => new Uint8Array(4); },
  functions() { Function.prototype.call = Function.prototype.apply = () => { throw 1; }; Reflect.apply = () => { throw 1; }; },
  storage() { AsyncLocalStorage.prototype.run = AsyncLocalStorage.prototype.getStore = () => { throw 1; }; },
  performance() { performance.now = () => { throw 1; }; globalThis.performance = undefined; },
  timers() { globalThis.setTimeout = globalThis.setImmediate = () => {}; globalThis.clearTimeout = () => { throw 1; }; },
  exit() { Deno.exit = () => {}; Object.defineProperty(Object.prototype, "status", { value: 200 }); },
  deleted() { delete JSON.stringify; delete Array.prototype.push; },
};
const names = Object.keys(PATCHES);
export default defineTesseract({
  InputSchema: z.object({ patch: z.string(), x: array([null], "float64") }),
  OutputSchema: z.object({ y: array([null], "float64"), name: z.string() }),
  async apply({ patch, x }) {
    if (x.data.length > 3) console.log("of a large call");
    const y = x.data.map((value) => 2 * value);
    if (patch.endsWith(" later")) {
      setTimeout(() => PATCHES[patch.slice(0, -6)]());
    } else PATCHES[patch]();
    return { y, name: patch };
  },
});
`;
const PATCHES = [...MODULE.matchAll(/^ {2}(\w+)\(\) \{/gm)].map(([, name]) => name!);

Deno.test("whatever user code replaces of the language, answers are right or 500, and so are the next ones", () =>
  withFolder({ "tesseract_api.js": MODULE }, async (folder) => {
    const settings: WorkerSettings = {
      apiPath: `${folder}/tesseract_api.js`,
      name: "",
      version: "",
      description: "",
      debug: false,
      profiling: false,
      tracing: false,
      inputPath: folder,
      allowRemoteInputs: [],
      outputPath: folder,
      maxBodySize: 1e9,
    };
    let logged = "";
    const log = (text: string) => Promise.resolve(void (logged += text));
    const pool = new Pool({ command: workerCommand(settings), workers: 1, log, outputPath: folder });
    const apply = async (patch: string, x = [1, 2, 3]) => {
      const head = { endpoint: "apply", runId: "a", bodyFormat: "json", format: "json" };
      const body = new TextEncoder().encode(JSON.stringify({ inputs: { patch, x } }));
      const answer = await pool.call({ head: JSON.stringify(head), body, runId: "a" }).catch((error) => {
        // The server answers that by 500.
        if (reasonOf(error) === "died") return { head: '{"status":500}', body: NOTHING };
        throw error;
      });
      return { status: JSON.parse(answer.head).status, text: await new Response(answer.body).text() };
    };
    const isRight = ({ status, text }: { status: number; text: string }, name: string) =>
      status === 200 && JSON.parse(text).name === name && JSON.parse(text).y.data.buffer.join() === "2,4,6";
    try {
      await pool.started;
      assert.ok(PATCHES.length > 15);
      for (const patch of PATCHES.flatMap((name) => [name, `${name} later`])) {
        const answer = await apply(patch);
        assert.ok(answer.status === 500 || isRight(answer, patch), `${patch}: ${JSON.stringify(answer)}`);
        for (let i = 0; i < 3; i++) {
          const next = await apply("none");
          assert.ok(isRight(next, "none"), `after ${patch}: ${JSON.stringify(next)}`);
        }
      }
      // What takes other ways in the worker: answers in pieces, and prints.
      for (const patch of ["typed", "of", "length"]) {
        await apply(patch);
        logged = "";
        const { text } = await apply("none", Array.from({ length: 50_000 }, (_, i) => i));
        assert.equal(JSON.parse(text).y.data.buffer[49_999], 99_998, `after ${patch}`);
        assert.match(logged, /a\] of a large call/, `after ${patch}`);
      }
    } finally {
      await pool.stop();
    }
  }));
