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

test("the area of a rectangle is the product of its sides", () => {
  assert.equal(JSON.parse(run("apply", "@payload.json")).total.data.buffer, 2);
});

test("an index that is no point is refused", () => {
  const inputs = { points: [[0, 0, 0]], triangles: [[0, 0, 1]] };
  assert.throws(() => run("apply", JSON.stringify({ inputs })), /triangles must be indices of points/);
});

test("the derivatives agree with finite differences", () => {
  run("check-gradients", "@payload.json", "--seed", "1");
});

test("the recorded cases pass", () => {
  assert.match(run("test", "test_cases"), /^1 passed, 0 failed$/m);
});
