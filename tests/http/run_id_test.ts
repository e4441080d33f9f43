import assert from "node:assert/strict";
import { readRunId } from "../../lib/http/run_id.ts";

const read = (query: string) => readRunId(`http://localhost/apply${query}`);

Deno.test("a run without a name gets a UUID", () => {
  for (const query of ["", "?", "?x=1"]) {
    const run = read(query);
    assert.ok("runId" in run);
    assert.match(run.runId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

Deno.test("a run is named by run_id, the last of several", () => {
  assert.deepEqual(read("?run_id=abc-1.2_X"), { runId: "abc-1.2_X", isGiven: true });
  assert.deepEqual(read("?run_id=%2E%2E&run_id=b"), { runId: "b", isGiven: true });
  assert.deepEqual(read("?run_id=..."), { runId: "...", isGiven: true });
});

Deno.test("a name that could leave the folder of runs is refused", () => {
  for (const name of ["", ".", "..", "a%20b", "a%2Fb", "..%2Fescaped", "%00", "a%0A", "ä", "x".repeat(129)]) {
    const run = read(`?run_id=${name}`);
    assert.ok("faults" in run, name);
    assert.equal(run.faults[0]!.type, "string_pattern_mismatch");
    assert.deepEqual(run.faults[0]!.loc, ["query", "run_id"]);
  }
});
