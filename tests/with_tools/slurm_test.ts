/** `map` in arrays of a real Slurm. */
import assert from "node:assert/strict";
import { FILES, filesIn, linesIn, payload, recordsIn } from "../cli/map_fixture.ts";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";
import { until } from "../until.ts";
import { type Slurm, startSlurm } from "./slurm.ts";

let slurm: Slurm;
Deno.test.beforeAll(async () => void (slurm = await startSlurm()));
Deno.test.afterAll(async () => await slurm[Symbol.asyncDispose]());

const COUNT = 200;
/** Those at the positions in `waiting` do not end before there is a file `go`. */
const lines = (ms: number, waiting: readonly number[] = []) =>
  Array.from({ length: COUNT }, (_, i) => {
    return `${payload(`${i + 1}`, { x: [i], ms, mode: waiting.includes(i) ? "wait" : "" })}\n`;
  }).join("");

interface Jobs {
  readonly array: string;
  readonly gather: string;
}

async function submit(folder: string, ...args: readonly string[]): Promise<Jobs> {
  const command = programCommand(["map", "apply", "p.jsonl", "-o", "out", "-w", "1", ...args], {
    cwd: folder,
    env: slurm.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  const [, array, gather] = /^Submitted the array job (\d+) of \d+ tasks, and the job (\d+), which/.exec(text) ??
    assert.fail(`${text} ${new TextDecoder().decode(stderr)}`);
  return { array: array!, gather: gather! };
}

/** Waits until the gathering job has ended. Returns its exit code and what it has written. */
async function untilGathered(folder: string, { gather }: Jobs): Promise<{ code: number; text: string }> {
  const show = () => slurm.command("scontrol", "show", "job", gather);
  await until(
    "the gathering job has ended",
    async () => /JobState=(COMPLETED|FAILED|CANCELLED)/.test(await show()),
    240,
  );
  const [, code] = /ExitCode=(\d+):/.exec(await show())!;
  return { code: Number(code), text: await Deno.readTextFile(`${folder}/out/slurm-${gather}.log`) };
}

const recordsOf = (folder: string, task: number) => recordsIn(`${folder}/out/map.${task}.jsonl`);

/** The process of `map` in a task of the array. */
async function processOf(folder: string, task: number): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) => Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    if (!(await read("cmdline")).includes(`\0map\0apply\0-o\0${folder}`)) continue;
    if ((await read("environ")).includes(`SLURM_ARRAY_TASK_ID=${task}\0`)) return Number(name);
  }
  throw new Error(`task ${task} does not run`);
}

/**
 * A task that is requeued would wait for two minutes, so long as its old credential is valid. (On a slow machine they may
 * be over.) A new one must be of a later second than the end of the task: else it counts as old, and the task fails.
 */
async function startSoon(job: string): Promise<void> {
  let shown = "";
  await until(`${job} is queued again`, async () => {
    shown = await slurm.command("scontrol", "show", "job", job);
    return /Restarts=[1-9]/.test(shown) && !/JobState=COMPLETING/.test(shown);
  }, 120).catch((error) => assert.fail(`${error}\n${shown}`));
  if (!/JobState=PENDING/.test(shown)) return;
  // If that fails it has begun just now.
  await slurm.command("scontrol", "update", `JobId=${job}`, "StartTime=now+3").catch(() => {});
}

Deno.test("tasks that are killed and requeued, and a controller that is restarted, leave no gap and no duplicate", async () => {
  // The last payload of the first task, and that of the second: neither has ended when the others have begun.
  await withFolder({ ...FILES, "p.jsonl": lines(100, [196, 197]) }, async (folder) => {
    const jobs = await submit(folder, "--slurm", "4", "--sbatch", "--cpus-per-task=1 --partition=cpu");
    await until("all four tasks have computed something", async () => {
      const counts = await Promise.all([0, 1, 2, 3].map((task) => recordsOf(folder, task)));
      return counts.every(({ length }) => length >= 3);
    }, 240);

    Deno.kill(await processOf(`${folder}/out`, 1), "SIGKILL");
    await slurm.command("scontrol", "requeue", `${jobs.array}_2`);
    await slurm.restartController();
    await until("the killed task has failed", async () => {
      return /JobState=FAILED/.test(await slurm.command("scontrol", "show", "job", `${jobs.array}_1`));
    }, 120);
    const thereBefore = (await recordsOf(folder, 1)).map(({ name }) => name);
    assert.ok(thereBefore.length < COUNT / 4, "it was killed in the middle");
    await slurm.command("scontrol", "requeue", `${jobs.array}_1`);
    await startSoon(`${jobs.array}_1`);
    await startSoon(`${jobs.array}_2`);
    // Until now the array had not ended.
    await Deno.writeTextFile(`${folder}/go`, "");

    const { code, text } = await untilGathered(folder, jobs);
    assert.match(text, /^200 payloads: 200 succeeded, 0 failed \(200 of them before\), in/m);
    assert.equal(code, 0);

    const results = await filesIn(`${folder}/out/results`);
    assert.equal(Object.keys(results).length, COUNT);
    for (let i = 0; i < COUNT; i++) assert.deepEqual(JSON.parse(results[`${i + 1}.json`]!).y.data.buffer, [i * i]);
    const records = await recordsIn(`${folder}/out/map.jsonl`);
    assert.deepEqual(records.map(({ name }) => name), Array.from({ length: COUNT }, (_, i) => `${i + 1}`));
    assert.deepEqual(new Set(records.map(({ status }) => status)), new Set(["succeeded"]));
    for (let task = 0; task < 4; task++) {
      const names = (await recordsOf(folder, task)).map(({ name }) => name);
      assert.equal(new Set(names).size, COUNT / 4);
      assert.ok(names.every((name) => (Number(name) - 1) % 4 === task), `task ${task} did ${names}`);
    }
    const calls = await linesIn(`${folder}/calls`);
    const begun = (name: string) => calls.filter((line) => line === `begun ${name}`).length;
    for (const name of thereBefore) assert.equal(begun(name), 1, `${name} was there and was computed again`);
    // Of each task that was ended one that was in the middle of its call, and perhaps one that its worker still began.
    assert.ok(calls.filter((line) => line.startsWith("begun ")).length <= COUNT + 4);

    const again = await submit(folder, "--slurm", "2");
    assert.match((await untilGathered(folder, again)).text, /\(200 of them before\)/);
    assert.deepEqual(await linesIn(`${folder}/calls`), calls);
  });
});

Deno.test("a task whose time is up finishes what runs; what is left is said, and done the next time", async () => {
  await withFolder({ ...FILES, "p.jsonl": lines(500) }, async (folder) => {
    // The warning comes a minute before the end, which is at once, when Slurm looks next: 30 s after the controller's
    // start, when the tasks listen to it.
    await slurm.restartController();
    const first = await submit(folder, "--slurm", "2", "--sbatch", "--time=1");
    const { code, text } = await untilGathered(folder, first);
    const [, succeeded, left] = /^200 payloads: (\d+) succeeded, 0 failed .*, (\d+) left, in/m.exec(text) ??
      assert.fail(text);
    assert.ok(Number(succeeded) < COUNT && Number(succeeded) + Number(left) === COUNT);
    assert.equal(code, 1);
    const task = await slurm.command("scontrol", "show", "job", `${first.array}_0`);
    assert.match(task, /ExitCode=143:0/);
    const countCalls = async () => {
      const calls = await linesIn(`${folder}/calls`);
      return calls.filter((line) => line.startsWith("begun ")).length;
    };
    // A call that begins while the signal is on its way may be left to the next time: one for each worker.
    const more = await countCalls() - Number(succeeded);
    assert.ok(more >= 0 && more <= 2, `what has begun is finished, but for ${more}`);

    const second = await submit(folder, "--slurm", "4");
    assert.equal((await untilGathered(folder, second)).code, 0);
    assert.equal(await countCalls(), COUNT + more, "each that was finished was called once");
  });
});
