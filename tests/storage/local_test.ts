import assert from "node:assert/strict";
import { exists, open, remove, removeTree, stream, write } from "../../lib/storage/storage.ts";
import { abandonWrites } from "../../lib/storage/unfinished.ts";
import { until } from "../until.ts";
import { assertSameBytes, bytesOf, fault, inFolder, numbered, settledIn } from "./helpers.ts";

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("open() reads any part of a file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a b+ü%.bin`;
    const content = numbered(5_000_000);
    Deno.writeFileSync(path, content);
    const source = await open(path);
    assert.equal(source.size, content.length);
    const parts = await Promise.all(
      [[0, 10], [4_999_990, 10], [1, 4_999_999], [77, 0]].map(async ([offset, length]) => {
        const target = new Uint8Array(length!);
        await source.read(target, offset!);
        return [target, content.subarray(offset!, offset! + length!)];
      }),
    );
    source.close();
    for (const [read, expected] of parts) assertSameBytes(read, expected!);
  }));

Deno.test("a file that is replaced while it is open is read as it was", () =>
  inFolder(async (folder) => {
    const content = numbered(5_000_000);
    Deno.writeFileSync(`${folder}/a.bin`, content);
    const source = await open(`${folder}/a.bin`);
    Deno.renameSync(`${folder}/a.bin`, `${folder}/b.bin`);
    Deno.writeFileSync(`${folder}/a.bin`, new Uint8Array(5_000_000));
    const target = new Uint8Array(4_999_999);
    await source.read(target, 1);
    source.close();
    assertSameBytes(target, content.subarray(1));
  }));

Deno.test("open() reads the end of a file of 10 GB", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sparse.bin`;
    const file = await Deno.open(path, { write: true, create: true });
    await file.seek(10e9, Deno.SeekMode.Start);
    await file.write(numbered(16));
    file.close();
    const source = await open(path);
    const target = new Uint8Array(16);
    await source.read(target, 10e9);
    source.close();
    assert.equal(source.size, 10e9 + 16);
    assert.deepEqual(target, numbered(16));
  }));

Deno.test("a file that is cut while it is read is a fault, not an endless wait", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/a`, numbered(100));
    const source = await open(`${folder}/a`);
    Deno.truncateSync(`${folder}/a`, 50);
    await assert.rejects(source.read(new Uint8Array(100), 0), fault("changed", /became shorter/));
    await assert.rejects(source.read(new Uint8Array(2_000_000), 0), fault("changed", /became shorter/));
    source.close();
  }));

Deno.test("stream() and write() are each other's opposite, whatever the pieces", () =>
  inFolder(async (folder) => {
    const content = numbered(3_000_000);
    await write(`${folder}/new/folder/a`, [content.subarray(0, 1), new Uint8Array(0), content.subarray(1)]);
    assertSameBytes(await bytesOf(await stream(`${folder}/new/folder/a`)), content);
    await write(`${folder}/new/folder/a`, []);
    assert.deepEqual(await bytesOf(await stream(`${folder}/new/folder/a`)), new Uint8Array(0));
    assert.deepEqual(namesIn(`${folder}/new/folder`), ["a"]);
  }));

Deno.test("what cannot be read says why, in words and by its kind", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/a`, numbered(1));
    await assert.rejects(open(`${folder}/b`), fault("not-found", /b: there is no such file/));
    await assert.rejects(open(`${folder}/a/b`), fault("not-found"));
    await assert.rejects(open(folder), fault("failed", /it is a directory/));
    await assert.rejects(stream(folder), fault("failed", /it is a directory/));
    await assert.rejects(open("/dev/null"), fault("failed", /not a regular file/));
    await assert.rejects(open(`${folder}/\0`), fault("failed"));
    await assert.rejects(open(`${folder}/${"x".repeat(300)}`), fault("failed", /too long$/));
    await assert.rejects(open("ftp://host/a"), fault("unsupported"));
    await assert.rejects(open("toString://host/a"), fault("unsupported"));
    assert.equal(await exists(`${folder}/a`), true);
    assert.equal(await exists(`${folder}/b`), false);
  }));

Deno.test("write() leaves nothing behind where it fails, and the old file as it was", () =>
  inFolder(async (folder) => {
    await write(`${folder}/a`, [numbered(5)]);
    const broken = async function* () {
      yield await Promise.resolve(numbered(100));
      throw new RangeError("no more");
    };
    await assert.rejects(write(`${folder}/a`, broken()), RangeError);
    await assert.rejects(write(`${folder}/a/b`, [numbered(5)]), fault("failed"));
    Deno.mkdirSync(`${folder}/taken`);
    await assert.rejects(write(`${folder}/taken`, [numbered(5)]), fault("failed"));
    assert.deepEqual(namesIn(folder), ["a", "taken"]);
    assert.deepEqual(Deno.readFileSync(`${folder}/a`), numbered(5));
    await assert.rejects(write("http://127.0.0.1/a", []), fault("unsupported"));
    await assert.rejects(remove("http://127.0.0.1/a"), fault("unsupported"));
  }));

Deno.test("nobody sees a file before its last byte is there", () =>
  inFolder(async (folder) => {
    const seen: boolean[] = [];
    const slow = function* () {
      for (let i = 0; i < 3; i++) {
        yield numbered(1000);
        seen.push(namesIn(folder).includes("a"));
      }
    };
    await write(`${folder}/a`, slow());
    assert.deepEqual(seen, [false, false, false]);
    assert.equal(Deno.statSync(`${folder}/a`).size, 3000);
  }));

Deno.test("abandonWrites() clears away what is being written", () =>
  inFolder(async (folder) => {
    let release = () => {};
    const released = new Promise<void>((resolve) => release = resolve);
    const waiting = async function* () {
      yield numbered(10);
      await released;
    };
    const writing = write(`${folder}/a`, waiting());
    await until("the temporary file is there", () => namesIn(folder).length > 0);
    await abandonWrites();
    assert.deepEqual(namesIn(folder), []);
    release();
    assert.equal(await settledIn(50, writing), false, "the process ends, and not the write");
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("remove() is content where nothing is", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/a`, numbered(1));
    await remove(`${folder}/a`);
    await remove(`${folder}/a`);
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("removeTree() removes a folder that somebody still writes to", () =>
  inFolder(async (folder) => {
    for (let round = 0; round < 50; round++) {
      const path = `${folder}/${round}`;
      Deno.mkdirSync(path);
      for (let i = 0; i < 10; i++) Deno.writeFileSync(`${path}/${i}`, numbered(1));
      const removing = removeTree(path);
      // Until the folder is gone.
      for (let i = 10, isThere = true; isThere; i++) {
        await Deno.writeFile(`${path}/${i}`, numbered(1)).catch(() => isThere = false);
      }
      await removing;
    }
    assert.deepEqual(namesIn(folder), []);
  }));
