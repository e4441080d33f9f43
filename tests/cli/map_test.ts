/** `map`, in this process. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { propose } from "../../lib/cli/completion/propose.ts";
import { isBlank, linesOf } from "../../lib/cli/map/lines.ts";
import { Share, slurmShare } from "../../lib/cli/map/share.ts";
import { Bar, durationOf } from "../../lib/cli/map/bar.ts";
import { bytes, runCli, withFolder, type World } from "./run.ts";
import { callsIn, FILES, filesIn, payload, pieces, recordsIn } from "./map_fixture.ts";
import "../workers/open_libc.ts";

const map = (cwd: string, args: readonly string[], world: World = {}) =>
  runCli(["map", "apply", ...args, "-o", "out", "-w", "2"], { cwd, ...world });

const RESULT = (y: number) =>
  `{"y":{"object_type":"array","shape":[1],"dtype":"float64","data":{"buffer":[${y}],"encoding":"json"}}}`;

Deno.test("payloads are files with or without @, and the lines of a .jsonl file; results have their names", async () => {
  const files = {
    ...FILES,
    "a.json": payload("a"),
    "in/b.c.json": payload("b", { x: [3] }),
    "c": payload("c", { x: [4] }),
    "many.jsonl": `${payload("1", { x: [5] })}\n\n  \r\n${payload("4", { x: [6] })}`,
  };
  await withFolder(files, async (folder) => {
    const { code, stdout, stderr } = await map(folder, ["a.json", "@in/b.c.json", `${folder}/c`, "@many.jsonl"]);
    assert.equal(stderr, "");
    assert.match(stdout, /^5 payloads: 5 succeeded, 0 failed, in \d.*s\n$/);
    assert.equal(code, 0);
    assert.deepEqual(await filesIn(`${folder}/out/results`), {
      "a.json": RESULT(4),
      "b.c.json": RESULT(9),
      "c.json": RESULT(16),
      "1.json": RESULT(25),
      "4.json": RESULT(36),
    });
    const records = await recordsIn(`${folder}/out/map.jsonl`);
    assert.deepEqual(records.map(({ name, status, error }) => [name, status, error]).sort(), [
      ["1", "succeeded", null],
      ["4", "succeeded", null],
      ["a", "succeeded", null],
      ["b.c", "succeeded", null],
      ["c", "succeeded", null],
    ]);
    for (const { seconds } of records) assert.ok(seconds > 0 && seconds < 60, `${seconds} s`);
  });
});

Deno.test("@- takes a payload from each line of standard input", async () => {
  await withFolder(FILES, async (folder) => {
    const stdin = pieces([1, 2, 3].map((x) => payload(`${x}`, { x: [x] })).join("\n"));
    const { code, stdout } = await map(folder, ["@-"], { stdin });
    assert.match(stdout, /^3 payloads: 3 succeeded/);
    assert.equal(code, 0);
    assert.deepEqual(await filesIn(`${folder}/out/results`), {
      "1.json": RESULT(1),
      "2.json": RESULT(4),
      "3.json": RESULT(9),
    });
  });
});

Deno.test("an input without payloads is told, and is no failure", async () => {
  await withFolder({ ...FILES, "none.jsonl": "\n \n" }, async (folder) => {
    for (const [args, stdin] of [[["@-"], ""], [["@-"], "\n\n"], [["none.jsonl"], ""]] as const) {
      const { code, stdout } = await map(folder, [...args], { stdin: pieces(stdin) });
      assert.deepEqual([stdout, code], ["0 payloads: the input is empty\n", 0]);
    }
  });
});

for (const format of ["json", "json+base64", "msgpack"]) {
  Deno.test(`a result in ${format} is what apply writes`, async () => {
    await withFolder({ ...FILES, "a.json": payload("a", { x: [1.5, 2, 3] }) }, async (folder) => {
      const options = ["-f", format, "--compression", format === "json+base64" ? "lz4" : "none"];
      assert.equal((await map(folder, ["a.json", ...options])).code, 0);
      await runCli(["apply", "@a.json", ...options, "-o", "one"], { cwd: folder });
      const extension = format === "msgpack" ? "msgpack" : "json";
      assert.deepEqual(
        await Deno.readFile(`${folder}/out/results/a.${extension}`),
        await Deno.readFile(`${folder}/one/results.${extension}`),
      );
    });
  });
}

Deno.test("the references of json+binref start from the folder of the results, as those of a payload do", async () => {
  await withFolder({ ...FILES, "a.json": payload("a", { x: [1.5, 2] }) }, async (folder) => {
    assert.equal((await map(folder, ["a.json", "-f", "json+binref"])).code, 0);
    const { y } = JSON.parse(await Deno.readTextFile(`${folder}/out/results/a.json`));
    await Deno.writeTextFile(`${folder}/out/results/again.json`, payload("again", { x: y }));
    const { code } = await map(folder, ["out/results/again.json"]);
    assert.equal(code, 0);
    const again = JSON.parse(await Deno.readTextFile(`${folder}/out/results/again.json`));
    assert.deepEqual(again.y.data.buffer, [1.5 ** 4, 16]);
  });
});

Deno.test("references in a payload start from the folder of its own file", async () => {
  const reference = (name: string) => ({
    shape: [1],
    dtype: "float64",
    data: { buffer: `${name}:0`, encoding: "binref" },
  });
  const bin = (value: number) => new Uint8Array(new Float64Array([value]).buffer);
  const files = {
    ...FILES,
    "one/a.json": payload("a", { x: reference("x.bin") }),
    "one/x.bin": bin(5),
    "two/b.json": payload("b", { x: reference("x.bin") }),
    "two/x.bin": bin(6),
  };
  await withFolder(files, async (folder) => {
    assert.equal((await map(folder, ["one/a.json", "two/b.json"])).code, 0);
    assert.deepEqual(await filesIn(`${folder}/out/results`), { "a.json": RESULT(25), "b.json": RESULT(36) });
    const { code } = await map(folder, ["one/a.json", "-i", "two", "-o", "other"]);
    assert.equal(code, 2, "an option that is given twice");
  });
});

Deno.test("files that a module requires are looked for where the payloads are", async () => {
  const module = `
    import { requireFile, z } from "@tesseract/runtime";
    requireFile("weights.txt");
    export const InputSchema = z.object({});
    export const OutputSchema = z.object({});
    export const apply = () => ({});
  `;
  await withFolder(
    { "tesseract_api.ts": module, "in/a.json": '{"inputs": {}}', "in/weights.txt": "" },
    async (folder) => {
      const { code, stderr } = await map(folder, ["in/a.json"]);
      assert.equal(code, 0, stderr);
      await Deno.remove(`${folder}/out`, { recursive: true });
      const elsewhere = await map(folder, ["in/a.json", "-i", folder]);
      assert.match(elsewhere.stderr, /weights\.txt/);
      assert.equal(elsewhere.code, 1);
    },
  );
});

Deno.test("a shell completes endpoints, then files", () => {
  assert.deepEqual(propose(["map", "vector"], COMMANDS).words.map(([word]) => word), ["vector-jacobian-product"]);
  assert.equal(propose(["map", "apply", ""], COMMANDS).then, "files");
  assert.equal(propose(["map", "apply", "a.json", ""], COMMANDS).then, "files");
});

Deno.test("a payload of any size is taken: in a file and in a line", async () => {
  const x = Array.from({ length: 50_000 }, (_, i) => i / 7);
  const files = { ...FILES, "a.json": payload("a", { x }), "b.jsonl": `${payload("b", { x })}\n${payload("c")}\n` };
  await withFolder(files, async (folder) => {
    assert.equal((await map(folder, ["a.json", "b.jsonl"])).code, 0);
    const results = await filesIn(`${folder}/out/results`);
    assert.deepEqual(JSON.parse(results["a.json"]!).y.data.buffer, x.map((value) => value ** 2));
    assert.equal(results["1.json"], results["a.json"]);
    assert.equal(results["2.json"], RESULT(4));
  });
});

Deno.test("two equal names are an error before anything runs", async () => {
  const files = {
    ...FILES,
    "a.json": payload("a"),
    "in/a.msgpack": "",
    "2.json": payload("2"),
    "3.json": payload("3"),
  };
  const lines = { "l.jsonl": `${payload("1")}\n${payload("2")}\n`, "m.jsonl": payload("1") };
  await withFolder({ ...files, ...lines }, async (folder) => {
    const wrong = async (args: readonly string[], expected: RegExp) => {
      const { code, stderr } = await map(folder, args);
      assert.match(stderr, expected);
      assert.equal(code, 2);
    };
    await wrong(["a.json", "in/a.msgpack"], /two payloads have the name "a": a\.json and in\/a\.msgpack/);
    await wrong(["a.json", "@a.json"], /two payloads have the name "a"/);
    await wrong(["2.json", "l.jsonl"], /two payloads have the name "2": a line of l\.jsonl and 2\.json/);
    await wrong(["2.json", "@-"], /two payloads have the name "2": a line of @- and 2\.json/);
    await wrong(["l.jsonl", "m.jsonl"], /lines of l\.jsonl and of m\.jsonl would have the same names/);
    assert.deepEqual(await callsIn(folder), []);
    assert.equal(await Deno.stat(`${folder}/out`).catch(() => "nothing"), "nothing");
    assert.equal((await map(folder, ["3.json", "l.jsonl"])).code, 0);
  });
});

Deno.test("what cannot be mapped is said before anything runs", async () => {
  await withFolder({ ...FILES, "a.json": payload("a") }, async (folder) => {
    const wrong = async (args: readonly string[], expected: RegExp) => {
      const { code, stderr } = await runCli(["map", ...args], { cwd: folder });
      assert.match(stderr, expected);
      assert.equal(code, 2);
    };
    await wrong(["apply", "a.json"], /name the folder for the results by -o FOLDER/);
    await wrong(["aply", "a.json", "-o", "out"], /there is no endpoint "aply".* Did you mean apply\?/);
    await wrong(["apply", "-o", "out"], /^Error: the argument PAYLOAD \(files, .*\) is missing\n$/);
    await wrong([], /^Error: the arguments ENDPOINT \(what to call: .*\) and PAYLOAD \(files, .*\) are missing\n$/);
    await wrong(["apply", "b.json", "-o", "out"], /b\.json: cannot be read: no such file/);
    await wrong(["apply", ".", "-o", "out"], /is a folder; for the files in it write/);
    await wrong(["apply", payload("a"), "-o", "out"], /expected a file; write payloads to files/);
    await wrong(["apply", "a.json", "-o", "ftp://host/x"], /output path: ftp:\/\/host\/x/);
    await wrong(["apply", "a.json", "-o", "a.json"], /output path: .*a\.json.* cannot be used/);
    await wrong(["apply", "a.json", "-o", "out", "--dry-run"], /--dry-run needs --slurm/);
    await wrong(
      ["jacobian", "a.json", "-o", "out"],
      /needs the function jacobian, which .* does not define; it defines apply/,
    );
  });
});

Deno.test("a broken module is a failure, not a call that failed", async () => {
  await withFolder({ "tesseract_api.ts": "export const apply = 1;", "a.json": payload("a") }, async (folder) => {
    const { code, stderr } = await map(folder, ["a.json"]);
    assert.match(stderr, /Error: .*tesseract_api\.ts/);
    assert.equal(code, 1);
    assert.deepEqual(await recordsIn(`${folder}/out/map.jsonl`), []);
  });
});

Deno.test("what is there and belongs to the same payload and module is not computed again", async () => {
  await withFolder({ ...FILES, "a.json": payload("a"), "b.json": payload("b", { x: [3] }) }, async (folder) => {
    const computed = async (...more: readonly string[]) => {
      await Deno.remove(`${folder}/calls`).catch(() => {});
      const { code, stdout } = await map(folder, ["a.json", "b.json", ...more]);
      assert.equal(code, 0, stdout);
      return (await callsIn(folder)).sort().join(" ");
    };
    assert.equal(await computed(), "a b");
    assert.equal(await computed(), "");
    await Deno.remove(`${folder}/out/results/a.json`);
    assert.equal(await computed(), "a", "a result is gone");
    await Deno.writeTextFile(`${folder}/a.json`, payload("a", { x: [4] }));
    assert.equal(await computed(), "a", "a payload has changed");
    await Deno.writeTextFile(`${folder}/a.json`, payload("a"));
    assert.equal(await computed(), "a", "it has changed back");
    await Deno.writeTextFile(`${folder}/power.ts`, "export const power = 3;\n");
    assert.equal(await computed(), "a b", "an import of the module has changed");
    for (const text of ["1 2", "1 3"]) {
      await Deno.writeTextFile(`${folder}/table.txt`, text);
      assert.equal(await computed(), "a b", "a file beside the module is new, or has changed");
    }
    assert.equal(await computed("-f", "json+base64"), "a b", "another format");
    assert.equal(await computed("-f", "json+base64"), "");
    assert.equal(await computed(), "a b");
    await Deno.writeTextFile(`${folder}/out/map.jsonl`, '{"name":"a","status":"succ', { append: true });
    assert.equal(await computed(), "", "half a line of a process that was killed");
    await Deno.remove(`${folder}/out/map.jsonl`);
    assert.equal(await computed(), "a b", "nothing says to what the results belong");
    await Deno.remove(`${folder}/out/map.jsonl`);
    await Deno.writeTextFile(`${folder}/a.json`, payload("a", { mode: "throw" }));
    assert.equal((await map(folder, ["a.json"])).code, 1);
    assert.deepEqual(
      Object.keys(await filesIn(`${folder}/out/results`)),
      ["b.json"],
      "no result of another payload stays",
    );
    await Deno.writeTextFile(`${folder}/a.json`, payload("a"));
    assert.equal(await computed(), "a b");
    assert.deepEqual(await filesIn(`${folder}/out/results`), { "a.json": RESULT(8), "b.json": RESULT(27) });
  });
});

Deno.test("a call that fails does not stop the others, and is made again only with --retry-failed", async () => {
  const lines = [payload("1"), payload("2", { mode: "throw" }), '{"inputs": {}}', payload("4", { mode: "exit" }), "{"];
  await withFolder({ ...FILES, "p.jsonl": `${lines.join("\n")}\n${payload("6")}` }, async (folder) => {
    const first = await map(folder, ["p.jsonl"]);
    assert.equal(first.code, 1);
    assert.match(first.stdout, /^6 payloads: 2 succeeded, 4 failed, in/);
    assert.match(first.stderr, /^Error: 2: Error: no 2$/m);
    const errors = Object.fromEntries(
      (await recordsIn(`${folder}/out/map.jsonl`)).filter(({ error }) => error !== null).map((
        { name, error },
      ) => [name, error]),
    );
    assert.deepEqual(Object.keys(errors), ["2", "3", "4", "5"]);
    assert.match(errors["2"]!, /^Error: no 2\n {4}at Object\.apply \(.*tesseract_api\.ts:13:/);
    assert.equal(errors["3"], "inputs.id: Field required");
    assert.equal(errors["4"], "The worker ended with exit code 3 while it worked on this call");
    assert.match(errors["5"]!, /^The payload is not valid JSON: .* \(at character 1\)$/);
    assert.deepEqual(Object.keys(await filesIn(`${folder}/out/results`)).sort(), ["1.json", "6.json"]);

    const again = await map(folder, ["p.jsonl"]);
    assert.equal(again.code, 1);
    assert.match(again.stdout, /2 succeeded, 4 failed \(6 of them before\)/);
    assert.equal(again.stderr, "");

    await Deno.writeTextFile(`${folder}/tesseract_api.ts`, FILES["tesseract_api.ts"]);
    const retried = await map(folder, ["p.jsonl", "--retry-failed"]);
    assert.match(retried.stdout, /2 succeeded, 4 failed \(2 of them before\)/);
    assert.equal((await recordsIn(`${folder}/out/map.jsonl`)).length, 10);
  });
});

Deno.test("with --fail-fast a call that fails ends it: what runs is finished, the rest is left", async () => {
  const lines = Array.from({ length: 300 }, (_, i) => payload(`${i + 1}`, i === 3 ? { mode: "throw" } : { ms: 20 }));
  await withFolder({ ...FILES, "p.jsonl": lines.join("\n") }, async (folder) => {
    const { code, stdout } = await map(folder, ["p.jsonl", "--fail-fast"]);
    assert.equal(code, 1);
    const [, succeeded] = /^300 payloads: (\d+) succeeded, 1 failed, \d+ left, in/.exec(stdout) ?? assert.fail(stdout);
    assert.ok(Number(succeeded) < 100, stdout);
    const results = await filesIn(`${folder}/out/results`);
    assert.equal(Object.keys(results).length, Number(succeeded));
    assert.equal((await callsIn(folder)).length, Number(succeeded));
  });
});

Deno.test("what a payload's call prints is on stderr with its name, and in the log of its run", async () => {
  await withFolder({ ...FILES, "a.json": payload("a", { mode: "print" }) }, async (folder) => {
    const { stderr } = await map(folder, ["a.json"]);
    assert.equal(stderr, "[a] I am a\n");
    assert.match(await Deno.readTextFile(`${folder}/out/results/run_a/logs/tesseract.log`), /I am a/);
  });
});

Deno.test("the tasks of a Slurm array share the payloads, and what gathers puts their records together", async () => {
  const lines = Array.from({ length: 10 }, (_, i) => payload(`${i + 1}`, i === 6 ? { mode: "throw" } : { x: [i] }));
  await withFolder({ ...FILES, "p.jsonl": lines.join("\n"), "a.json": payload("a") }, async (folder) => {
    const task = (id: number) =>
      map(folder, ["p.jsonl", "a.json"], {
        env: { SLURM_ARRAY_TASK_ID: `${id}`, SLURM_ARRAY_TASK_MIN: "5", SLURM_ARRAY_TASK_COUNT: "3" },
      });
    const gather = () => map(folder, ["p.jsonl", "a.json", "--gather", "3"]);
    assert.match((await task(5)).stdout, /^Task 1 of 3: 4 payloads: 3 succeeded, 1 failed/);
    assert.match((await task(7)).stdout, /^Task 3 of 3: 3 payloads: 3 succeeded/);
    const early = await gather();
    assert.match(early.stdout, /^11 payloads: 6 succeeded, 1 failed \(7 of them before\), 4 left/);
    assert.equal(early.code, 1);
    assert.equal((await task(6)).code, 0);
    assert.match((await task(6)).stdout, /^Task 2 of 3: 4 payloads: 4 succeeded, 0 failed \(4 of them before\)/);
    const { stdout, code } = await gather();
    assert.match(stdout, /^11 payloads: 10 succeeded, 1 failed \(11 of them before\)/);
    assert.equal(code, 1, "a call has failed");
    const names = (await recordsIn(`${folder}/out/map.jsonl`)).map(({ name }) => name);
    assert.deepEqual(names, [...Array.from({ length: 10 }, (_, i) => `${i + 1}`), "a"]);
    assert.equal((await callsIn(folder)).length, 10);
    assert.match((await map(folder, ["p.jsonl", "a.json"])).stdout, /11 of them before/);
  });
});

Deno.test("--slurm --dry-run prints the script, which quotes what it must", async () => {
  await withFolder({ ...FILES, "it's a.json": payload("a") }, async (folder) => {
    const options = ["--slurm", "4", "--dry-run", "--sbatch", "--time=1:00:00 --partition=cpu"];
    const { code, stdout } = await map(folder, ["it's a.json", "--retry-failed", ...options]);
    assert.equal(code, 0);
    assert.match(stdout, /^#SBATCH --array=0-3$/m);
    assert.match(stdout, /^#SBATCH --requeue$/m);
    assert.match(stdout, /^#SBATCH --signal=B:TERM@60$/m);
    assert.equal(stdout.match(/^#SBATCH --time=1:00:00 --partition=cpu$/mg)?.length, 2);
    assert.match(stdout, /sbatch --parsable --dependency=afterany:"\$array"/);
    assert.equal(stdout.split(String.raw`-- '@${folder}/it'\''s a.json'`).length, 3);
    assert.match(stdout, /^exec .* map apply -o \S+\/out -f json .*--num-workers 2 --retry-failed --gather 4 -- /m);
    assert.equal(await Deno.stat(`${folder}/out`).catch(() => "nothing"), "nothing");
    const syntax = new Deno.Command("bash", { args: ["-n", "-c", stdout] });
    assert.equal((await syntax.output()).code, 0);
    assert.match((await map(folder, ["@-", ...options])).stderr, /cannot read the standard input of this command/);
    const array = await map(folder, ["it's a.json", "--slurm", "2", "--sbatch", "--array=1-3"]);
    assert.match(array.stderr, /without --array/);
  });
});

Deno.test("slurmShare() understands arrays that begin anywhere, and refuses those with gaps", () => {
  const share = (ID: string, MIN: string, COUNT: string, STEP = "") => {
    const variables: Record<string, string> = { ID, MIN, COUNT, STEP };
    return slurmShare((name) => variables[name.replace("SLURM_ARRAY_TASK_", "")]);
  };
  assert.equal(share("", "", ""), undefined);
  assert.deepEqual(share("0", "0", "1"), new Share(0, 1));
  assert.deepEqual(share("7", "5", "3"), new Share(2, 3));
  assert.deepEqual(share("9", "5", "3", "2"), new Share(2, 3));
  assert.throws(() => share("9", "5", "3"), /have gaps/);
  assert.throws(() => share("6", "5", "3", "2"), /have gaps/);
  assert.throws(() => share("6", "", "3"), /SLURM_ARRAY_TASK_MIN: expected a whole number, got nothing/);
});

Deno.test("shares are a partition: each payload is in one, and sizeOf() counts them", () => {
  fc.assert(fc.property(fc.nat(50), fc.integer({ min: 1, max: 9 }), (total, count) => {
    const positions = Array.from({ length: total }, (_, i) => i);
    const parts = Array.from({ length: count }, (_, i) => positions.filter((at) => new Share(i, count).has(at)));
    assert.deepEqual(parts.flat().sort((a, b) => a - b), positions);
    assert.deepEqual(parts.map(({ length }) => length), parts.map((_, i) => new Share(i, count).sizeOf(total)));
  }));
});

Deno.test("linesOf() gives the same lines however the bytes arrive", async () => {
  const text = fc.array(fc.constantFrom("a", "\n", "\r\n", "{}", " "), { maxLength: 20 }).map((parts) =>
    parts.join("")
  );
  await fc.assert(fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (text, size) => {
    const all = bytes(text);
    const chunks = Array.from(
      { length: Math.ceil(all.length / size) },
      (_, i) => all.subarray(i * size, (i + 1) * size),
    );
    const lines = (await Array.fromAsync(linesOf(chunks))).map((line) => new TextDecoder().decode(line));
    const expected = text.split("\n");
    if (expected.at(-1) === "") expected.pop();
    assert.deepEqual(lines, expected);
    for (const line of lines) assert.equal(isBlank(bytes(line)), line.trim() === "");
  }));
});

Deno.test("on a terminal a bar shows how far it is, and lines go above it", async () => {
  let shown = "";
  const bar = new Bar({ total: 8, succeeded: 3, failed: 1, before: 2 }, (text) => shown += text, true);
  await new Promise((resolve) => setTimeout(resolve, 300));
  bar.print("Error: a\n");
  bar.end();
  assert.match(shown, /━{15} {17}50 % 4\/8, [\d.]+\/s, 1 failed, [\d.]+ s to go/);
  assert.ok(shown.includes("\r\x1b[2KError: a\n━"));
  assert.ok(shown.endsWith("\r\x1b[2K"));
  shown = "";
  const hidden = new Bar({ total: 1, succeeded: 0, failed: 0, before: 0 }, (text) => shown += text, false);
  hidden.print("Error: a\n");
  hidden.end();
  assert.equal(shown, "Error: a\n");
});

Deno.test("durationOf() says seconds, minutes or hours", () => {
  assert.deepEqual([0.04, 12.3, 250, 18_720].map(durationOf), ["0.0 s", "12 s", "4 min", "5.2 h"]);
});
