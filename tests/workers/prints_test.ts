import "./open_libc.ts";
import assert from "node:assert/strict";
import { Pool, type PoolAnswer } from "../../lib/workers/pool/pool.ts";
import { RunPrints } from "../../lib/workers/pool/run_prints.ts";
import { until } from "../until.ts";
import { withFolder } from "../cli/run.ts";

const PRINTER = new URL("fixture_printer.ts", import.meta.url).pathname;
const encoder = new TextEncoder();

interface Setup {
  readonly folder: string;
  readonly pool: Pool;
  /** All that was logged. */
  logged(): string;
  /** Prints in a run, and resolves with its log when the answer is there. */
  print(runId: string, ...steps: string[]): Promise<string | undefined>;
  logOf(runId: string): string | undefined;
}

/** A pool whose workers print what they are told to. */
function withPrinter(test: (setup: Setup) => Promise<void>, { workers = 1, log }: Partial<Options> = {}) {
  return withFolder({}, async (folder) => {
    let logged = "";
    const pool = new Pool({
      command: [Deno.execPath(), "run", "-A", "--quiet", PRINTER],
      workers,
      log: log ?? ((text) => Promise.resolve(void (logged += text))),
      outputPath: folder,
    });
    const logOf = (runId: string) => {
      try {
        return Deno.readTextFileSync(`${folder}/run_${runId}/logs/tesseract.log`);
      } catch {
        return undefined;
      }
    };
    const print = async (runId: string, ...steps: string[]) => {
      await textOf(await pool.call({ head: JSON.stringify(steps), body: new Uint8Array(), runId }));
      return logOf(runId);
    };
    try {
      await pool.started;
      await test({ folder, pool, logged: () => logged, print, logOf });
    } finally {
      await pool.stop();
    }
  });
}
interface Options {
  readonly workers: number;
  log(text: string): Promise<void>;
}

const textOf = async ({ body }: PoolAnswer) => await new Response(body).text();

Deno.test("each call's prints go to its own log, and with its run id to the server's", () =>
  withPrinter(async ({ print, logged }) => {
    assert.equal(await print("a", "log one", "error two", "native three", "child four"), "one\ntwo\nthree\nfour\n");
    assert.equal(await print("b", "write five"), "five");
    await until("the prints are logged", () => logged().includes("[b] five"));
    assert.equal(logged(), "[a] one\n[a] two\n[a] three\n[a] four\n[b] five\n");
  }));

Deno.test("the log is complete when the answer is there, many calls at a time", () =>
  withPrinter(async ({ print }) => {
    // (So many that their logs are written within seconds on a busy machine, too: no answer waits longer for its log.)
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      const steps = i % 3 === 0 ? [] : [`log first ${i}`, `${i % 3 === 1 ? "native" : "log"} second ${i}`];
      assert.equal(await print(`r${i}`, ...steps), i % 3 === 0 ? undefined : `first ${i}\nsecond ${i}\n`);
    }));
  }, { workers: 2 }));

for (const by of ["log", "native", "child"]) {
  Deno.test(`the log of a call grows while it computes (${by})`, () =>
    withPrinter(async ({ folder, print, logOf }) => {
      const call = print("slow", `${by} one`, `spin-for ${folder}/go`, `${by} two`, `spin-for ${folder}/end`);
      await until("the first line is there", () => logOf("slow") === "one\n");
      await Deno.writeTextFile(`${folder}/go`, "");
      await until("the second line is there", () => logOf("slow") === "one\ntwo\n");
      await Deno.writeTextFile(`${folder}/end`, "");
      await call;
    }));
}

Deno.test("a second run of the same name replaces the log of the first", () =>
  withPrinter(async ({ print }) => {
    assert.equal(await print("a", "log a long first line"), "a long first line\n");
    assert.equal(await print("a", "log second"), "second\n");
  }));

Deno.test("what is printed for documents has no run", () =>
  withPrinter(async ({ folder, print, logged }) => {
    await print("", "log loading", "native loading");
    await until("it is logged", () => logged().includes("loading\nloading\n"));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("what a call prints after its answer is in its own log, between calls and while another is computed", () =>
  withPrinter(async ({ folder, print, logged, logOf }) => {
    await print("a", "log one", "later 30 two", `when ${folder}/go three`);
    await until("it is logged", () => logged().includes("two"));
    const other = print("b", "log four", `wait-for ${folder}/end`, "log five");
    await until("the other call has begun", () => logOf("b") === "four\n");
    await Deno.writeTextFile(`${folder}/go`, "");
    await until("it is in the log", () => logOf("a") === "one\ntwo\nthree\n");
    await Deno.writeTextFile(`${folder}/end`, "");
    assert.equal(await other, "four\nfive\n");
    await until("it is logged", () => logged().includes("five"));
    assert.equal(logged(), "[a] one\n[a] two\n[b] four\n[a] three\n[b] five\n");
  }));

Deno.test("what a call prints just before or after its answer is in its own log, and not in that of the next call", () =>
  withPrinter(async ({ print, logOf }) => {
    // So many that the worker takes calls to be short, and pauses between few of them only.
    await Promise.all(Array.from({ length: 200 }, (_, i) => print(`warm${i}`)));
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      if (i % 2 === 0) await print(`r${i}`, `after ${i / 2} first ${i}`);
      else assert.equal(await print(`r${i}`, `log second ${i}`), `second ${i}\n`);
    }));
    for (let i = 0; i < 60; i += 2) await until(`run ${i} has its log`, () => logOf(`r${i}`) === `first ${i}\n`);
  }));

Deno.test("the last words of a worker are in the log of its run", () =>
  withPrinter(async ({ print, logged, logOf }) => {
    await assert.rejects(print("a", "native last", "log words", "abort"), /was ended by SIGABRT/);
    await until("they are logged", () => logged().includes("words"));
    assert.match(logOf("a")!, /^last\nwords\n/);
    assert.match(logged(), /^\[a\] last\n\[a\] words\n/);
    assert.equal(await print("b", "log again"), "again\n");
  }));

Deno.test("no answer waits for the prints of a library that closes stderr, or points it elsewhere", () =>
  withPrinter(async ({ print, logged }) => {
    for (const how of ["close", "elsewhere", "Deno.stderr.close"]) {
      await print("a", `log before ${how}`, how, "log lost");
      await print("b", "log lost");
      await assert.rejects(print("c", "exit"));
    }
    await until("it is logged", () => logged().includes("before Deno.stderr.close"));
  }));

Deno.test("a child program may open /dev/stderr as a file", () =>
  withPrinter(async ({ print }) => {
    await print("a", "log a line");
    assert.equal(await print("b", "shell echo one > /dev/stderr"), "one\n");
    assert.equal(await print("c", "log two"), "two\n");
  }));

Deno.test("a flood of prints is all there", () =>
  withPrinter(async ({ folder, pool }) => {
    await textOf(await pool.call({ head: JSON.stringify(["flood 200"]), body: new Uint8Array(), runId: "a" }));
    // On a slow machine the answer does not wait for all of it.
    const size = () => Deno.stat(`${folder}/run_a/logs/tesseract.log`).then(({ size }) => size, () => 0);
    await until("all of it is in the log", async () => await size() >= 200 << 20, 120);
    assert.equal(await size(), 200 << 20);
  }));

Deno.test("where nobody reads the server's log, calls are answered all the same", () =>
  withPrinter(async ({ print }) => {
    assert.equal((await print("a", "flood 3"))!.length, 3 << 20);
    assert.equal(await print("b", "log one"), "one\n");
  }, { log: () => new Promise(() => {}) }));

Deno.test("a log that cannot be written is told once, and fails nothing", () =>
  withPrinter(async ({ folder, print, logged }) => {
    await Deno.writeTextFile(`${folder}/run_a`, "a file where the folder should be");
    await print("a", "log one", "spin 50", "log two");
    await until("it is logged", () => logged().includes("two") && logged().includes("Warning"));
    assert.equal(logged().match(/Warning: the run log cannot be written/g)!.length, 1);
    assert.deepEqual(logged().match(/^\[a\].*$/gm), ["[a] one", "[a] two"]);
  }));

Deno.test("a symbolic link in the folder of a run is not followed", () =>
  withPrinter(async ({ folder, print, logged }) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.mkdir(`${folder}/run_a`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/run_a/logs`);
    await print("a", "log one");
    const warning = /Warning: the run log cannot be written: logs in the folder of the run is a symbolic link/;
    await until("it is logged", () => logged().includes("[a] one") && warning.test(logged()));
    assert.deepEqual([...Deno.readDirSync(`${folder}/elsewhere`)], []);
  }));

Deno.test("lines are whole, and never longer than memory allows", async () => {
  const logged: string[] = [];
  const prints = new RunPrints({ runId: "x" }, { outputPath: undefined, log: (text) => logged.push(text) });
  for (const byte of encoder.encode("ä\nb")) await prints.write(new Uint8Array([byte]));
  assert.deepEqual(logged, ["[x] ä\n"]);
  await prints.end();
  assert.deepEqual(logged, ["[x] ä\n", "[x] b\n"]);
  await prints.write(new Uint8Array(100_000).fill(97));
  assert.equal(logged[2]!.length, 100_000 + "[x] \n".length);
});
