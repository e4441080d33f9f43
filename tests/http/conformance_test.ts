import assert from "node:assert/strict";
import { denoFault } from "../../lib/http/deno_fault.ts";
import { CASES, failuresOf } from "./conformance.ts";
import { Program } from "./program.ts";

const payload = JSON.stringify({ inputs: { x: [1, 2] } });
const largePayload = JSON.stringify({ inputs: { x: Array.from({ length: 250_000 }, (_, i) => i + 0.123456789) } });

/** The Deno below 2.8.3 does not answer a client that has closed its side before the answer. */
const HALF_CLOSED = "a client that has closed its side is answered";

Deno.test("serve speaks HTTP/1.1, and says at its start what the Deno that runs it cannot", async () => {
  await using server = new Program({});
  const port = Number(new URL(await server.url()).port);
  const failures = await failuresOf({ port, payload, largePayload });
  const upgrades = CASES.map(([name]) => name).filter((name) => name.startsWith("an offer to upgrade"));
  assert.equal(upgrades.length, 15);
  const unexplained = [...failures].filter(([name]) => name !== HALF_CLOSED && !upgrades.includes(name));
  assert.deepEqual(unexplained, []);
  const answersUpgrades = !upgrades.some((name) => failures.has(name));
  // Where this fails because a newer Deno answers all of them, denoFault() is to be told.
  assert.equal(denoFault(Deno.version.deno) === undefined, answersUpgrades);
  if (!answersUpgrades) await server.says(/^Warning: Deno [\d.]+ answers requests that offer to upgrade .* by 400\./m);
  else assert.doesNotMatch(server.stderr, /Warning/);
});

Deno.test("denoFault() knows which versions it is about", () => {
  for (const version of ["2.4.2", "2.5.7", "2.7.14", "2.8.0", "2.8.2", "1.46.3"]) {
    assert.equal(denoFault(version), undefined, version);
  }
  for (const version of ["2.8.3", "2.8.10", "2.9.0", "2.9.6", "2.10.1", "3.0.0"]) {
    assert.match(denoFault(version)!, new RegExp(`Deno ${version} .*upgrade.*\n$`), version);
  }
});
