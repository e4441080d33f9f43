import assert from "node:assert/strict";
import {
  FORMAT_NAMES,
  formatOfFile,
  formatOfFirstByte,
  formatOfMediaType,
  infoOf,
  isJson,
  loadFormat,
} from "../../lib/formats/registry.ts";

Deno.test("every format is loaded under its name, and known by each of its media types and by its files", async () => {
  for (const name of FORMAT_NAMES) {
    const { mediaTypes, extension } = infoOf(name);
    const format = await loadFormat(name);
    assert.deepEqual([format.name, format.mediaType, format.extension], [name, mediaTypes[0], extension]);
    for (const type of mediaTypes) assert.equal(formatOfMediaType(`${type.toUpperCase()} ; charset=utf-8`), name);
    assert.equal(formatOfFile(`in.folder/a.${extension}`), isJson(name) ? "json" : name);
  }
});

Deno.test("msgpack has its registered media type and an old one", () => {
  for (const type of ["application/msgpack", "application/vnd.msgpack", "application/x-msgpack"]) {
    assert.equal(formatOfMediaType(type), "msgpack");
  }
});

Deno.test("formatOfMediaType() knows no other types", () => {
  for (const type of ["", "text/json", "json+base64", "application/*", "*/*", "application/jsonx"]) {
    assert.equal(formatOfMediaType(type), undefined);
  }
});

Deno.test("what no name or byte tells is JSON", () => {
  for (const path of ["a", "a.txt", "msgpack", "a.msgpack/b", "a.json.gz"]) assert.equal(formatOfFile(path), "json");
  for (const byte of [undefined, 0x20, 0x7b, 0x5b, 0xef, 0xc3]) assert.equal(formatOfFirstByte(byte), "json");
});
