/** Run by `node --test` and by `deno test -A`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const PROGRAM = ["tesseract-runtime"];

/** What the program prints. It throws if the program fails. */
function run(...args) {
  const [command, ...before] = PROGRAM;
  return execFileSync(command, [...before, ...args], { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" });
}

test("the solution times the matrix is the right-hand side", () => {
  assert.deepEqual(JSON.parse(run("apply", "@payload.json")).x.data.buffer, [1, 2, 3]);
});

test("the recorded cases pass", () => {
  assert.match(run("test", "test_cases"), /^2 passed, 0 failed$/m);
});
