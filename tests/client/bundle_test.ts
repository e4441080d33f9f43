/** What a page that calls a Tesseract loads. */
import { build, stop } from "esbuild";
import assert from "node:assert/strict";

// esbuild's stop() returns before its process has ended: Deno would call that a leak, now and then.
const leavesProcess = { sanitizeOps: false, sanitizeResources: false };

Deno.test("the client has no dependency, and at most 12 kB minified and compressed", leavesProcess, async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [new URL("../../client.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    metafile: true,
    write: false,
    logLevel: "error",
  });
  await stop();
  const [{ contents } = assert.fail()] = outputFiles;
  const compressed = new Blob([new Uint8Array(contents)]).stream().pipeThrough(new CompressionStream("gzip"));
  const { byteLength } = await new Response(compressed).arrayBuffer();
  assert(byteLength <= 12_000, `it has ${byteLength} bytes`);
  const files = Object.keys(metafile.inputs);
  assert.deepEqual(files.filter((file) => /node_modules|npm/.test(file)), []);
  assert.deepEqual(Object.values(metafile.outputs).flatMap(({ imports }) => imports), []);
});
