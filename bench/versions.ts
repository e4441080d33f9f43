/**
 * `deno run -A bench/versions.ts CLONE`: this program beside another version of it, for which CLONE is a folder with its
 * sources: the start of `apply`, and small calls over HTTP with one worker.
 *
 * Of calls it tells the processor time of server and worker: on a machine that others use, too, it varies by some
 * percent where the rate varies by a factor of two. Both are measured in short turns, in an order drawn anew each round.
 */
import { median, type Program, serve, timed } from "./processes.ts";

const [clone] = Deno.args;
if (clone === undefined) throw new Error("say where the other version is: deno run -A bench/versions.ts CLONE");
const ROUNDS = 24;
const MILLISECONDS = 500;
const body = await Deno.readFile(new URL("../examples/vectoradd/payload.json", import.meta.url));
const scratch = await Deno.makeTempDir();

const versionAt = (folder: string, name: string): Program => ({
  name,
  command: [Deno.execPath(), "run", "-A", `${folder}/cli.ts`],
  env: { TESSERACT_API_PATH: `${folder}/examples/vectoradd/tesseract_api.ts`, DENO_NO_UPDATE_CHECK: "1" },
});
const programs = [versionAt(new URL("..", import.meta.url).pathname, "this"), versionAt(clone, "other")];

/** Nanoseconds of processor time that the process has had. */
function processorTime(pid: number): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
    } catch {
      // the thread has ended
    }
  }
  return sum;
}

function firstChildOf(pid: number): number {
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const child = Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ")[0]);
    if (child > 0) return child;
  }
  throw new Error("the server has no worker");
}

const drawn = <T>(list: readonly T[]): T[] => Math.random() < 0.5 ? [...list] : [...list].reverse();

type Figures = Record<"server" | "worker" | "perSecond" | "latency", number[]>;

/** Small calls, one after the other over each connection. */
async function calls(connections: number): Promise<void> {
  const sides = await Promise.all(programs.map(async ({ name }, i) => {
    const server = await serve(programs[i]!, scratch);
    const { port } = server;
    const conns = await Promise.all(
      Array.from({ length: connections }, () => Deno.connect({ hostname: "127.0.0.1", port })),
    );
    const head = `POST /apply HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`;
    const request = new Uint8Array([...new TextEncoder().encode(head), ...body]);
    const figures: Figures = { server: [], worker: [], perSecond: [], latency: [] };
    return { name, server, worker: firstChildOf(server.pid), conns, request, figures };
  }));

  async function turn({ server, worker, conns, request, figures }: typeof sides[number], ms: number): Promise<void> {
    const latencies: number[] = [];
    const before = [processorTime(server.pid), processorTime(worker)];
    const start = performance.now();
    await Promise.all(conns.map(async (conn) => {
      const buffer = new Uint8Array(1 << 16);
      for (let now = performance.now(); now - start < ms;) {
        await conn.write(request);
        // An answer is so small that it arrives whole.
        if (await conn.read(buffer) === null || buffer[9] !== 50) throw new Error("a call failed");
        latencies.push(-now + (now = performance.now()));
      }
    }));
    const microseconds = (pid: number, since: number) => (processorTime(pid) - since) / latencies.length / 1000;
    figures.server.push(microseconds(server.pid, before[0]!));
    figures.worker.push(microseconds(worker, before[1]!));
    figures.perSecond.push(1000 * latencies.length / (performance.now() - start));
    figures.latency.push(median(latencies));
  }

  for (const side of sides) {
    await turn(side, 2000); // until it is compiled
    for (const list of Object.values(side.figures)) list.length = 0;
  }
  for (let round = 0; round < ROUNDS; round++) for (const side of drawn(sides)) await turn(side, MILLISECONDS);
  for (const { name, figures: { server, worker, perSecond, latency }, conns, server: { stop } } of sides) {
    console.log(
      `| ${name}, ${connections} connections | ${median(server).toFixed(1)} µs | ${median(worker).toFixed(1)} µs | ` +
        `${median(perSecond).toFixed(0)} /s | ${median(latency).toFixed(3)} ms |`,
    );
    for (const conn of conns) conn.close();
    await stop();
  }
  const [a, b] = sides.map(({ figures }) => figures) as [Figures, Figures];
  const ratio = (name: keyof Figures) => median(a[name].map((value, i) => value / b[name][i]!)).toFixed(2);
  console.log(
    `| ratios | ${ratio("server")} | ${ratio("worker")} | ${ratio("perSecond")} | ${ratio("latency")} |`,
  );
}

const payload = `@${new URL("../examples/vectoradd/payload.json", import.meta.url).pathname}`;
const times = programs.map((): number[] => []);
for (let round = 0; round < 20; round++) {
  for (const i of drawn([0, 1])) times[i]!.push(await timed(programs[i]!, ["apply", payload], scratch));
}
console.log(
  `apply, whole process: ${programs.map(({ name }, i) => `${name} ${median(times[i]!).toFixed(0)} ms`).join(", ")}, ` +
    `ratio ${median(times[0]!.map((time, i) => time / times[1]![i]!)).toFixed(2)}\n`,
);
console.log("| version | server | worker | rate | median latency |\n| --- | --- | --- | --- | --- |");
await calls(16);
await calls(1);
await Deno.remove(scratch, { recursive: true });
