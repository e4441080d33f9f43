import { equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../lib/cli/errors.ts";
import { absolutePath, folderOf, isUri, localFolder } from "../../lib/cli/paths.ts";

Deno.test("absolutePath() starts relative paths from the folder", () => {
  equal(absolutePath("a/b", "/x"), "/x/a/b");
  equal(absolutePath("./a//b/", "/x/"), "/x/a/b");
  equal(absolutePath("../../../a", "/x/y"), "/a");
  equal(absolutePath("/a/../b", "/x"), "/b");
  equal(absolutePath(".", "/"), "/");
});

Deno.test("absolutePath() of an absolute path is that path", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (path, folder) => {
    const absolute = absolutePath(path, `/${folder}`);
    equal(absolutePath(absolute, "/elsewhere"), absolute);
  }));
});

Deno.test("folderOf() ends at the root", () => {
  equal(folderOf("/a/b"), "/a");
  equal(folderOf("/a"), "/");
});

Deno.test("a URI is no local folder", () => {
  equal(isUri("s3://bucket/prefix"), true);
  equal(isUri("a:b"), false);
  throws(() => localFolder("s3://bucket", "/x", "output path"), UsageError);
});
