/**
 * `deno run -A bench/workers.ts`: what a second worker gives, for calls that compute for 1 and 20 ms; and how long
 * `/health` takes while all workers compute and 40 MB of JSON come in.
 * The figures that it printed are kept in bench/results.md.
 */
import { median, ours, type Program } from "./processes.ts";

const scratch = await Deno.makeTempDir();
await Deno.writeTextFile(
  `${scratch}/tesseract_api.ts`,
  `import { array, defineTesseract, scalar, z } from "@tesseract/runtime";
   export default defineTesseract({
     InputSchema: z.object({ milliseconds: scalar("float64"), more: array([null], "float64").optional() }),
     OutputSchema: z.object({ sum: scalar("float64") }),
     apply({ milliseconds }) {
       const end = performance.now() + milliseconds;
       let sum = 0;
       while (performance.now() < end) sum += Math.sqrt(sum + 1);
       return { sum };
     },
   });`,
);
const program: Program = { ...ours, env: { TESSERACT_API_PATH: `${scratch}/tesseract_api.ts` } };

async function served<T>(workers: number, use: (port: number) => Promise<T>): Promise<T> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const [executable, ...rest] = program.command;
  const process = new Deno.Command(executable!, {
    args: [...rest, "serve", "--port", String(port), "--num-workers", String(workers)],
    env: program.env,
    cwd: scratch,
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const deadline = performance.now() + 60_000;
    while (!await fetch(`http://127.0.0.1:${port}/health/ready`).then((answer) => answer.text(), () => "")) {
      if (performance.now() > deadline) throw new Error("the server did not start in 60 s");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return await use(port);
  } finally {
    process.kill("SIGTERM");
    await process.status;
  }
}

const call = async (port: number, body: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}/apply`, { method: "POST", body });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.body?.cancel();
};

/** Calls per second of 8 clients, for two seconds. */
async function rate(port: number, milliseconds: number): Promise<number> {
  const body = JSON.stringify({ inputs: { milliseconds } });
  await Promise.all(Array.from({ length: 8 }, () => call(port, body)));
  const begin = performance.now();
  let calls = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (performance.now() - begin < 2000) {
      await call(port, body);
      calls++;
    }
  }));
  return calls / ((performance.now() - begin) / 1000);
}

for (const milliseconds of [1, 20]) {
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) {
    const one = await served(1, (port) => rate(port, milliseconds));
    const two = await served(2, (port) => rate(port, milliseconds));
    ratios.push(two / one);
  }
  console.log(`two workers do ${median(ratios).toFixed(2)} times the work of one, on calls of ${milliseconds} ms`);
}

await served(2, async (port) => {
  // The load comes from a process of its own: here it would keep the probe waiting.
  const load = new Deno.Command(Deno.execPath(), {
    args: ["eval", `(${loadServer})(${port}, 12_000)`],
    stdout: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const times: number[] = [];
  const end = performance.now() + 8000;
  while (performance.now() < end) {
    const begin = performance.now();
    await (await fetch(`http://127.0.0.1:${port}/health`)).text();
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { success } = await load.status;
  if (!success) throw new Error("the load failed");
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(1);
  console.log(
    `/health while both workers compute and 42 MB of JSON come in: median ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
});
await Deno.remove(scratch, { recursive: true });

/** Four clients that keep the workers computing, and one that sends a list of 42 MB again and again. */
async function loadServer(port: number, milliseconds: number): Promise<void> {
  const list = `{"inputs":{"milliseconds":1,"more":[${Array.from({ length: 2_200_000 }, Math.random).join()}]}}`;
  const end = performance.now() + milliseconds;
  const send = async (body: string) => {
    while (performance.now() < end) {
      const answer = await fetch(`http://127.0.0.1:${port}/apply`, { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
      await answer.body?.cancel();
    }
  };
  await Promise.all([...Array(4).fill('{"inputs":{"milliseconds":20}}'), list].map(send));
}
