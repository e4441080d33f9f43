/** SIGINT and SIGTERM while the real program has something to clear away. */
import { deepStrictEqual, equal } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { endChild, programCommand, signalIfRunning } from "../program.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { until } from "../until.ts";

const MODULE = `
import { array, defineTesseract, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ mode: z.string().default(""), n: z.int().default(4_000_000) }),
  OutputSchema: z.object({ y: array([null], "float64") }),
  async apply({ mode, n }, context) {
    const ready = () => console.log("ready");
    if (mode === "scratch") Deno.writeTextFileSync(context.outputPath + "/a", "a");
    if (mode === "metric") context.logMetric("loss", 1);
    // It is said when the function waits: while it computes, a signal ends the process at once.
    if (mode !== "" && mode !== "block") setTimeout(ready);
    if (mode === "block") ready();
    if (mode === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (mode !== "") await new Promise((resolve) => setTimeout(resolve, 60_000));
    return { y: Float64Array.from({ length: n }, Math.random) };
  },
});
`;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof SIGNALS;

interface World {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Sends the signal when it is time to; by default soon after user code has said that it is ready. */
  when?(kill: () => void, hasEnded: () => boolean): Promise<void>;
}

async function signalled(signal: Signal, args: readonly string[], { cwd, env = {}, when }: World) {
  Deno.mkdirSync(`${cwd}/tmp`, { recursive: true });
  const child = programCommand(args, {
    cwd,
    env: { ...env, TMPDIR: `${cwd}/tmp` },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  const reading = (async () => {
    for await (const chunk of child.stderr) stderr += new TextDecoder().decode(chunk);
  })();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  when ??= async (kill) => {
    await until("user code is ready", () => hasEnded || stderr.includes("ready"));
    await sleep(20);
    kill();
  };
  try {
    await Promise.race([when(() => void signalIfRunning(child, signal), () => hasEnded), child.status]);
  } catch (error) {
    await endChild(child);
    throw error;
  }
  const status = await child.status;
  await reading;
  return { status, stdout: await stdout, stderr };
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);
const payload = (mode = "", n?: number) => JSON.stringify({ inputs: { mode, n } });

for (const [signal, code] of Object.entries(SIGNALS) as [Signal, number][]) {
  for (const format of ["json", "json+binref"]) {
    Deno.test(`${signal} while a result is written as ${format} ends with ${code}, and leaves nothing`, () =>
      withFolder({ "tesseract_api.js": MODULE }, async (cwd) => {
        const when = async (kill: () => void, hasEnded: () => boolean) => {
          const isWriting = () => namesIn(cwd).includes("out") && namesIn(`${cwd}/out`).some((name) => name[0] === ".");
          await until("the result is being written", () => hasEnded() || isWriting());
          kill();
        };
        const args = ["apply", "-o", "out", "-f", format, payload("", format === "json" ? 4_000_000 : 20_000_000)];
        let ended = await signalled(signal, args, { cwd, when });
        // On a busy machine the result may be written before this process sees that it is being written.
        for (let tries = 1; ended.status.code === 0 && tries < 10; tries++) {
          Deno.removeSync(`${cwd}/out`, { recursive: true });
          ended = await signalled(signal, args, { cwd, when });
        }
        const { status, stdout, stderr } = ended;
        deepStrictEqual([status.code, stdout, stderr], [code, "", ""]);
        deepStrictEqual(namesIn(`${cwd}/out`), []);
      }));
  }

  Deno.test(`${signal} while an array is uploaded leaves no upload`, () =>
    withFolder({ "tesseract_api.js": MODULE }, async (cwd) => {
      await using store = new FakeS3();
      let kill: () => void;
      store.interfere = ({ target }, act) => {
        if (!target.includes("partNumber=2")) return undefined;
        kill();
        // The signal is there before the upload is complete: not even the head of this answer comes earlier.
        return sleep(3000).then(act);
      };
      const { status, stderr } = await signalled(
        signal,
        ["apply", "-o", "s3://b/out", "-f", "json+binref", payload()],
        { cwd, env: store.variables, when: (now) => new Promise((resolve) => kill = () => resolve(now())) },
      );
      deepStrictEqual([status.code, stderr], [code, ""]);
      deepStrictEqual([store.uploads.size, store.objects.size], [0, 0]);
    }));

  for (const mode of ["print", "metric"]) {
    Deno.test(`${signal} during a call whose records go to S3 leaves no temporary folder (${mode})`, () =>
      withFolder({ "tesseract_api.js": MODULE }, async (cwd) => {
        await using store = new FakeS3();
        const env = store.variables;
        const args = ["apply", "-o", "s3://b/out", payload(mode)];
        const { status, stderr } = await signalled(signal, args, { cwd, env });
        deepStrictEqual([status.code, stderr, namesIn(`${cwd}/tmp`)], [code, "ready\n", []]);
      }));
  }

  Deno.test(`${signal} during a test case leaves no scratch folder`, () => {
    const testCase = (mode: string) =>
      JSON.stringify({ endpoint: "apply", payload: { inputs: { mode } }, expected_outputs: {} });
    const files = { "a.json": testCase("wait"), "b.json": testCase("scratch") };
    return withFolder({ "tesseract_api.js": MODULE, ...files }, async (cwd) => {
      for (const name of Object.keys(files)) {
        const { status } = await signalled(signal, ["test", `@${name}`], { cwd });
        equal(status.code, code);
        deepStrictEqual(namesIn(`${cwd}/tmp`), [], name);
      }
    });
  });

  Deno.test(`${signal} ends user code that lets nobody else run at once, whatever there is to clear away`, () =>
    withFolder({ "tesseract_api.js": MODULE }, async (cwd) => {
      await using store = new FakeS3();
      const env = store.variables;
      for (const args of [["apply"], ["apply", "-o", "out"], ["apply", "-o", "s3://b/out"]]) {
        const { status } = await signalled(signal, [...args, payload("block")], { cwd, env });
        equal(status.signal, signal, args.join(" "));
      }
    }));
}
