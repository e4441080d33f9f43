/** Replays what the Python runtime printed on the command line against the real program. */
import assert from "node:assert/strict";
import { bytesOf, type Case, cliCases, isMsgpack, MODULES, payloadText } from "./cases.ts";
import { difference } from "./compare.ts";
import { fromMsgpack } from "./decode.ts";
import { deviationOf, type Expectation, recordedExpectation, unknownIds } from "./deviations.ts";
import { type Json, parseExact } from "./exact_json.ts";
import { expanded, writtenFiles } from "./files.ts";
import { inParallel, program, twin } from "./program.ts";

/** What a run of the program left behind. */
interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: Json | undefined;
  readonly files: Record<string, string>;
}

for (const module of MODULES) {
  const cases = cliCases(module);
  Deno.test(`${module} has a case for every deviation listed for the command line`, () => {
    assert.deepEqual(unknownIds("cli", module, cases), []);
  });
  Deno.test(`${module} does ${cases.length} commands as recorded`, async () => {
    const wrong: string[] = [];
    await inParallel(cases, 2, async (recorded) => {
      const found = await judge(recorded);
      if (found !== undefined) wrong.push(`${recorded.id} ${recorded.version}: ${found}`);
    });
    assert.deepEqual(wrong, []);
  });
}

async function judge(recorded: Case): Promise<string | undefined> {
  const run = await perform(recorded);
  const deviation = deviationOf(recorded);
  const plain = recordedExpectation(recorded);
  const found = unlike(recorded, run, deviation?.expected ?? plain);
  if (found !== undefined) return deviation === undefined ? found : `${found} (row ${deviation.row})`;
  if (deviation !== undefined && unlike(recorded, run, plain) === undefined) {
    return `is listed under row ${deviation.row}, but the recorded answer holds`;
  }
  return undefined;
}

/** Runs the program in a fresh folder. */
async function perform(recorded: Case): Promise<Run> {
  const folder = Deno.makeTempDirSync({ prefix: "golden-" });
  const write = (name: string, content: Uint8Array) => {
    const path = name.startsWith("/") ? name : `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, content);
  };
  try {
    for (const [name, content] of Object.entries(recorded.files_in ?? {})) write(name, bytesOf(content));
    const payload = payloadText(recorded, folder);
    const args = recorded.args!.map((arg) => arg === "<payload>" ? payload! : arg.replaceAll("<dir>", folder));
    // a payload that an argument names as a file lies there
    const file = args.find((arg) => arg.startsWith(`@${folder}/`) && arg.endsWith("payload.json"));
    if (file !== undefined && payload !== undefined) write(file.slice(1), new TextEncoder().encode(payload));
    const env = Object.fromEntries(
      Object.entries(recorded.env ?? {}).map(([name, value]) => [name, value.replaceAll("<dir>", folder)]),
    );
    const stdin = recorded.stdin_b64 === undefined ? "null" : "piped";
    const child = program(args, { cwd: folder, env: { TESSERACT_API_PATH: twin(recorded.module), ...env }, stdin })
      .spawn();
    if (recorded.stdin_b64 !== undefined) {
      const writer = child.stdin.getWriter();
      // a program that reads no input may be gone by now
      await writer.write(bytesOf(recorded.stdin_b64)).then(() => writer.close()).catch(() => {});
    }
    const output = await child.output();
    const decoder = new TextDecoder();
    const stdout = decoder.decode(output.stdout);
    const written = recorded.result_file === undefined
      ? output.stdout
      : readIfThere(`${folder}/${recorded.result_file}`);
    const where = recorded.result_file?.replace(/[^/]*$/, "") ?? "";
    const files = writtenFiles(resultOf(written, isMsgpack(recorded)), `${folder}/${where}`);
    return {
      exit: output.code,
      stdout,
      stderr: decoder.decode(output.stderr),
      result: files.result,
      files: files.content,
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}

function resultOf(bytes: Uint8Array<ArrayBuffer>, msgpack: boolean): Json | undefined {
  if (msgpack) return fromMsgpack(bytes);
  const text = new TextDecoder().decode(bytes);
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function unlike(recorded: Case, run: Run, expected: Expectation): string | undefined {
  if (run.exit !== expected.exit) {
    return `exit code ${run.exit} instead of ${expected.exit}: ${run.stderr.slice(0, 300)}`;
  }
  if (run.exit !== 0) {
    if (run.stdout !== "") return `stdout has "${run.stdout.slice(0, 100)}"`;
    if (run.stderr === "") return "nothing on stderr";
    const unnamed = expected.places?.find((place) => !run.stderr.includes(place));
    return unnamed === undefined ? undefined : `stderr does not name ${unnamed}: ${run.stderr.slice(0, 300)}`;
  }
  if (recorded.result_file !== undefined && run.stdout !== "") return `stdout has "${run.stdout.slice(0, 100)}"`;
  const recordedText = recorded.result_text;
  const result = expected.result ?? (recordedText === "" ? "" : undefined);
  const files = expanded({ result: run.result, content: run.files });
  const wanted = expanded({ result, content: recorded.files_out ?? {} });
  return difference(files.result, wanted.result) ?? difference(files.content, wanted.content, "files");
}
