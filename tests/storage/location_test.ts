import assert from "node:assert/strict";
import fc from "fast-check";
import { absolutePath, folderOf, isInside, join, parseS3, parseUrl } from "../../lib/storage/location.ts";
import { isUri, schemeOf } from "../../lib/uri.ts";
import { fault } from "./helpers.ts";

/** The name of a file: anything but a slash, and not `.` or `..`. */
const name = fc.string({ unit: "grapheme", minLength: 1 })
  .filter((text) => !/[/\0]/.test(text) && !/^\.\.?$/.test(text) && text.isWellFormed());

Deno.test("join() puts a name below a folder, a bucket or a URL, and nothing in it is special", () => {
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
    const relative = names.join("/");
    assert.equal(join("/data/in/", relative), `/data/in/${relative}`);
    assert.deepEqual(parseS3(join("s3://bucket/in", relative)), { bucket: "bucket", key: `in/${relative}` });
    const url = new URL(join("https://host/in", relative));
    assert.equal(url.search + url.hash, "");
    assert.deepEqual(url.pathname.split("/").slice(2).map(decodeURIComponent), names);
  }));
});

Deno.test("join() takes out '.' and '..', never beyond the root", () => {
  assert.equal(join("/a/b", "./../c.bin"), "/a/c.bin");
  assert.equal(join("/a", "../../../c.bin"), "/c.bin");
  assert.equal(join("s3://bucket/a", "../../../c.bin"), "s3://bucket/c.bin");
  assert.equal(join("s3://bucket", "c.bin"), "s3://bucket/c.bin");
  assert.equal(join("http://host:80/a/", "..//../c.bin"), "http://host/c.bin");
});

Deno.test("join() keeps each slash of a key, which stands for itself", () => {
  assert.equal(join("s3://bucket/in//sub", "a.bin"), "s3://bucket/in//sub/a.bin");
  assert.equal(join("s3://bucket//in/", "./a.bin"), "s3://bucket//in/a.bin");
  assert.equal(join("s3://bucket/in//", "a.bin"), "s3://bucket/in//a.bin");
  assert.equal(join("s3://bucket/in", "a//b.bin"), "s3://bucket/in/a//b.bin");
  assert.equal(join("s3://bucket/in//sub", "../a.bin"), "s3://bucket/in//a.bin");
  assert.equal(join("s3://bucket//", "../../../a.bin"), "s3://bucket/a.bin");
  for (const file of ["s3://bucket/p.json", "s3://bucket//p.json", "s3://bucket/in/p.json", "s3://bucket/a//p.json"]) {
    assert.equal(join(folderOf(file), "p.json"), file);
  }
});

Deno.test("parseS3() and parseUrl() refuse what is none", () => {
  assert.deepEqual(parseS3("S3://my.bucket"), { bucket: "my.bucket", key: "" });
  for (const location of ["s3://", "s3:///key", "s3://user@host/key", "s3://a b/key"]) {
    assert.throws(() => parseS3(location), fault("failed", /expected s3:\/\/BUCKET\/KEY/));
  }
  assert.throws(() => parseUrl("http://"), fault("failed", /not a valid URL/));
});

Deno.test("folderOf() goes by the path alone, where there is a query or a fragment", () => {
  assert.equal(folderOf("/a.bin"), "/");
  assert.equal(folderOf("/a?/b.bin"), "/a?");
  assert.equal(folderOf("http://host/dir/p.json?sig=a/b"), "http://host/dir");
  assert.equal(folderOf("http://host/dir/p.json#a/b?c/d"), "http://host/dir");
  assert.equal(folderOf("https://host:8000/p.json?sig=abc"), "https://host:8000");
  assert.equal(folderOf("http://host?sig=a/b"), "http://host");
  assert.equal(folderOf("http://host/a%2Fb/p.json"), "http://host/a%2Fb");
  assert.equal(folderOf("http://user:pw@host/a/p.json"), "http://user:pw@host/a");
  assert.equal(folderOf("s3://bucket/a?b/c#d.json"), "s3://bucket/a?b");
});

Deno.test("schemeOf(), isUri() and paths", () => {
  assert.equal(schemeOf("S3://b/k"), "s3");
  assert.equal(schemeOf("/s3://b"), undefined);
  assert(isUri("nosuch://x/y.bin"));
  assert(!isUri("data.bin:5"));
  assert.equal(absolutePath("a/./b//c/..", "/d"), "/d/a/b");
  assert(isInside("/a/b", "/a") && isInside("/a", "/a") && isInside("/a", "/"));
  assert(!isInside("/ab", "/a"));
});
