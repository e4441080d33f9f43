import assert from "node:assert/strict";
import { serveInProcess } from "../../lib/http/in_process.ts";
import { z } from "zod";

Deno.test("an answer lists a hundred faults, says how many more there are, and is smaller than the request", async () => {
  const option = (name: string) => z.object({ [name]: z.int() });
  const answer = await serveInProcess({
    InputSchema: z.object({ list: z.array(z.union([option("a"), option("b"), z.string()])).default([]) }),
    OutputSchema: z.object({}),
    apply: () => ({}),
  }, new Error());
  const post = async (inputs: unknown) => {
    const body = JSON.stringify({ inputs });
    const response = await answer(new Request("http://localhost/apply", { method: "POST", body }));
    const text = await response.text();
    const { detail, omitted } = JSON.parse(text) as { detail: unknown[]; omitted?: number };
    return { status: response.status, listed: detail.length, omitted, smaller: text.length < body.length };
  };
  const unknown = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`unknown${i}`, i]));
  assert.deepEqual(await post(unknown), { status: 422, listed: 100, omitted: 29_900, smaller: true });
  // of each item: a and the extra c by the first option, b and c by the second, and no string
  const list = Array(5_000).fill({ c: "x".repeat(50) });
  assert.deepEqual(await post({ list }), { status: 422, listed: 100, omitted: 24_900, smaller: true });
  assert.deepEqual(await post({ wrong: 1 }), { status: 422, listed: 1, omitted: undefined, smaller: false });
});
