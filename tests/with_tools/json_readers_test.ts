/** JSON output as Python's readers take it: `json` of its standard library, and orjson. */
import assert from "node:assert/strict";
import { bytesOf } from "../../lib/arrays/data.ts";
import { json } from "../../lib/formats/json/json.ts";
import { collect } from "../formats/collect.ts";

/** Reads a document, makes floats of all numbers in it, and prints their bytes: with both readers. */
const READ = `
import json, struct, sys
import orjson
text = sys.stdin.buffer.read()
for read in (json.loads, orjson.loads):
    tree = read(text)
    print(struct.pack(f"<{len(tree)}d", *(float(item["data"]["buffer"][0]) for item in tree)).hex())
`;

async function python(args: string[], env: Record<string, string>, input: Uint8Array<ArrayBuffer>): Promise<string> {
  const child = new Deno.Command("python3", { args, env, stdin: "piped", stdout: "piped" }).spawn();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { success, stdout } = await child.output();
  assert(success, `python3 ${args[0]}`);
  return new TextDecoder().decode(stdout);
}

Deno.test("every float in JSON output is the same float to Python's json and to orjson", async () => {
  const packages = await Deno.makeTempDir();
  try {
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", packages, "orjson"];
    await python(install, {}, new Uint8Array());
    const bits = crypto.getRandomValues(new BigUint64Array(4000));
    const random = [...new Float64Array(bits.buffer)].filter(Number.isFinite);
    const whole = Array.from(
      { length: 4000 },
      () => Math.floor((Math.random() - 0.5) * 2 ** (50 + 24 * Math.random())),
    );
    const data = Float64Array.from([-0, 0, 2 ** 53, 2 ** 53 - 1, -(2 ** 60), 1e16, 1e21, 5e-324, ...random, ...whole]);
    const items = Array.from(data, (value) => ({ dtype: "float64", shape: [1], data: new Float64Array([value]) }));
    const text = await collect(await json.encode(items, {}));
    const read = (await python(["-c", READ], { PYTHONPATH: packages }, text as Uint8Array<ArrayBuffer>)).trim();
    const expected = Array.from(bytesOf(data), (byte) => byte.toString(16).padStart(2, "0")).join("");
    assert.deepEqual(read.split("\n"), [expected, expected]);
  } finally {
    await Deno.remove(packages, { recursive: true });
  }
});
