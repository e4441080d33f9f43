import assert from "node:assert/strict";
import { RunContext } from "../../lib/runs/run_context.ts";

async function withOutput(test: (folder: string, context: RunContext) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder, new RunContext("7", { inputPath: "/in", outputBase: folder, keep: true }, "run_7"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a run that keeps nothing leaves no folder", () =>
  withOutput(async (folder, context) => {
    const { runId, inputPath, signal } = context;
    assert.deepEqual([runId, inputPath, signal.aborted], ["7", "/in", false]);
    await context.end();
    assert.deepEqual(list(folder), []);
    assert.ok(Deno.statSync(context.outputPath).isDirectory, "it is made for who asks where to put files");
    await context.end();
    assert.deepEqual(list(folder), [], "and goes if nobody puts any there");
  }));

Deno.test("an empty folder that was there before the run stays", () =>
  withOutput(async (folder, context) => {
    Deno.mkdirSync(`${folder}/run_7`);
    assert.equal(context.outputPath, `${folder}/run_7`);
    await context.end();
    assert.deepEqual(list(folder), ["run_7"]);
  }));

Deno.test("what is put into the folder stays", () =>
  withOutput(async (folder, context) => {
    Deno.writeTextFileSync(`${context.outputPath}/a.txt`, "a");
    await context.end();
    assert.deepEqual(list(`${folder}/run_7`), ["a.txt"]);
  }));

Deno.test("metrics are lines of a CSV file; steps are counted for each key", () =>
  withOutput((folder, { logMetric }) => {
    logMetric("loss", 0.5);
    logMetric("loss", 0.25);
    logMetric('a "b", c', -1e-7);
    logMetric("loss", NaN, 10);
    logMetric("loss", 1);
    const text = Deno.readTextFileSync(`${folder}/run_7/logs/metrics.csv`);
    const [head, ...lines] = text.trimEnd().split("\n");
    assert.equal(head, "timestamp,key,value,step");
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3},/);
    assert.deepEqual(lines.map((line) => line.slice(line.indexOf(",") + 1)), [
      "loss,0.5,0",
      "loss,0.25,1",
      '"a ""b"", c",-1e-7,0',
      "loss,NaN,10",
      "loss,1,3",
    ]);
  }));

Deno.test("parameters are one JSON object, whatever their values are", () =>
  withOutput((folder, { logParameter }) => {
    logParameter("rate", 1);
    logParameter("rate", 0.5);
    logParameter("nested", { list: [1n, 2n ** 64n], data: new Float32Array([1, 2]), none: null, nan: NaN });
    logParameter("__proto__", "x");
    logParameter("undefined", undefined);
    assert.equal(
      Deno.readTextFileSync(`${folder}/run_7/logs/parameters.json`).replaceAll(/\s+/g, ""),
      '{"rate":0.5,"nested":{"list":[1,"18446744073709551616"],"data":[1,2],"none":null,"nan":"NaN"},' +
        '"__proto__":"x","undefined":"undefined"}',
    );
  }));

Deno.test("calls of one run add to its records", () =>
  withOutput((folder, first) => {
    const second = new RunContext("7", { inputPath: "/in", outputBase: folder, keep: true }, "run_7");
    for (const [context, name] of [[first, "a"], [second, "b"], [first, "a"]] as const) {
      context.logMetric(name, 1);
      context.logParameter(name, 1);
    }
    const rows = Deno.readTextFileSync(`${folder}/run_7/logs/metrics.csv`).trimEnd().split("\n");
    assert.deepEqual(rows.map((row) => row.slice(row.indexOf(",") + 1)), ["key,value,step", "a,1,0", "b,1,0", "a,1,1"]);
    const parameters = JSON.parse(Deno.readTextFileSync(`${folder}/run_7/logs/parameters.json`));
    assert.deepEqual(parameters, { a: 1, b: 1 });
  }));

Deno.test("artifacts are copies", () =>
  withOutput((folder, { logArtifact, outputPath }) => {
    Deno.writeTextFileSync(`${outputPath}/a.txt`, "a");
    logArtifact(`${outputPath}/a.txt`);
    assert.equal(Deno.readTextFileSync(`${folder}/run_7/logs/artifacts/a.txt`), "a");
    assert.throws(() => logArtifact(`${outputPath}/b.txt`), Deno.errors.NotFound);
    assert.throws(() => logArtifact(outputPath), TypeError);
  }));

Deno.test("an artifact that is one already stays as it is, however its path is written", () =>
  withOutput((folder, { logArtifact, outputPath }) => {
    Deno.writeTextFileSync(`${outputPath}/a.txt`, "a");
    logArtifact(`${outputPath}/a.txt`);
    Deno.symlinkSync(folder, `${folder}/link`);
    for (const base of [folder, `${folder}/./`, `${folder}/link`]) logArtifact(`${base}/run_7/logs/artifacts/a.txt`);
    assert.equal(Deno.readTextFileSync(`${folder}/run_7/logs/artifacts/a.txt`), "a");
    assert.deepEqual(list(`${folder}/run_7/logs/artifacts`), ["a.txt"]);
  }));

Deno.test("a value that JSON cannot hold is refused with the name of its parameter", () => {
  const { logParameter } = new RunContext("7", { inputPath: "/", outputBase: "/none", keep: false }, "");
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  for (const value of [cyclic, deep]) {
    assert.throws(
      () => logParameter("graph", value),
      /^TypeError: logParameter: the value of "graph" cannot be recorded: it contains itself/,
    );
  }
});

Deno.test("what cannot be recorded is refused, with or without a folder", () => {
  const context = new RunContext("7", { inputPath: "/", outputBase: "/none", keep: false }, "");
  const { logArtifact, logMetric, logParameter } = context;
  logMetric("loss", 1);
  logParameter("rate", 1);
  assert.throws(() => logMetric("loss", "1" as unknown as number), /expected a number as a value, got "1"/);
  assert.throws(() => logMetric("", 1), TypeError);
  assert.throws(() => logParameter(1 as unknown as string, 1), TypeError);
  assert.throws(
    () => logArtifact(new URL("file:///a") as unknown as string),
    /logArtifact: expected a path, a string, got URL/,
  );
});
