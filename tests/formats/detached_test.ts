import assert from "node:assert/strict";
import { loadFormat } from "../../lib/formats/registry.ts";

for (const name of ["json", "json+base64", "msgpack"] as const) {
  Deno.test(`an array that is detached while it is written as ${name} is an error, not a short result`, async () => {
    const { encode } = await loadFormat(name);
    const data = new Float64Array(400_000).fill(0.5);
    const array = { dtype: "float64", shape: [data.length], data } as const;
    const rest = new Float64Array(400_000);
    const chunks = await encode({ array, rest: { dtype: "float64", shape: [rest.length], data: rest } }, {});
    await assert.rejects(async () => {
      let isFirst = true;
      for await (const _ of chunks) {
        if (isFirst) [data, rest].forEach(({ buffer }) => buffer.transfer());
        isFirst = false;
      }
    }, /An array of the result was detached while it was sent/);
  });
}
