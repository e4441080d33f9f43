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

test("drag shortens the flight", () => {
  const fly = (drag) => {
    const { position } = JSON.parse(run("apply", JSON.stringify({ inputs: { velocity: [20, 10], drag } })));
    return position.data.buffer[0];
  };
  assert.ok(fly(0.01) < fly(0));
});

test("the derivatives agree with finite differences", () => {
  run("check-gradients", "@payload.json", "--seed", "1");
});

test("the recorded cases pass", () => {
  assert.match(run("test", "test_cases"), /^1 passed, 0 failed$/m);
});
