/** Runs by the real program: logs, files and test cases, on the command line and over HTTP. */
import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { until } from "../until.ts";

const MODULE = `
import { defineTesseract, inputPath, outputPath, requireFile, z } from "@tesseract/runtime";

requireFile("table.txt");
console.log("printed at import");

let libc;
function printNatively(text, flush = true) {
  libc ??= Deno.dlopen("libc.so.6", {
    puts: { parameters: ["buffer"], result: "i32" },
    fflush: { parameters: ["pointer"], result: "i32" },
    abort: { parameters: [], result: "void" },
  }).symbols;
  libc.puts(new TextEncoder().encode(text + "\\0"));
  if (flush) libc.fflush(null);
}

export default defineTesseract({
  InputSchema: z.object({ how: z.string().default("quiet"), file: inputPath().optional() }),
  OutputSchema: z.object({ copy: outputPath().optional() }),
  async apply({ how, file }, { runId, outputPath, logMetric }) {
    const encode = (text) => new TextEncoder().encode(text);
    if (how === "print") {
      console.log("log", runId);
      console.error("error");
      await Deno.stdout.write(encode("written\\n"));
      const writer = Deno.stderr.writable.getWriter();
      await writer.write(encode("streamed\\n"));
      writer.releaseLock();
      process.stdout.write("by Node\\n");
    }
    if (how === "native") {
      printNatively("native " + runId);
      console.log("JavaScript");
      printNatively("native again");
    }
    if (how.startsWith("much")) {
      if (how.endsWith("native")) Deno.dlopen("libc.so.6", {});
      for (const digit of "012") console.log(digit.repeat(150_000));
      console.log("last");
    }
    if (how === "buffered") printNatively("buffered " + runId, false);
    if (how === "program") await new Deno.Command("/bin/echo", { args: ["program"], stdout: "inherit" }).output();
    if (how === "abort") {
      printNatively("last words");
      libc.abort();
    }
    if (how === "exit") {
      console.log("leaving");
      Deno.exit(0);
    }
    if (how === "metric") logMetric("loss", 1);
    if (how === "throw") {
      console.log("about to throw");
      throw new RangeError("no convergence");
    }
    if (how === "late") setTimeout(() => { throw new RangeError("late"); }, 1);
    if (how === "rejected") Promise.reject(new RangeError("late"));
    if (how === "late" || how === "rejected") await new Promise((resolve) => setTimeout(resolve, 10_000));
    if (how === "slow") {
      console.log("the first step");
      const mayGoOn = () => Deno.lstat(outputPath + "/go").then(() => true, () => false);
      while (!await mayGoOn()) await new Promise((resolve) => setTimeout(resolve, 10));
      console.log("the last step");
    }
    if (file === undefined) return {};
    Deno.copyFileSync(file, outputPath + "/copy.txt");
    return { copy: "copy.txt" };
  },
});
`;
const FILES = { "tesseract_api.ts": MODULE, "table.txt": "1 2 3", "in/a.txt": "text", "in/table.txt": "1 2 3" };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  wrapper?: readonly string[],
): Deno.Command {
  const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return programCommand(args, { cwd, env: { ...env, NO_COLOR: "1" }, ...streams }, wrapper);
}

async function run(
  args: readonly string[],
  cwd: string,
  env?: Record<string, string>,
  wrapper?: readonly string[],
): Promise<Ended> {
  const { code, stdout, stderr } = await command(args, cwd, env, wrapper).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** All files under a folder, sorted. */
function list(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [`${below}${name}/`, ...list(folder, `${below}${name}/`)] : [`${below}${name}`]
  ).sort();
}

const payload = (how: string, more = {}) => JSON.stringify({ inputs: { how, ...more } });

async function withServer(
  cwd: string,
  args: readonly string[],
  test: (call: (path: string, body: unknown) => Promise<Response>, stderr: () => string) => Promise<void>,
  env?: Record<string, string>,
): Promise<void> {
  const child = command([...args, "serve", "--port", "0"], cwd, env).spawn();
  let stderr = "";
  const reading = (async () => {
    const text = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
    for await (const chunk of text) stderr += chunk;
  })();
  try {
    let url: string | undefined;
    await until("the server listens", () => url = /Listening on (\S+)/.exec(stderr)?.[1]);
    const call = (path: string, body: unknown) =>
      fetch(`${url}/${path}`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
    await test(call, () => stderr);
  } finally {
    child.kill("SIGTERM");
    await Promise.all([child.status, reading, child.stdout.cancel()]);
  }
}

Deno.test("on the command line everything printed is in the log and on stderr, if an output path is given", () =>
  withFolder(FILES, async (cwd) => {
    const { code, stdout, stderr } = await run(["-o", "out", "apply", payload("print")], cwd);
    assert.deepEqual([code, stdout], [0, "{}"]);
    const log = Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`);
    assert.match(log, /^log [0-9a-f-]{36}\nerror\nwritten\nstreamed\nby Node\n$/);
    assert.equal(stderr, `printed at import\n${log}`);
    await run(["apply", payload("print")], cwd);
    assert.deepEqual(list(cwd).filter((name) => !(name in FILES)), [
      "in/",
      "out/",
      "out/logs/",
      "out/logs/tesseract.log",
    ]);
  }));

Deno.test("native code and other programs print into the log, too", () =>
  withFolder(FILES, async (cwd) => {
    const { stderr } = await run(["-o", "out", "apply", payload("native")], cwd);
    const log = Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`);
    assert.match(log, /^native [0-9a-f-]{36}\nJavaScript\nnative again\n$/);
    assert.equal(stderr, `printed at import\n${log}`);
    await run(["-o", "out", "apply", payload("program")], cwd);
    assert.equal(Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`), "program\n");
  }));

Deno.test("what native code prints is in the log of its own run, even if it is kept back", () =>
  withFolder(FILES, async (cwd) => {
    const { stderr } = await run(["-o", "out", "apply", payload("buffered")], cwd);
    const log = Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`);
    assert.match(log, /^buffered [0-9a-f-]{36}\n$/);
    assert.equal(stderr, `printed at import\n${log}`);
    await withServer(cwd, ["-i", "in", "-o", "out"], async (call) => {
      for (const id of ["a", "b"]) {
        await (await call(`apply?run_id=${id}`, payload("buffered"))).body?.cancel();
        assert.equal(Deno.readTextFileSync(`${cwd}/out/run_${id}/logs/tesseract.log`), `buffered ${id}\n`);
      }
    });
  }));

Deno.test("on the command line, too, a log that cannot be written fails no call", () =>
  withFolder(FILES, async (cwd) => {
    // no file may have more than 200 KiB, which is as if the disk were full
    const limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 400; exec \"$@\"", "sh"];
    for (const how of ["much", "much and native"]) {
      const { code, stdout, stderr } = await run(["-o", "out", "apply", payload(how)], cwd, {}, limited);
      assert.deepEqual([code, stdout], [0, "{}"]);
      const lines = ["0", "1", "2"].map((digit) => digit.repeat(150_000));
      const printed = stderr.split("\n").filter((line) => !line.startsWith("Warning: "));
      assert.deepEqual(printed, ["printed at import", ...lines, "last", ""]);
      assert.match(stderr, /^Warning: the run log cannot be written: .*os error 27/m);
      assert.equal(Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`).split("\n")[0], lines[0]);
    }
  }));

Deno.test("a log that cannot be made is a warning, and nothing of another run is shown for it", () =>
  withFolder({ ...FILES, "out/logs/tesseract.log/a": "of another run" }, async (cwd) => {
    for (const how of ["print", "native"]) {
      const { code, stdout, stderr } = await run(["-o", "out", "apply", payload(how)], cwd);
      assert.deepEqual([code, stdout], [0, "{}"]);
      assert.match(stderr, /^Warning: the run log cannot be written: .* is not a file$/m);
      assert.match(
        stderr,
        how === "print" ? /\nerror\nwritten\nstreamed\nby Node\n$/ : /\nJavaScript\nnative again\n$/,
      );
    }
  }));

Deno.test("a run that prints nothing leaves nothing, not even of the run before", () =>
  withFolder(FILES, async (cwd) => {
    await run(["-o", "out", "apply", payload("print")], cwd);
    await run(["-o", "out", "apply", payload("quiet")], cwd);
    assert.deepEqual(list(`${cwd}/out`), []);
  }));

Deno.test("what is printed before the process ends early is in the log", () =>
  withFolder(FILES, async (cwd) => {
    const { code, stderr } = await run(["-o", "out", "apply", payload("exit")], cwd);
    assert.equal(code, 1);
    assert.match(stderr, /^printed at import\nleaving\nError: the user module ended the process/);
    assert.match(Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`), /^leaving\n/);
    assert.match(
      (await run(["-o", "out", "apply", payload("throw")], cwd)).stderr,
      /about to throw\nError: RangeError/,
    );
    assert.equal(Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`), "about to throw\n");
    await run(["-o", "out", "apply", payload("abort")], cwd);
    assert.equal(Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`), "last words\n");
  }));

Deno.test("profile and trace stand at the end of the log", () =>
  withFolder(FILES, async (cwd) => {
    await run(["--profiling", "--tracing", "-o", "out", "apply", payload("print", { file: "in/a.txt" })], cwd);
    const log = Deno.readTextFileSync(`${cwd}/out/logs/tesseract.log`);
    assert.match(log, /by Node\n--- Profile of apply ---\ndecode +[\d.]+ ms\nvalidate inputs .*\ncall .*\n/);
    assert.match(log, /\n--- Trace of apply ---\ninputs: \{ how: "print", file: ".*\/in\/a\.txt" \}\n$/);
  }));

Deno.test("a required file that is missing stops check, serve and calls, but not help and schemas", () =>
  withFolder({ "tesseract_api.ts": MODULE, "in/table.txt": "1" }, async (cwd) => {
    for (const args of [["check"], ["apply", payload("quiet")], ["serve", "--port", "0"]]) {
      const { code, stderr } = await run(args, cwd);
      assert.equal(code, 1, args[0]);
      assert.match(stderr, /Error: the required file table\.txt: There is no file/);
      if (args[0] !== "serve") assert.equal((await run(["-i", "in", ...args], cwd)).code, 0, args[0]);
    }
    for (const args of [["openapi-schema"], ["input-schema"], ["apply", "--help"], ["--help"], ["--version"]]) {
      assert.equal((await run(args, cwd)).code, 0, args[0]);
    }
  }));

Deno.test("over HTTP each run has its folder, whose log is complete when the answer comes", () =>
  withFolder(FILES, async (cwd) => {
    await withServer(cwd, ["-i", "in", "-o", "out"], async (call, stderr) => {
      const apply = async (id: string, how: string, more = {}) =>
        (await call(`apply?run_id=${id}`, payload(how, more))).json();
      const log = (id: string) => Deno.readTextFileSync(`${cwd}/out/run_${id}/logs/tesseract.log`);

      await apply("quiet", "quiet");
      assert.deepEqual(list(`${cwd}/out`), []);
      await apply("a", "print");
      assert.equal(log("a"), "log a\nerror\nwritten\nstreamed\nby Node\n");
      await apply("b", "native");
      assert.equal(log("b"), "native b\nJavaScript\nnative again\n");
      await apply("c", "program");
      assert.equal(log("c"), "program\n");
      assert.deepEqual(await apply("d", "throw"), { detail: "Internal Server Error" });
      assert.equal(log("d"), "about to throw\n");
      await apply("e", "abort");
      assert.equal(log("e"), "last words\n");
      await until("stderr has the prints of a", () => /^\[a\] log a\n\[a\] error\n/m.test(stderr()));
      await until("stderr has the last words of e", () => /^\[e\] last words\n/m.test(stderr()));

      assert.deepEqual(await apply("f", "quiet", { file: "a.txt" }), { copy: "run_f/copy.txt" });
      assert.equal(Deno.readTextFileSync(`${cwd}/out/run_f/copy.txt`), "text");
      const { detail: [fault] } = await apply("g", "quiet", { file: "../tesseract_api.ts" });
      assert.deepEqual([fault.type, fault.loc], ["value_error", ["body", "inputs", "file"]]);
      assert.ok(!JSON.stringify(fault).includes(cwd));

      const slow = apply("slow", "slow");
      const textNow = () => Deno.readTextFile(`${cwd}/out/run_slow/logs/tesseract.log`).catch(() => "");
      await until(
        "the first step is in the log while the call runs",
        async () => await textNow() === "the first step\n",
      );
      Deno.writeTextFileSync(`${cwd}/out/run_slow/go`, "");
      await slow;
      assert.equal(log("slow"), "the first step\nthe last step\n");
    });
  }));

Deno.test("an error that nobody catches is in the log of its run, with the frames of the user's own files", () =>
  withFolder(FILES, async (cwd) => {
    await withServer(cwd, ["-i", "in", "-o", "out"], async (call, stderr) => {
      for (const how of ["late", "rejected"]) {
        const response = await call(`apply?run_id=${how}`, payload(how));
        assert.equal(response.status, 500);
        await response.body?.cancel();
        const log = Deno.readTextFileSync(`${cwd}/out/run_${how}/logs/tesseract.log`);
        assert.match(log, /^Error: RangeError: late\n( {4}at .*tesseract_api\.ts:\d+:\d+\)?\n)+$/);
        const line = new RegExp(`^\\[${how}\\] Error: RangeError: late$`, "m");
        await until("stderr has the error, with its run", () => line.test(stderr()));
      }
    });
  }));

Deno.test("prints of calls that run side by side, many at a time, never mix", () =>
  withFolder(FILES, async (cwd) => {
    await withServer(cwd, ["-i", "in", "-o", "out"], async (call) => {
      for (const how of ["print", "native"]) {
        await Promise.all(Array.from({ length: 100 }, async (_, i) => {
          const id = `${how}-${i}`;
          await (await call(`apply?run_id=${id}`, payload(i % 3 === 0 ? "quiet" : how))).body?.cancel();
          const text = await Deno.readTextFile(`${cwd}/out/run_${id}/logs/tesseract.log`).catch(() => "");
          const expected = i % 3 === 0
            ? ""
            : how === "print"
            ? `log ${id}\nerror\nwritten\nstreamed\nby Node\n`
            : `native ${id}\nJavaScript\nnative again\n`;
          assert.equal(text, expected);
        }));
      }
    });
  }));

Deno.test("a run whose output path is in S3 has its records there, when the answer comes", () =>
  withFolder(FILES, async (cwd) => {
    await using store = new FakeS3();
    const env = { ...store.variables, TMPDIR: `${cwd}/in` };
    const text = (key: string) => new TextDecoder().decode(store.objects.get(key));
    const local = list(cwd);
    assert.equal((await run(["-o", "s3://b/out", "apply", payload("print")], cwd, env)).code, 0);
    assert.match(text("/b/out/logs/tesseract.log"), /^log [0-9a-f-]{36}\nerror\n/);
    await withServer(cwd, ["-o", "s3://b/out"], async (call) => {
      await (await call("apply?run_id=a", payload("print"))).body?.cancel();
      assert.match(text("/b/out/run_a/logs/tesseract.log"), /^log a\nerror\n/);
      await (await call("apply?run_id=b", payload("metric"))).body?.cancel();
      assert.match(text("/b/out/run_b/logs/metrics.csv"), /,loss,1,0\n$/);
    }, env);
    assert.deepEqual(list(cwd), local);
    store.interfere = () => new Response("", { status: 403 });
    const { code, stderr } = await run(["-o", "s3://b/out", "apply", payload("metric")], cwd, env);
    assert.equal(code, 0);
    assert.match(stderr, /^Warning: the records of the run cannot be written: s3:/m);
  }));

Deno.test("files work with local paths only: a call that could only fail is refused before apply is called", () =>
  withFolder(
    { "tesseract_api.ts": MODULE.replace("outputPath().optional()", "outputPath()"), "table.txt": "1" },
    async (cwd) => {
      const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
      const apply = await run(["-o", "s3://b/out", "apply", payload("print")], cwd, env);
      assert.equal(apply.code, 2);
      assert.match(apply.stderr, /^Error: output path: s3:\/\/b\/out: Output files work with local paths only/m);
      assert.ok(!apply.stderr.includes("error\n"), "apply was called");
      const serve = await run(["-o", "s3://b/out", "serve", "--port", "0"], cwd, env);
      assert.notEqual(serve.code, 0);
      assert.match(serve.stderr, /^Error: Output files work with local paths only/m);
    },
  ));

Deno.test("a test case that cannot be read is an error among several, wherever it stands", () => {
  const good = JSON.stringify({ endpoint: "apply", payload: { inputs: {} }, expected_outputs: {} });
  return withFolder({ ...FILES, "good.json": good, "bad.json": "{" }, async (cwd) => {
    for (const args of [["@none.json", "@good.json"], ["@good.json", "@none.json"]]) {
      const { code, stdout } = await run(["test", ...args], cwd);
      assert.equal(code, 1);
      assert.deepEqual(stdout.split("\n").filter((line) => /^\w/.test(line)).sort(), [
        "1 passed, 0 failed, 1 error",
        "error  none.json",
        "passed  good.json",
      ]);
    }
    const { stdout } = await run(["test", "good.json", "@good.json"], cwd);
    assert.match(stdout, /^error {2}good\.json\n.*\n.*not valid JSON.*; to read a file, write @good\.json\n/);
  });
});

Deno.test("test cases: one, several, a folder; over HTTP in debug mode only", () => {
  const good = { endpoint: "apply", payload: { inputs: { file: "a.txt" } }, expected_outputs: { copy: "copy.txt" } };
  const bad = { ...good, expected_outputs: { copy: "other.txt" } };
  const cases = { "cases/a.json": JSON.stringify(good), "cases/b.json": JSON.stringify(bad), "cases/c.txt": "" };
  return withFolder({ ...FILES, ...cases }, async (cwd) => {
    const one = await run(["-i", "in", "test", "@cases/a.json"], cwd);
    assert.deepEqual([one.code, JSON.parse(one.stdout).status], [0, "passed"]);
    const failed = await run(["-i", "in", "test", "@cases/b.json"], cwd);
    assert.equal(failed.code, 1);
    assert.match(JSON.parse(failed.stdout).message, /copy\n {2}Expected: other\.txt\n {2}Obtained: copy\.txt/);
    const folder = await run(["-i", "in", "test", "cases"], cwd);
    assert.equal(folder.code, 1);
    assert.match(
      folder.stdout,
      /^passed {2}cases\/a\.json\nfailed {2}cases\/b\.json\n(?: .*\n|\n)*1 passed, 1 failed\n$/,
    );
    const all = await run(["-i", "in", "test", "@cases/a.json", "@cases/a.json"], cwd);
    assert.deepEqual([all.code, all.stdout.split("\n").at(-2)], [0, "2 passed, 0 failed"]);
    assert.equal((await run(["test", '{"endpoint": "apply"}'], cwd)).code, 2);
    assert.ok(!list(cwd).includes("copy.txt"));

    await withServer(cwd, ["-i", "in", "-o", "out"], async (call) => {
      const response = await call("test", good);
      assert.equal(response.status, 404);
      await response.body?.cancel();
    });
    await withServer(cwd, ["-i", "in", "-o", "out"], async (call) => {
      assert.deepEqual(await (await call("test", good)).json(), { status: "passed", message: "", endpoint: "apply" });
      assert.equal((await (await call("test", bad)).json()).status, "failed");
      const response = await call("test", { endpoint: "apply" });
      assert.equal(response.status, 422);
      await response.body?.cancel();
    }, { TESSERACT_DEBUG: "1" });
  });
});
