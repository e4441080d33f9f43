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

test("the rate is half of the largest one at km", () => {
  const { rate } = JSON.parse(run("apply", '{"inputs": {"substrate": [0, 3], "vmax": 10, "km": 3}}'));
  assert.deepEqual(rate.data.buffer, [0, 5]);
});

test("the derivatives agree with finite differences", () => {
  run("check-gradients", "@payload.json", "--seed", "1");
});

test("the recorded cases pass", () => {
  assert.match(run("test", "test_cases"), /^1 passed, 0 failed$/m);
});
