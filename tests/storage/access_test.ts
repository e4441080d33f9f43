import assert from "node:assert/strict";
import { type InputFiles, locateInput, openInput } from "../../lib/storage/access.ts";
import { StorageError } from "../../lib/storage/error.ts";
import { FileServer } from "./file_server.ts";
import { fault, inFolder, numbered } from "./helpers.ts";

/** The location of what a reference names, without its links where it was checked. */
const locate = (reference: string, inputs: InputFiles) =>
  locateInput(reference, inputs, async (location, path) => path === undefined ? location : await Deno.realPath(path));

/** An input path with files in and beside it, and links that stay and that leave. */
function inInputPath(test: (base: string, outside: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const base = `${folder}/in`;
    Deno.mkdirSync(`${base}/sub`, { recursive: true });
    Deno.mkdirSync(`${folder}/input`);
    for (const file of ["in/a.bin", "in/sub/b.bin", "secret.bin", "input/c.bin"]) {
      Deno.writeFileSync(`${folder}/${file}`, numbered(4));
    }
    Deno.symlinkSync(`${base}/a.bin`, `${base}/stays.bin`);
    Deno.symlinkSync(`${folder}/secret.bin`, `${base}/leaves.bin`);
    Deno.symlinkSync("..", `${base}/up`);
    await test(base, folder);
  });
}

Deno.test("on the command line a reference may name any file", () =>
  inInputPath(async (base, outside) => {
    assert.equal(await locate("sub/b.bin", { base }), `${base}/sub/b.bin`);
    assert.equal(await locate("../secret.bin", { base }), `${outside}/secret.bin`);
    assert.equal(await locate(`${outside}/secret.bin`, { base }), `${outside}/secret.bin`);
    assert.equal(await locate("https://host/a.bin?b", { base }), "https://host/a.bin?b");
    assert.equal(await locate("a+b.bin", { base: "s3://bucket/in" }), "s3://bucket/in/a+b.bin");
    assert.equal(await locate("/a.bin", { base: "s3://bucket/in" }), "/a.bin");
    const source = await openInput("leaves.bin", { base });
    assert.equal(source.size, 4);
    source.close();
  }));

Deno.test("from elsewhere a reference names only what lies in the input path", () =>
  inInputPath(async (base, outside) => {
    const inputs = { base, allowed: [] };
    assert.equal(await locate("a.bin", inputs), `${base}/a.bin`);
    assert.equal(await locate("./sub//b.bin", inputs), `${base}/sub/b.bin`);
    assert.equal(await locate("stays.bin", inputs), `${base}/a.bin`);
    // The input path itself may be a link.
    assert.equal(await locate("a.bin", { ...inputs, base: `${base}/up/in` }), `${base}/a.bin`);
    const refused = [
      "leaves.bin",
      "up/secret.bin",
      "../secret.bin",
      "sub/../a.bin",
      "..",
      `${outside}/secret.bin`,
      "/etc/passwd",
      "/nothing/there",
      "https://host/a.bin",
      "http://127.0.0.1/",
      "s3://bucket/a.bin",
      "nosuch://x/y.bin",
      `file://${base}/a.bin`,
    ];
    for (const reference of refused) await assert.rejects(locate(reference, inputs), fault("refused"), reference);
    await assert.rejects(locate("b.bin", inputs), fault("not-found"));
    await assert.rejects(openInput("sub", inputs), fault("failed", /directory/));
  }));

Deno.test(
  "a reference with a zero character names no file, and opens none",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inInputPath(async (base) => {
      const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
      const before = open();
      for (const reference of ["a.bin\0", "a.bin\0z", "sub\0/b.bin"]) {
        await assert.rejects(openInput(reference, { base, allowed: [] }), StorageError, reference);
        await assert.rejects(openInput(reference, { base }), StorageError, reference);
      }
      assert.equal(open(), before);
    }),
);

Deno.test("nobody learns by a link that leaves the input path whether something is there", () =>
  inInputPath(async (base, outside) => {
    Deno.symlinkSync(`${outside}/nothing.bin`, `${base}/broken.bin`);
    const there = ["up/secret.bin", "up/input/c.bin", "up/input", "leaves.bin"];
    const notThere = ["up/nothing.bin", "up/none/c.bin", "up/secret.bin/c.bin", "broken.bin", `up/${"x".repeat(300)}`];
    for (const reference of [...there, ...notThere]) {
      await assert.rejects(
        locate(reference, { base, allowed: [] }),
        fault("refused", /only files inside the input path may be read$/),
        reference,
      );
    }
    // Inside it, and where there is no input path at all, it is no secret.
    for (const reference of ["nothing.bin", "sub/none/b.bin", "up/in/nothing.bin", "a.bin/b.bin"]) {
      await assert.rejects(locate(reference, { base, allowed: [] }), fault("not-found"), reference);
    }
    await assert.rejects(locate("a/b.bin", { base: `${outside}/none`, allowed: [] }), fault("not-found"));
    await assert.rejects(locate("b.bin", { base: `${base}/up/in`, allowed: [] }), fault("not-found"));
  }));

Deno.test("an absolute path may lead into the input path from elsewhere only by a prefix", () =>
  inInputPath(async (base, outside) => {
    const inputs = { base, allowed: [`${outside}/input`, "/nothing/there"] };
    assert.equal(await locate(`${outside}/input/c.bin`, inputs), `${outside}/input/c.bin`);
    for (const reference of [`${outside}/secret.bin`, `${outside}/input/../secret.bin`, "leaves.bin"]) {
      await assert.rejects(locate(reference, inputs), fault("refused"));
    }
  }));

Deno.test("a prefix of a URI is that of its host, its bucket, its path", async () => {
  const inputs = {
    base: "/in",
    allowed: ["https://host", "https://files:8000/data/", "s3://bucket", "s3://other/in/", "S3://upper/"],
  };
  const allowed = [
    "https://host/a.bin",
    "HTTPS://HOST/a.bin",
    "https://host:443/a%2Fb.bin?c=d",
    "https://files:8000/data/a..b.bin",
    "s3://bucket/a.bin",
    "s3://other/in/a+%2e.bin",
    "s3://upper/a.bin",
  ];
  for (const reference of allowed) assert.equal(await locate(reference, inputs), reference);
  const refused = [
    "https://host.evil/a.bin",
    "https://host@evil/a.bin",
    "https://host:444/a.bin",
    "http://host/a.bin",
    "https://me:pw@host/a.bin",
    "https://files:8000/database/a.bin",
    "https://files:8000/data/../a.bin",
    "https://files:8000/data/%2e%2E/a.bin",
    "https://files:8000/data/%zz/..%2Fa.bin",
    "https://files:8000/data/..\\a.bin",
    "s3://bucket-evil/a.bin",
    "s3://bucket.evil/a.bin",
    "s3://other/input/a.bin",
    "s3://other/in/../a.bin",
  ];
  for (const reference of refused) await assert.rejects(locate(reference, inputs), fault("refused"), reference);
});

Deno.test("below a base that is a URI every name is a name", async () => {
  assert.equal(await locate("a+b.bin", { base: "s3://bucket/in", allowed: [] }), "s3://bucket/in/a+b.bin");
  assert.equal(await locate("a%2Fb?c", { base: "http://host/in", allowed: [] }), "http://host/in/a%252Fb%3Fc");
  for (const reference of ["../a.bin", "s3://bucket/in/a.bin", "/etc/passwd"]) {
    await assert.rejects(locate(reference, { base: "s3://bucket/in", allowed: [] }), fault("refused"));
  }
});

Deno.test("an allowed server cannot send the reader on to one that is not", async () => {
  await using server = new FileServer(numbered(10));
  await using internal = new FileServer(numbered(10));
  const inputs = { base: "/in", allowed: [server.url.replace("file.bin", "")] };
  server.faults.push({ status: 307, headers: { location: internal.url } });
  await assert.rejects(openInput(server.url, inputs), fault("refused"));
  assert.equal(internal.requests.length, 0);
  server.faults.push({ status: 307, headers: { location: "/elsewhere.bin" } });
  assert.equal((await openInput(server.url, inputs)).size, 10);
});
