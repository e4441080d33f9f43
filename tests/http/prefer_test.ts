/** The `Prefer` header (RFC 7240). */
import assert from "node:assert/strict";
import { preferredWait, prefersAsync } from "../../lib/http/long/prefer.ts";

Deno.test("respond-async counts as a preference of its own, and not in a text, a value or a parameter", () => {
  const yes = [
    "respond-async",
    "Respond-Async",
    "wait=10,respond-async",
    " , ,respond-async , wait=10",
    'foo="a, b";x="c;d, e", respond-async',
    'foo="a \\" b", respond-async;x=1',
    'foo="\\\\", respond-async',
    "respond-async; x",
    "respond-async=",
    'respond-async=""',
  ];
  const no = [
    'foo="x, respond-async, y"',
    'foo="x\\", respond-async, y"',
    'foo="x, respond-async',
    'foo="x, respond-async\\',
    'foo; x="1, respond-async"',
    "foo=respond-async",
    "foo; respond-async",
    '"respond-async"',
    "respond-async-too",
    "",
    `x${" ".repeat(1000)}, respond-async`,
  ];
  for (const header of yes) assert.equal(prefersAsync(header), true, header);
  for (const header of no) assert.equal(prefersAsync(header), false, header);
});

Deno.test("the seconds of wait may be quoted; the first wait counts, and no more than a day", () => {
  assert.equal(preferredWait('wait="30"'), 30);
  assert.equal(preferredWait("wait = 30 ; x=1, wait=5"), 30);
  assert.equal(preferredWait('foo="wait=5, wait=6", wait=7'), 7);
  assert.equal(preferredWait("wait=99999999999"), 86_400);
  for (const header of ["wait", "wait=", "wait=-1", "wait=1.5", 'wait="1', "await=5"]) {
    assert.equal(preferredWait(header), 0, header);
  }
});
