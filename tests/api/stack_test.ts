import assert from "node:assert/strict";
import { describeThrown, framesOf, userFrames } from "../../lib/api/stack.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** An error with these frames. */
function thrown(...frames: string[]): Error {
  const error = new Error("boom");
  error.stack = ["Error: boom", ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}

Deno.test("userFrames() leaves out the frames of this program, Deno and packages", () => {
  const error = thrown(
    "solve (file:///home/me/my%20solver.ts:12:5)",
    "async Object.apply (file:///home/me/tesseract_api.ts:3:7)",
    "async file:///home/me/tesseract_api.ts:9:1",
    "parse (file:///cache/npm/registry.example.org/zod/4.6.7/v4/core/parse.js:1:1)",
    "parse (file:///cache/npm/registry.example.org/@scope/name/1.0.0-rc.1/index.js:1:1)",
    "run (file:///home/me/node_modules/pkg/index.js:1:1)",
    `answer (file://${ROOT}lib/endpoints/pipeline.ts:1:1)`,
    `file://${ROOT}cli.ts:1:1`,
    "node:internal/x:1:1",
    "op (ext:core/01_core.js:1:1)",
    "Array.map (<anonymous>)",
  );
  assert.equal(
    userFrames(error, "/home/me/tesseract_api.ts"),
    [
      "Error: boom",
      "    at solve (/home/me/my solver.ts:12:5)",
      "    at async Object.apply (/home/me/tesseract_api.ts:3:7)",
      "    at /home/me/tesseract_api.ts:9:1",
    ].join("\n"),
  );
});

Deno.test("a module's own folder is the user's, wherever it lies", () => {
  const file = "/srv/node_modules/thing/tesseract_api.js";
  const error = thrown(`file://${file}:1:1`, "file:///srv/node_modules/thing/node_modules/other/x.js:2:2");
  assert.deepEqual(framesOf(error, file), [{ name: undefined, file, line: 1, column: 1 }]);
  const example = `${ROOT}examples/vectoradd/tesseract_api.ts`;
  assert.equal(framesOf(thrown(`apply (file://${example}:1:1)`), example).length, 1);
});

Deno.test("lines of a message are no frames", () => {
  const error = new Error("see\n    at file:///home/me/other.ts:1:1");
  error.stack = `Error: ${error.message}\n    at file:///home/me/tesseract_api.ts:2:2`;
  assert.deepEqual(framesOf(error, "/home/me/tesseract_api.ts").map(({ line }) => line), [2]);
});

Deno.test("describeThrown() names the class, also of those who forgot to set name", () => {
  class SolverError extends Error {}
  assert.equal(describeThrown(new SolverError("no convergence")), "SolverError: no convergence");
  assert.equal(describeThrown(new (class TooFar extends RangeError {})("10")), "TooFar: 10");
  assert.equal(describeThrown(Object.assign(new Error("x"), { name: "MyError" })), "MyError: x");
  assert.equal(describeThrown(new RangeError("x")), "RangeError: x");
  assert.equal(describeThrown(new RangeError()), "RangeError");
  assert.match(describeThrown({ code: 3 }), /^\{ code: 3 \} was thrown, which is no Error: throw new Error/);
  for (const thrown of ["text", null, undefined]) {
    assert.match(userFrames(thrown, "/x.ts"), /^("text"|null|undefined) was thrown, which is no Error: /);
  }
});

Deno.test("userFrames() follows causes, and stops where they turn in a circle", () => {
  const inner = new Error("inner", { cause: "a text" });
  inner.stack = "";
  const outer = new Error("outer", { cause: inner });
  outer.stack = "";
  assert.equal(userFrames(outer, "/x.ts"), 'Error: outer\nCaused by: Error: inner\nCaused by: "a text"');
  inner.cause = outer;
  assert.equal(userFrames(outer, "/x.ts"), "Error: outer\nCaused by: Error: inner");
});
