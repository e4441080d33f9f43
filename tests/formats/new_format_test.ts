/** A new format is one entry of the table: from there it reaches the command line, HTTP, the pipeline and the documents. */
import assert from "node:assert/strict";
import { z } from "zod";
import { fakeIo, withFolder } from "../cli/run.ts";
import { moduleOf } from "../endpoints/call.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { propose } from "../../lib/cli/completion/propose.ts";
import { openPayload } from "../../lib/cli/io/payload.ts";
import { readSettings } from "../../lib/cli/options/settings.ts";
import { ENDPOINTS } from "../../lib/endpoints/endpoints.ts";
import { openapiDocument } from "../../lib/endpoints/openapi.ts";
import { answer } from "../../lib/endpoints/pipeline.ts";
import type { Codec } from "../../lib/formats/format.ts";
import { FORMAT_NAMES, type FormatInfo, type FormatName, FORMATS } from "../../lib/formats/registry.ts";
import { negotiate } from "../../lib/http/negotiation.ts";
import { readBodyKind } from "../../lib/http/request_head.ts";
import { RunContext } from "../../lib/runs/run_context.ts";

/** JSON after a byte that no text begins with. */
const codec: Codec = {
  decode: async (chunks) => JSON.parse(new TextDecoder().decode((await Array.fromAsync(chunks))[0]!.subarray(1))),
  encode: (value) => [new Uint8Array([0xff, ...new TextEncoder().encode(JSON.stringify(value))])],
};
const info: FormatInfo = {
  mediaTypes: ["application/toy", "application/x-toy"],
  extension: "toy",
  isFirstByte: (byte) => byte === 0xff,
  load: () => Promise.resolve(codec),
};
const TOY = "toy" as FormatName;
Object.assign(FORMATS, { toy: info });
// The list of names is made of the table when the program starts.
(FORMAT_NAMES as FormatName[]).push(TOY);

const payload = codec.encode({ inputs: { n: 1 } }, {}) as Uint8Array<ArrayBuffer>[];

Deno.test("HTTP knows it in Content-Type and Accept", () => {
  for (const type of info.mediaTypes) {
    const kind = readBodyKind(type, "");
    assert("bodyFormat" in kind);
    assert.equal(kind.bodyFormat, TOY);
    assert.equal(negotiate(`${type}, application/json;q=0.5`, "json")?.format, TOY);
  }
});

Deno.test("the command line knows it as a value, by the name of a file, and on standard input", () =>
  withFolder({}, async (cwd) => {
    assert.deepEqual(propose(["--output-format", "to"], COMMANDS).words, [["toy", ""]]);
    const settings = readSettings({ env: () => undefined, cwd }, "apply", {}, { outputFormat: TOY, outputPath: "out" });
    assert.deepEqual([settings.format, settings.outputFile], [TOY, "results.toy"]);
    await Deno.writeFile(`${cwd}/p.toy`, payload[0]!);
    const at = { cwd, io: fakeIo({ stdin: payload }), env: () => undefined };
    for (const argument of ["@p.toy", "@-"]) {
      const { format, chunks } = await openPayload(argument, at);
      assert.equal(format, TOY);
      await Array.fromAsync(chunks);
    }
  }));

const schema = z.object({ n: z.number() });
const module = moduleOf({ InputSchema: schema, OutputSchema: schema, apply: (inputs: unknown) => inputs });

Deno.test("a call is read and answered in it, and says so where it cannot be read", async () => {
  const endpoint = await ENDPOINTS.find(({ name }) => name === "apply")!.load();
  const context = new RunContext("test", { inputPath: "/", outputBase: "/", keep: false }, "");
  const outcome = await answer(module, { endpoint, body: payload, bodyFormat: TOY, format: TOY, context });
  assert.equal(outcome.status, "done");
  assert.equal(outcome.format.mediaType, "application/toy");
  assert.deepEqual(await codec.decode(outcome.chunks, { schema: module.outputs }), { n: 1 });
});

Deno.test("the OpenAPI document lists it", async () => {
  const endpoint = await ENDPOINTS.find(({ name }) => name === "apply")!.load();
  const text = JSON.stringify(openapiDocument(module, { title: "t", version: "1", description: "" }, [endpoint]));
  const document = JSON.parse(text);
  assert.deepEqual(Object.keys(document.paths["/apply"].post.responses[200].content), [
    ...["json", "json+base64", "json+binref", "msgpack"].map((name) => `application/${name}`),
    "application/toy",
  ]);
  assert(document["x-supported-output-formats"].includes(TOY));
});
