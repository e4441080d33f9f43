import assert from "node:assert/strict";
import { FORMAT_NAMES, formatOfMediaType, FORMATS, loadFormat } from "../../lib/formats/registry.ts";

Deno.test("loadFormat() loads each available format under its name and media type", async () => {
  for (const { name, mediaType } of FORMATS.filter(({ name }) => FORMAT_NAMES.includes(name))) {
    const format = await loadFormat(name);
    assert.deepEqual([format.name, format.mediaType], [name, mediaType]);
    assert.equal(formatOfMediaType(mediaType), name);
  }
});

Deno.test("loadFormat() refuses a format that this build does not have", async () => {
  for (const { name } of FORMATS.filter(({ name }) => !FORMAT_NAMES.includes(name))) {
    await assert.rejects(loadFormat(name), TypeError);
  }
});

Deno.test("formatOfMediaType() knows no other types", () => {
  for (const type of ["", "text/json", "json+base64", "application/*", "*/*", "application/jsonx"]) {
    assert.equal(formatOfMediaType(type), undefined);
  }
});
