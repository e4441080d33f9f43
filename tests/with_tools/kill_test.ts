/** A process that is killed at any moment of writing leaves no partial result under its final name. */
import assert from "node:assert/strict";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { json } from "../../lib/formats/json.ts";
import { objectNode } from "../../lib/schema/node.ts";
import { startS3 } from "./versitygw.ts";

const ROUNDS = 100;
const schema = objectNode({
  n: { kind: "leaf", type: "number", judged: false, hasArrays: false },
  a: { kind: "array", type: { dtype: "float64", shape: [null], differentiable: false }, hasArrays: true },
});

/** Kills the writer some time before `latest` ms are over, which are enough for a few results. */
async function writeAndKill(base: string, latest: number, env: Record<string, string> = {}): Promise<void> {
  const script = new URL("write_until_killed.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", "--config", config, script, base];
  const writer = new Deno.Command(Deno.execPath(), { args, env, stdout: "piped", stderr: "inherit" }).spawn();
  const reader = writer.stdout.getReader();
  assert.equal((await reader.read()).done, false);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * latest));
  writer.kill("SIGKILL");
  assert.equal((await writer.status).signal, "SIGKILL");
  await reader.cancel();
}

/** Looks at every file that is visible; returns how many there are. */
async function check(folder: string): Promise<number> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => !name.startsWith("."));
  for (const name of names) {
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    if (name === "results.json") {
      const tree = await json.decode([bytes], { schema, inputFiles: { base: folder } });
      const { n, a } = tree as { n: number; a: NdArray };
      assert(a.data.every((value) => value === n), "the result is whole");
    } else {
      const values = new Float64Array(bytes.buffer);
      assert([500_000, 1_500_000].includes(values.length), `${name} has ${values.length} elements`);
      assert(values[0]! > 0 && values.every((value) => value === values[0]));
    }
  }
  return names.length;
}

/** Two at a time: there is hardly a machine with a single core. */
async function rounds(round: (i: number) => Promise<number>): Promise<void> {
  const queue = Array.from({ length: ROUNDS }, (_, i) => i).values();
  let seen = 0;
  const work = async () => {
    for (const i of queue) seen += await round(i);
  };
  // What one of them finds is told when the other one has cleared away its files, too.
  for (const result of await Promise.allSettled([work(), work()])) {
    if (result.status === "rejected") throw result.reason;
  }
  assert(seen > 0, "the writers came to write something");
}

Deno.test(`${ROUNDS} writers are killed while they write into a folder`, async () => {
  const root = await Deno.makeTempDir();
  try {
    await rounds(async (i) => {
      const folder = `${root}/${i}`;
      await Deno.mkdir(folder);
      await writeAndKill(folder, 60);
      const seen = await check(folder);
      await Deno.remove(folder, { recursive: true });
      return seen;
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test(`${ROUNDS} writers are killed while they write into a bucket`, async () => {
  await using server = await startS3();
  await rounds(async (i) => {
    const folder = `${server.bucketFolder}/${i}`;
    // long enough for some of them to write several, also on a busy machine
    await writeAndKill(`s3://bucket/${i}`, 1200, server.variables());
    // The first object may not have come to be.
    const seen = await check(folder).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    });
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    return seen;
  });
});
