import assert from "node:assert/strict";
import fc from "fast-check";
import { filePath, fileUrl } from "../../lib/api/file_url.ts";

Deno.test("fileUrl() and filePath() are inverse for any file name", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
    fc.pre(!/[/\0]|^\.{1,2}$/.test(name));
    assert.equal(filePath(fileUrl(`/folder/${name}`)), `/folder/${name}`);
  }));
});

Deno.test("fileUrl() starts relative paths at the current directory", () => {
  assert.equal(filePath(fileUrl("./a/../b.ts")), `${Deno.cwd()}/b.ts`);
});
