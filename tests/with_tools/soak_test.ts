/**
 * All faults at once, for 15 seconds; with `TESSERACT_NIGHTLY` set for 10 minutes: every call is answered once, with its
 * own answer, nothing hangs, the server does not grow, and it ends when it is told to. And workers that are killed in
 * turn: 60, with `TESSERACT_NIGHTLY` 1,000.
 */
import assert from "node:assert/strict";
import { children, Program } from "../http/program.ts";
import { until } from "../until.ts";
import { MODES } from "./soak_module.ts";

const isNightly = Deno.env.has("TESSERACT_NIGHTLY");
const DURATION = isNightly ? 600_000 : 15_000;
const CLIENTS = 8;
/** A call that takes longer hangs. */
const DEADLINE = 60_000;

type Mode = typeof MODES[number];

/** What a call of each kind may be answered with; of 503 only those that were at work beside one that failed. */
const ALLOWED: Readonly<Record<Mode, readonly number[]>> = {
  ...{ double: [200, 503], large: [200, 503], print: [200, 503], flood: [200, 503], spin: [200, 503] },
  ...{ wait: [200, 503], late: [200, 503], throw: [500, 503], exit: [500, 503], die: [500, 503] },
};

/** Resident memory in bytes. */
async function memoryOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

const soaked = async () =>
  new Program({
    apiPath: new URL("soak_module.ts", import.meta.url).pathname,
    workers: 2,
    outputPath: await Deno.makeTempDir(),
  });

Deno.test("under all faults at once every call is answered once, with its own answer, and the server ends in order", async () => {
  await using server = await soaked();
  const url = await server.url();
  const end = performance.now() + DURATION;
  const count: Record<string, number> = {};
  let next = 0, killed = 0;

  async function client(): Promise<void> {
    // On a slow machine longer, so that there are calls of each kind.
    while (performance.now() < end || next < 10 * MODES.length) {
      const n = ++next;
      const begun = performance.now();
      const mode = MODES[n % MODES.length]!;
      const isAborted = Math.random() < 0.1;
      const signal = AbortSignal.any([
        AbortSignal.timeout(DEADLINE),
        ...isAborted ? [AbortSignal.timeout(Math.random() * 30)] : [],
      ]);
      try {
        const body = JSON.stringify({ inputs: { x: [n, -n], mode } });
        const response = await fetch(`${url}/apply`, { method: "POST", body, signal });
        const text = await response.text();
        const { status } = response;
        assert(ALLOWED[mode].includes(status), `${mode}: ${status} ${text.slice(0, 200)}`);
        if (mode === "die" || mode === "exit") killed++;
        count[`${mode} ${status}`] = (count[`${mode} ${status}`] ?? 0) + 1;
        if (status !== 200) continue;
        const { shape, data: { buffer } } = JSON.parse(text).x;
        const expected = mode === "large" ? [500_000, 2 * n, 2 * n] : [2, 2 * n, -2 * n];
        assert.deepEqual([shape[0], buffer[0], buffer.at(-1)], expected, `${mode} ${n} got the answer of another call`);
      } catch (error) {
        if (!isAborted || !signal.aborted) throw new Error(`call ${n}, ${mode}: ${error}`, { cause: error });
        assert(performance.now() < begun + DEADLINE, "hangs");
      }
    }
  }

  const delays: number[] = [];
  async function health(): Promise<void> {
    while (performance.now() < end) {
      const start = performance.now();
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(DEADLINE) });
      assert.deepEqual(await response.json(), { status: "ok" });
      delays.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  let early = 0;
  async function memory(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, DURATION / 5));
    early = await memoryOf(server.pid);
  }

  await Promise.all([...Array.from({ length: CLIENTS }, client), health(), memory()]);
  const late = await memoryOf(server.pid);
  delays.sort((a, b) => a - b);
  const p99 = delays[Math.floor(delays.length * 0.99)]!;
  console.log(
    `${next} calls, ${killed} workers killed, health p99 ${p99.toFixed(1)} ms, ` +
      `memory ${Math.round(early / 2 ** 20)} -> ${Math.round(late / 2 ** 20)} MiB; ${JSON.stringify(count)}`,
  );
  for (const mode of MODES) assert(Object.keys(count).some((key) => key.startsWith(`${mode} `)), `no call of ${mode}`);
  if (isNightly) assert(late < 1.1 * early + 32 * 2 ** 20, `memory grew from ${early} to ${late} bytes`);
  server.kill("SIGTERM");
  let code: number | undefined;
  void server.code().then((ended) => code = ended);
  await until("it has ended, after the grace period of 30 s at the latest", () => code !== undefined, 120);
  assert.equal(code, 0, server.stderr.slice(-2000));
});

/** How many descriptors a process has open. */
const descriptorsOf = (pid: number): number => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;

Deno.test("workers killed in turn under load: every call has its own answer or an error, and the server keeps nothing of them", async () => {
  await using server = await soaked();
  const url = await server.url();
  const KILLS = isNightly ? 1000 : 60;
  const count: Record<number, number> = {};
  let next = 0, isOver = false;

  // Its connections are closed at the end: how many it opens depends on when answers come.
  const connections = Deno.createHttpClient({});
  async function client(): Promise<void> {
    while (!isOver) {
      const n = ++next;
      const body = JSON.stringify({ inputs: { x: [n], mode: "wait" } });
      const signal = AbortSignal.timeout(DEADLINE);
      const response = await fetch(`${url}/apply`, { method: "POST", body, signal, client: connections });
      const text = await response.text();
      count[response.status] = (count[response.status] ?? 0) + 1;
      assert([200, 500, 503].includes(response.status), text);
      if (response.status === 200) assert.deepEqual(JSON.parse(text).x.data.buffer, [2 * n]);
    }
  }

  const workers = async () => new Set(await children(server.pid));
  const isWhole = async () => (await workers()).size === 2;
  await until("both workers are there", isWhole);
  const clients = Promise.all(Array.from({ length: 4 }, client));
  let early = { memory: 0, descriptors: 0 };
  for (let i = 0; i < KILLS; i++) {
    if (i === KILLS / 5) early = { memory: await memoryOf(server.pid), descriptors: descriptorsOf(server.pid) };
    const [first] = await workers();
    const answered = count[200] ?? 0;
    Deno.kill(first!, "SIGKILL");
    await until("another has taken its place", async () => !(await workers()).has(first!) && await isWhole(), 60);
    await until("calls are answered", () => (count[200] ?? 0) > answered + 4, 60);
  }
  isOver = true;
  await clients;
  connections.close();
  const late = await memoryOf(server.pid);
  console.log(`${KILLS} kills, memory ${early.memory >> 20} -> ${late >> 20} MiB, ${JSON.stringify(count)}`);
  // A little more may be garbage that is not collected yet.
  const garbage = (isNightly ? 32 : 64) * 2 ** 20;
  assert(late < 1.1 * early.memory + garbage, `memory grew from ${early.memory} to ${late} bytes`);
  await until("as many descriptors are open as before", () => descriptorsOf(server.pid) <= early.descriptors);
  server.kill("SIGTERM");
  assert.equal(await server.code(), 0);
});
