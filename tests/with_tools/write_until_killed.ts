/** Writes results into the folder or bucket that it is given, one after the other, until it is killed. */
import { collect } from "../../lib/formats/chunks.ts";
import { jsonBinref } from "../../lib/formats/json_binref.ts";
import { join } from "../../lib/storage/location.ts";
import { write } from "../../lib/storage/storage.ts";

const base = Deno.args[0]!;
Deno.stdout.writeSync(new Uint8Array([46]));
for (let n = 1;; n++) {
  // Of two sizes: what goes into a store in one request, and what goes in parts.
  const length = n % 2 === 1 ? 500_000 : 1_500_000;
  const result = { n, a: { dtype: "float64", shape: [length], data: new Float64Array(length).fill(n) } };
  const chunks = await collect(await jsonBinref.encode(result, { outputFiles: { base, folder: "" } }));
  await write(join(base, "results.json"), [chunks.subarray(0, 50), chunks.subarray(50)]);
}
