/**
 * `deno run -A bench/files.ts`: arrays in files, on the command line, side by side with the Python runtime. Two arrays
 * as references to files of 160 MB each, and LZ4 of numbers that compress well, a little and not at all. It takes a
 * minute, 4 GB of disk and GNU time.
 */
import { KINDS } from "./large_payload.ts";
import { median, ours, type Program, pythonRuntime, withVectors } from "./processes.ts";

const scratch = await Deno.makeTempDir();
const programs = [withVectors(ours), withVectors(await pythonRuntime())];

interface Case {
  readonly name: string;
  readonly elements: number;
  readonly compression?: "lz4";
  readonly element: (i: number) => number;
}

const CASES: readonly Case[] = [
  { name: "20,000,000 float64 by reference", elements: 20_000_000, element: Math.random },
  ...Object.entries(KINDS).map(([kind, element]): Case => (
    { name: `5,000,000 float64 with LZ4, ${kind}`, elements: 5_000_000, compression: "lz4", element }
  )),
];

/** Writes the payload of a case and its arrays; compressed ones are written by the Python runtime. */
async function writePayload({ elements, compression, element }: Case, folder: string): Promise<void> {
  const inputs: Record<string, unknown> = {};
  for (const name of ["a", "b"]) {
    const data = Float64Array.from({ length: elements }, (_, i) => element(i));
    await Deno.writeFile(`${folder}/${name}.bin`, new Uint8Array(data.buffer));
    inputs[name] = {
      object_type: "array",
      shape: [elements],
      dtype: "float64",
      data: { buffer: `${name}.bin:0`, encoding: "binref" },
    };
    if (compression === undefined) continue;
    await Deno.writeTextFile(`${folder}/one.json`, JSON.stringify({ inputs: { a: inputs[name] } }));
    await run(programs[1]!, folder, "one.json", `${folder}/${name}`, compression);
    const { result } = JSON.parse(await Deno.readTextFile(`${folder}/${name}/results.json`));
    result.data.buffer = `${name}/${result.data.buffer}`;
    inputs[name] = result;
  }
  await Deno.writeTextFile(`${folder}/payload.json`, JSON.stringify({ inputs }));
}

interface Figures {
  readonly milliseconds: number;
  /** Of memory, with all that runs in it. */
  readonly megabytes: number;
}

/** Runs `apply` in a folder, which Python takes for the place of what is referred to. GNU time says the memory. */
async function run(
  program: Program,
  folder: string,
  payload: string,
  output: string,
  compression?: string,
): Promise<Figures> {
  const begin = performance.now();
  const { success, stderr } = await new Deno.Command("/usr/bin/time", {
    args: ["-f", "%M", ...program.command, "apply", `@${payload}`],
    cwd: folder,
    env: {
      ...program.env,
      TESSERACT_OUTPUT_PATH: output,
      TESSERACT_OUTPUT_FILE: "results.json",
      TESSERACT_OUTPUT_FORMAT: "json+binref",
      ...compression === undefined ? {} : { TESSERACT_COMPRESSION: compression },
    },
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${program.name}: ${text}`);
  return { milliseconds: performance.now() - begin, megabytes: Number(text.trim().split("\n").at(-1)) / 1000 };
}

console.log("| two arrays in, one out | ours | Python | ratio | peak memory | of Python |\n|" + " --- |".repeat(6));
for (const each of CASES) {
  const folder = `${scratch}/${CASES.indexOf(each)}`;
  await Deno.mkdir(folder);
  await writePayload(each, folder);
  const figures: Figures[][] = [[], []];
  // In turn, so that what else the machine does meets both.
  for (let round = 0; round < 5; round++) {
    for (const [i, program] of programs.entries()) {
      figures[i]!.push(await run(program, folder, "payload.json", `${folder}/out`, each.compression));
      await Deno.remove(`${folder}/out`, { recursive: true });
    }
  }
  const [our, their] = figures.map((of) => median(of.map(({ milliseconds }) => milliseconds))) as [number, number];
  const [ourPeak, theirPeak] = figures.map((of) => Math.max(...of.map(({ megabytes }) => megabytes)));
  console.log(
    `| ${each.name} | ${our.toFixed(0)} ms | ${their.toFixed(0)} ms | ${(their / our).toFixed(1)} × | ` +
      `${ourPeak!.toFixed(0)} MB | ${theirPeak!.toFixed(0)} MB |`,
  );
  await Deno.remove(folder, { recursive: true });
}
await Deno.remove(scratch, { recursive: true });
