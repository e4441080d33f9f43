/** `map` as a process that is stopped and started again. With `TESSERACT_NIGHTLY` set: 10,000 payloads, 20 stops. */
import assert from "node:assert/strict";
import { children, isRunning } from "../http/program.ts";
import { programCommand, signalIfRunning } from "../program.ts";
import { until } from "../until.ts";
import { FILES, filesIn, linesIn, payload, recordsIn } from "./map_fixture.ts";
import { withFolder } from "./run.ts";

function start(folder: string, args: readonly string[], stdin: "null" | "piped" = "null") {
  const options = { cwd: folder, stdin, stdout: "piped", stderr: "piped" } as const;
  const child = programCommand(["map", "apply", ...args], options).spawn();
  const texts = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const ended = async () => {
    const [{ code, signal }, [stdout, stderr]] = await Promise.all([child.status, texts]);
    return { code, signal, stdout, stderr };
  };
  return { child, ended };
}

const linesOf = (count: number, more: (i: number) => Readonly<Record<string, unknown>> = () => ({})) =>
  Array.from({ length: count }, (_, i) => `${payload(`${i + 1}`, { x: [i], ...more(i) })}\n`).join("");

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test(`${signal} ends it in order: what runs is finished, the rest is left to the next time`, async () => {
    // Most calls do not end before there is a file `go`: it is not done before it is told to stop.
    const lines = linesOf(200, (i) => i < 20 ? { ms: 60 } : { ms: 60, mode: "wait" });
    await withFolder({ ...FILES, "p.jsonl": lines }, async (folder) => {
      const { child, ended } = start(folder, ["p.jsonl", "-o", "out", "-w", "2"]);
      await until("some calls have ended", async () => (await linesIn(`${folder}/out/map.jsonl`)).length > 4);
      child.kill(signal);
      await Deno.writeTextFile(`${folder}/go`, "");
      const first = await ended();
      assert.equal(first.code, code, first.stderr);
      const [, done] = /^200 payloads: (\d+) succeeded, 0 failed, \d+ left, in/.exec(first.stdout) ??
        assert.fail(first.stdout);
      const calls = await linesIn(`${folder}/calls`);
      const begun = calls.filter((line) => line.startsWith("begun ")).map((line) => line.slice(6));
      // A call that begins while the signal is on its way may be left to the next time: one for each worker.
      const left = begun.length - Number(done);
      assert.ok(left >= 0 && left <= 2, `what has begun is finished: ${begun.length} began, ${done} finished`);
      assert.equal(Object.keys(await filesIn(`${folder}/out/results`)).length, Number(done));
      assert.ok(Number(done) < 150, `it went on: ${done}`);

      const second = await start(folder, ["p.jsonl", "-o", "out", "-w", "2"]).ended();
      assert.match(second.stdout, new RegExp(`^200 payloads: 200 succeeded, 0 failed \\(${done} of them before\\)`));
      assert.equal(second.code, 0);
      const again = (await linesIn(`${folder}/calls`)).filter((line) => line.startsWith("begun "));
      assert.deepEqual([again.length, new Set(again).size], [200 + left, 200], "each that is finished was called once");
    });
  });
}

Deno.test("what does not end within the grace period is left to the next time", async () => {
  const lines = `${payload("1")}\n${payload("2", { ms: 600_000 })}\n${payload("3", { ms: 600_000 })}\n`;
  await withFolder({ ...FILES, "p.jsonl": lines }, async (folder) => {
    const { child, ended } = start(folder, ["p.jsonl", "-o", "out", "-w", "2", "--grace-period", "0.5"]);
    await until("the long calls have begun", async () => (await linesIn(`${folder}/calls`)).includes("begun 3"));
    const begin = performance.now();
    child.kill("SIGTERM");
    const { code, stdout } = await ended();
    assert.ok(performance.now() - begin > 450, "it has waited for them");
    assert.equal(code, 143);
    assert.match(stdout, /^3 payloads: 1 succeeded, 0 failed, 2 left/);
    assert.deepEqual((await recordsIn(`${folder}/out/map.jsonl`)).map(({ name }) => name), ["1"]);
  });
});

Deno.test("a second signal ends it at once", async () => {
  await withFolder({ ...FILES, "p.jsonl": payload("1", { ms: 600_000 }) }, async (folder) => {
    const { child, ended } = start(folder, ["p.jsonl", "-o", "out", "-w", "1", "--grace-period", "600"]);
    await until("the call has begun", async () => (await linesIn(`${folder}/calls`)).includes("begun 1"));
    // Two signals that come at once are one; so there is one more until it has ended, long before its grace period.
    let hasEnded = false;
    void child.status.then(() => hasEnded = true);
    await until("it has ended", async () => {
      if (!hasEnded) signalIfRunning(child, "SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 200));
      return hasEnded;
    });
    assert.equal((await ended()).signal, "SIGTERM");
  });
});

Deno.test("it stops though standard input brings nothing and does not end", async () => {
  await withFolder(FILES, async (folder) => {
    const { child, ended } = start(folder, ["@-", "-o", "out", "-w", "1"], "piped");
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(linesOf(1)));
    await until("its one line is done", async () => (await linesIn(`${folder}/out/map.jsonl`)).length === 1);
    child.kill("SIGTERM");
    const { code } = await ended();
    assert.equal(code, 143);
    await writer.close().catch(() => {});
  });
});

const isNightly = Deno.env.has("TESSERACT_NIGHTLY");
const COUNT = isNightly ? 10_000 : 300;
const STOPS = isNightly ? 20 : 6;

Deno.test(`${COUNT} payloads stopped at random ${STOPS} times give the files of one undisturbed run`, async () => {
  await withFolder({ ...FILES, "p.jsonl": linesOf(COUNT, () => isNightly ? {} : { ms: 20 }) }, async (folder) => {
    const run = (out: string) => start(folder, ["p.jsonl", "-o", out, "-w", "2"]);
    assert.equal((await run("undisturbed").ended()).code, 0);
    const expected = await filesIn(`${folder}/undisturbed/results`);
    assert.equal(Object.keys(expected).length, COUNT);
    await Deno.remove(`${folder}/calls`);

    /** How often the calls were begun whose results are there. */
    const begunOfThoseThere = async () => {
      const begun = new Map<string, number>();
      for (const line of await linesIn(`${folder}/calls`)) {
        if (line.startsWith("begun ")) begun.set(line.slice(6), (begun.get(line.slice(6)) ?? 0) + 1);
      }
      const there = Object.keys(await filesIn(`${folder}/out/results`).catch(() => ({})));
      return there.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5))
        .map((name) => [name, begun.get(name)] as const);
    };
    /** About how many calls have ended. */
    const bytesOfCall = (await Deno.stat(`${folder}/undisturbed/map.jsonl`)).size / COUNT;
    const endedCalls = () => {
      return Deno.stat(`${folder}/out/map.jsonl`).then(({ size }) => Math.round(size / bytesOfCall), () => 0);
    };
    const seen = new Map<string, number | undefined>();
    let inTheMiddle = 0;
    for (let i = 0; i < STOPS; i++) {
      const before = await endedCalls();
      const { child, ended } = run("out");
      let hasEnded = false;
      void child.status.then(() => hasEnded = true);
      // Sometimes while it starts, mostly while it computes.
      const target = Math.floor(Math.random() * COUNT / STOPS * 1.5);
      await until("it has computed some", async () => {
        return hasEnded || await endedCalls() - before >= target;
      }, 120);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      const workers = await children(child.pid).catch(() => []);
      if (signalIfRunning(child, Math.random() < 0.5 ? "SIGKILL" : "SIGTERM")) inTheMiddle++;
      await ended();
      // The workers of a program that was killed end a moment later.
      await until("its workers have ended", async () => {
        return (await Promise.all(workers.map(isRunning))).every((runs) => !runs);
      });
      for (const [name, count] of await begunOfThoseThere()) {
        if (seen.has(name)) assert.equal(count, seen.get(name), `${name} was there and was computed again`);
        seen.set(name, count);
      }
    }
    assert.ok(inTheMiddle > STOPS / 3, `only ${inTheMiddle} stops came before it had ended`);
    const last = await run("out").ended();
    assert.equal(last.code, 0, last.stderr);
    for (const [name, count] of await begunOfThoseThere()) {
      if (seen.has(name)) assert.equal(count, seen.get(name), `${name} was there and was computed again`);
    }
    assert.deepEqual(await filesIn(`${folder}/out/results`), expected);
    const records = new Map((await recordsIn(`${folder}/out/map.jsonl`)).map((record) => [record.name, record.status]));
    assert.equal(records.size, COUNT);
    assert.deepEqual(new Set(records.values()), new Set(["succeeded"]));
  });
});
