/** A new kind of storage is one entry of the table: from there it serves payloads, references and results. */
import assert from "node:assert/strict";
import { fakeIo } from "../cli/run.ts";
import { checkOutputPath } from "../../lib/cli/io/output.ts";
import { openPayload } from "../../lib/cli/io/payload.ts";
import { parseInputPrefix } from "../../lib/cli/options/serve.ts";
import { loadFormat } from "../../lib/formats/registry.ts";
import { objectNode } from "../../lib/schema/node.ts";
import type { WritableStorage } from "../../lib/storage/backend.ts";
import { StorageError } from "../../lib/storage/error.ts";
import { remove, STORAGES, write } from "../../lib/storage/storage.ts";
import { bytesOf, fault } from "./helpers.ts";

const files = new Map<string, Uint8Array>();

function fileAt(location: string): Uint8Array {
  const file = files.get(location);
  if (file === undefined) throw new StorageError("not-found", location, "there is no such file");
  return file;
}

/** Files in memory. */
const toy: WritableStorage = {
  open: (location) => {
    const file = fileAt(location);
    const read = (target: Uint8Array, offset: number) =>
      Promise.resolve(target.set(file.subarray(offset, offset + target.length)));
    return Promise.resolve({ size: file.length, read, close() {} });
  },
  stream: (location) => Promise.resolve(ReadableStream.from([fileAt(location)])),
  exists: (location) => Promise.resolve(files.has(location)),
  write: async (location, chunks) => {
    files.set(location, new Uint8Array(await new Blob(await Array.fromAsync(chunks) as BlobPart[]).arrayBuffer()));
  },
  remove: (location) => Promise.resolve(void files.delete(location)),
  create: (location, bytes) => Promise.resolve(!files.has(location) && files.set(location, bytes) !== undefined),
  list: (folder) => Promise.resolve([...files.keys()].filter((name) => name.startsWith(`${folder}/`))),
  removeTree: (location) => Promise.resolve(void files.delete(location)),
};
STORAGES["toy"] = () => Promise.resolve(toy);

Deno.test("a payload is read from it, and results and arrays go there and come from there", async () => {
  await write("toy://host/in/p.json", [new TextEncoder().encode("{}")]);
  const io = fakeIo({});
  const { chunks, format, folder } = await openPayload("@toy://host/in/p.json", { io, cwd: "/", env: () => undefined });
  assert.equal(
    new TextDecoder().decode(
      await bytesOf((async function* () {
        yield* chunks;
      })()),
    ),
    "{}",
  );
  assert.deepEqual([format, folder], ["json", "toy://host/in"]);

  await checkOutputPath("toy://host/out");
  const base = "toy://host/out";
  const value = { a: { dtype: "float64", shape: [2], data: new Float64Array([1, 2]) } };
  const binref = await loadFormat("json+binref");
  const encoded = await binref.encode(value, { outputFiles: { base, folder: "run_1" } });
  assert.equal([...files.keys()].filter((name) => name.startsWith("toy://host/out/run_1/")).length, 1);
  const schema = objectNode({
    a: { kind: "array", type: { dtype: null, shape: null, differentiable: false }, hasArrays: true },
  });
  assert.deepEqual(await binref.decode(encoded, { schema, inputFiles: { base, allowed: [] } }), value);
  await remove("toy://host/in/p.json");
  await assert.rejects(openPayload("@toy://host/in/p.json", { io, cwd: "/", env: () => undefined }), /no such file/);
});

Deno.test("requests may refer to it by a prefix, and what is not known says what is", async () => {
  assert.equal(parseInputPrefix("toy://host/in"), "toy://host/in");
  assert.throws(() => parseInputPrefix("nosuch://host/in"), SyntaxError);
  await assert.rejects(write("nosuch://host/a", []), fault("unsupported", /http:\/\/, https:\/\/, s3:\/\/, toy:\/\//));
});
