/** A program that is killed at any moment of writing leaves no partial result under its final name. */
import assert from "node:assert/strict";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { json } from "../../lib/formats/json/json.ts";
import { objectNode } from "../../lib/schema/node.ts";
import { programCommand, removeFolder } from "../program.ts";
import { startS3 } from "./versitygw.ts";

const MODULE = new URL("killed_module.ts", import.meta.url).pathname;
const schema = objectNode({
  n: { kind: "leaf", type: "number", needsZod: false, hasArrays: false },
  a: { kind: "array", type: { dtype: "float64", shape: [null], differentiable: false }, hasArrays: true },
});

type Variables = Readonly<Record<string, string>>;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A program, started; `heard` are the lines that it has printed on stderr. */
function startProgram(args: readonly string[], env: Variables) {
  const process = programCommand(args, { env, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  const heard: string[] = [];
  const reading = (async () => {
    const text = process.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
    for await (const chunk of text) heard.push(chunk);
  })();
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (const deadline = performance.now() + 120_000; performance.now() < deadline;) {
      const match = pattern.exec(heard.join(""));
      if (match !== null) return match;
      await sleep(1);
    }
    throw new Error(`it does not say ${pattern}: ${heard.join("")}`);
  };
  const end = async (signal?: Deno.Signal): Promise<Deno.CommandStatus> => {
    if (signal !== undefined) {
      try {
        process.kill(signal);
      } catch (error) {
        // It has ended.
        if (!(error instanceof TypeError)) throw error;
      }
    }
    const status = await process.status;
    await reading;
    return status;
  };
  return { says, end };
}

/** Starts `apply`; returns the program when its result is computed, and is about to be written. */
async function applyUntilComputed(n: number, base: string, env: Variables) {
  const payload = JSON.stringify({ inputs: { n } });
  const program = startProgram(["--api-path", MODULE, "apply", "-f", "json+binref", "-o", base, payload], env);
  await program.says(/computed/);
  return program;
}

/** How many milliseconds `apply` takes from there to its end. */
async function timeOfWriting(n: number, base: string, env: Variables): Promise<number> {
  const program = await applyUntilComputed(n, base, env);
  const begin = performance.now();
  assert.equal((await program.end()).code, 0);
  return performance.now() - begin;
}

/** Starts a server, calls it without a pause from two sides, and kills it some time after its first answer. */
async function serveAndKill(base: string, env: Variables, after: number): Promise<void> {
  const program = startProgram(["--api-path", MODULE, "--output-path", base, "serve", "--port", "0"], env);
  const [, url] = await program.says(/Listening on (\S+)/);
  let first: () => void;
  const answered = new Promise<void>((resolve) => first = resolve);
  const call = async (n: number): Promise<void> => {
    for (;; n += 2) {
      const init = { method: "POST", body: JSON.stringify({ inputs: { n } }), headers: HEADERS };
      const response = await fetch(`${url}/apply`, init).catch(() => undefined);
      if (response === undefined) return;
      assert.equal(response.status, 200);
      await response.body!.cancel();
      first();
    }
  };
  const calls = Promise.all([call(1), call(2)]);
  await Promise.race([answered, calls.then(() => assert.fail("it has ended without an answer"))]);
  await sleep(after);
  assert.equal((await program.end("SIGKILL")).signal, "SIGKILL");
  await calls;
}

const HEADERS = { Accept: "application/json+binref" };

/** Looks at every file that is visible in a folder and those in it; returns how many there are. */
async function check(folder: string): Promise<number> {
  let seen = 0;
  for (const { name, isDirectory } of visible(folder)) {
    if (isDirectory) {
      if (name !== "logs") seen += await check(`${folder}/${name}`);
      continue;
    }
    seen++;
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    if (name === "results.json") {
      const { n, a } = await json.decode([bytes], { schema, inputFiles: { base: folder } }) as {
        n: number;
        a: NdArray;
      };
      assert(a.data.every((value) => value === n), "the result is whole");
    } else {
      const values = new Float64Array(bytes.buffer);
      assert([500_000, 1_500_000].includes(values.length), `${name} has ${values.length} elements`);
      assert(values[0]! > 0 && values.every((value) => value === values[0]));
    }
  }
  return seen;
}

/** The names in a folder that are not hidden; none if there is no folder. */
function visible(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Where the program writes: as it names the place, the folder where that is found, and what else it needs. */
interface Place {
  readonly root: string;
  readonly folder: string;
  readonly env: Variables;
}

/** Does something so many times, two at a time, each in a folder of its own, and looks at what is in it afterwards. */
async function repeat(times: number, { root, folder }: Place, run: (base: string) => Promise<void>): Promise<void> {
  const queue = Array.from({ length: times }, (_, i) => i).values();
  let seen = 0;
  const work = async () => {
    for (const i of queue) {
      await run(`${root}/${i}`);
      seen += await check(`${folder}/${i}`);
      await Deno.remove(`${folder}/${i}`, { recursive: true }).catch(() => {});
    }
  };
  // What one of them finds is told when the other one has cleared away its files, too.
  for (const result of await Promise.allSettled([work(), work()])) {
    if (result.status === "rejected") throw result.reason;
  }
  assert(seen > 0, "something was written");
}

async function killAllOf(t: Deno.TestContext, place: Place): Promise<void> {
  const { root, env } = place;
  for (const [n, size] of [[1, "4 MB"], [2, "12 MB"]] as const) {
    await t.step(`50 times apply, with ${size} to write`, async () => {
      const whole: number[] = [];
      for (let i = 0; i < 3; i++) whole.push(await timeOfWriting(n, `${root}/whole`, env));
      // It takes longer when the machine has more to do: some of the kills come after the end.
      let longest = 1.2 * Math.max(...whole);
      await repeat(50, place, async (base) => {
        const program = await applyUntilComputed(n, base, env);
        await sleep(longest * Math.random());
        const { signal } = await program.end("SIGKILL");
        longest *= signal === null ? 0.8 : 1.05;
      });
    });
  }
  await t.step("100 times serve", async () => {
    await repeat(100, place, (base) => serveAndKill(base, env, 300 * Math.random()));
  });
}

Deno.test("the program is killed while it writes into a folder", async (t) => {
  const root = await Deno.makeTempDir();
  try {
    await killAllOf(t, { root, folder: root, env: {} });
  } finally {
    await removeFolder(root);
  }
});

Deno.test("the program is killed while it writes into a bucket", async (t) => {
  await using server = await startS3();
  await killAllOf(t, { root: "s3://bucket", folder: server.bucketFolder, env: server.variables() });
});
