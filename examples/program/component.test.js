/** Run by `node --test` and by `deno test -A`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";

const PROGRAM = ["tesseract-runtime"];

const RESULTS = mkdtempSync(`${tmpdir()}/results-`);
after(() => rmSync(RESULTS, { recursive: true }));

/** What the program prints. It throws if the program fails. */
function run(...args) {
  const [command, ...before] = PROGRAM;
  return execFileSync(command, [...before, ...args], { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" });
}

test("a rod of one temperature keeps it", () => {
  const { temperature } = JSON.parse(run("-o", RESULTS, "apply", '{"inputs": {"temperature": [7, 7, 7]}}'));
  assert.deepEqual(temperature.data.buffer, [7, 7, 7]);
});

test("the lines of the solver are in the log of the run", () => {
  run("apply", "@payload.json", "-o", RESULTS);
  assert.match(readFileSync(`${RESULTS}/logs/tesseract.log`, "utf8"), /^step 10\nstep 20$/m);
});

test("the recorded cases pass", () => {
  assert.match(run("test", "test_cases"), /^2 passed, 0 failed$/m);
});
