/**
 * `deno run -A bench/map.ts`: what a payload costs in `map` with two workers, beside a shell loop over `apply`, ours and
 * Python's. The component adds two vectors of three elements, so nearly all of it is overhead. The figures that it
 * printed are kept in bench/results.md.
 */
import { median, ours, type Program, pythonRuntime, timed } from "./processes.ts";

const ROUNDS = 5;
const MANY = 5000;
const OF_LOOP = 10;

const folder = await Deno.makeTempDir();
const payload = (i: number) => JSON.stringify({ inputs: { a: [i, 2, 3], b: [4, 5, 6] } });
await Deno.writeTextFile(`${folder}/one.jsonl`, payload(0));
await Deno.writeTextFile(`${folder}/many.jsonl`, Array.from({ length: MANY }, (_, i) => `${payload(i)}\n`).join(""));
await Deno.mkdir(`${folder}/files`);
for (let i = 0; i < MANY; i++) await Deno.writeTextFile(`${folder}/files/${i}.json`, payload(i));
const files = Array.from({ length: MANY }, (_, i) => `files/${i}.json`);

async function map(payloads: readonly string[]): Promise<number> {
  await Deno.remove(`${folder}/out`, { recursive: true }).catch(() => {});
  return await timed(ours, ["map", "apply", ...payloads, "-o", "out", "-w", "2"], folder);
}

async function again(payloads: readonly string[]): Promise<number> {
  await map(payloads);
  return await timed(ours, ["map", "apply", ...payloads, "-o", "out", "-w", "2"], folder);
}

/** `for file in …; do PROGRAM apply @$file > $file.out; done` */
async function loop(program: Program): Promise<number> {
  const script = `for file in ${files.slice(0, OF_LOOP).join(" ")}; do ${
    program.command.join(" ")
  } apply @$file > out.json; done`;
  return await timed({ ...program, command: ["bash", "-c", script] }, [], folder) / OF_LOOP;
}

const python = await pythonRuntime();
const measurements = {
  "map, lines of one file": async () => (await map(["many.jsonl"]) - await map(["one.jsonl"])) / (MANY - 1),
  "map, files": async () => (await map(files) - await map(["one.jsonl"])) / (MANY - 1),
  "map again, all is there": async () => await again(["many.jsonl"]) / MANY,
  "a shell loop over apply": () => loop(ours),
  "a shell loop over Python's apply": () => loop(python),
};
const figures = new Map<string, number[]>(Object.keys(measurements).map((name) => [name, []]));
try {
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, measure] of Object.entries(measurements)) figures.get(name)!.push(await measure());
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(
  `load ${Deno.loadavg().map((value) => value.toFixed(1)).join(" ")}, ${navigator.hardwareConcurrency} processors`,
);
console.log("| a payload takes | median | fastest | slowest |\n| --- | --- | --- | --- |");
for (const [name, values] of figures) {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)]
    .map((value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`);
  console.log(`| ${name} | ${middle} | ${least} | ${most} |`);
}
