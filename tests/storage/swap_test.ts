/** Files are swapped for symbolic links, by another process, while they are opened: nothing outside is ever read. */
import assert from "node:assert/strict";
import { openInput } from "../../lib/storage/access.ts";
import { StorageError } from "../../lib/storage/error.ts";
import { inFolder } from "./helpers.ts";

const INSIDE = "inside!!", SECRET = "secret!!";

/** Takes turns between a file or folder of ours and a link that leads outside, as fast as it can. */
const SWAP = `
const [base, outside] = Deno.args;
console.log("swapping");
for (;;) {
  Deno.symlinkSync(outside + "/a.bin", base + "/link");
  Deno.renameSync(base + "/link", base + "/a.bin");
  Deno.renameSync(base + "/sub", base + "/.sub");
  Deno.symlinkSync(outside, base + "/sub");
  Deno.writeTextFileSync(base + "/file", "${INSIDE}");
  Deno.renameSync(base + "/file", base + "/a.bin");
  Deno.removeSync(base + "/sub");
  Deno.renameSync(base + "/.sub", base + "/sub");
}`;

async function whileSwapping(test: (base: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const [base, outside] = [`${folder}/in`, `${folder}/out`];
    for (const place of [base, `${base}/sub`, outside]) Deno.mkdirSync(place);
    for (const file of [`${base}/a.bin`, `${base}/sub/a.bin`]) Deno.writeTextFileSync(file, INSIDE);
    Deno.writeTextFileSync(`${outside}/a.bin`, SECRET);
    Deno.writeTextFileSync(`${folder}/swap.js`, SWAP);
    const args = ["run", "-A", `${folder}/swap.js`, base, outside];
    const swapper = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    try {
      const lines = swapper.stdout.getReader();
      await lines.read();
      lines.releaseLock();
      await test(base);
    } finally {
      swapper.kill("SIGKILL");
      await swapper.stdout.cancel();
      await swapper.status;
    }
  });
}

for (const reference of ["a.bin", "sub/a.bin"]) {
  Deno.test(`${reference} is read from inside the input path or not at all, while it is swapped for a link`, () =>
    whileSwapping(async (base) => {
      const counts = { read: 0, refused: 0, missing: 0 };
      const begin = Date.now();
      const goesOn = () => Date.now() - begin < (counts.read > 0 && counts.refused > 0 ? 3000 : 60_000);
      while (goesOn()) {
        try {
          const source = await openInput(reference, { base, allowed: [] });
          const bytes = new Uint8Array(source.size);
          await source.read(bytes, 0).finally(() => source.close());
          assert.equal(new TextDecoder().decode(bytes), INSIDE);
          counts.read++;
        } catch (error) {
          if (!(error instanceof StorageError)) throw error;
          if (error.kind === "refused") counts.refused++;
          else counts.missing++;
        }
      }
      assert(counts.read > 0 && counts.refused > 0, `both were seen: ${JSON.stringify(counts)}`);
    }));
}

Deno.test("what lies in a folder that became a link outside is not told apart from what does not", () =>
  inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/in`);
    Deno.mkdirSync(`${folder}/out/deep`, { recursive: true });
    Deno.symlinkSync("../out", `${folder}/in/sub`);
    for (const reference of ["sub/deep", "sub/none", "sub/deep/none", "sub"]) {
      await assert.rejects(openInput(reference, { base: `${folder}/in`, allowed: [] }), /only files inside the input/);
    }
  }));

Deno.test("a path of any length asks the file system no more often than a short one", () =>
  inFolder(async (base) => {
    Deno.mkdirSync(`${base}/a`);
    Deno.symlinkSync(".", `${base}/here`);
    const { realPath, lstat } = Deno;
    let asked = 0;
    Deno.realPath = (path) => (asked++, realPath(path));
    Deno.lstat = (path) => (asked++, lstat(path));
    try {
      for (const part of ["a/", "none/", "here/", "./a/"]) {
        for (const times of [2, 1000, 96_000]) {
          asked = 0;
          await assert.rejects(openInput(`${part.repeat(times)}x`, { base, allowed: [] }), StorageError);
          // A link that leads to itself is followed 40 times by the system.
          assert(asked <= (part === "here/" ? 100 : 10), `${part} ${times} times: asked ${asked} times`);
        }
      }
    } finally {
      Object.assign(Deno, { realPath, lstat });
    }
  }));
