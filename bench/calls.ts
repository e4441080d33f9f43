/**
 * `deno run -A bench/calls.ts`: commands and small calls, side by side with the Python runtime.
 * The figures that it printed are kept in bench/results.md.
 */
import { median, ours, type Program, pythonRuntime, serve, timed } from "./processes.ts";

const root = new URL("..", import.meta.url).pathname;
const scratch = await Deno.makeTempDir();
const python = await pythonRuntime();
const rows: string[][] = [];

function row(what: string, wanted: string, ourFigure: string, pythonFigure: string, ratio: number): void {
  rows.push([what, ourFigure, pythonFigure, `${ratio.toFixed(1)} ×`, wanted]);
  console.error(rows.at(-1)!.join("  |  "));
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

async function inTurn(times: number, measure: (program: Program) => Promise<number>): Promise<[number, number]> {
  const figures: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    figures[0].push(await measure(ours));
    figures[1].push(await measure(python));
  }
  return [median(figures[0]), median(figures[1])];
}

/** Requests per second and median latency, by a load generator in a process of its own. */
async function load(port: number, bodyFile: string, connections: number, seconds: number) {
  const generator = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}bench/load.ts`, String(port), "/apply", bodyFile, String(connections), String(seconds)],
    stderr: "inherit",
  });
  const { stdout } = await generator.output();
  const figures = JSON.parse(new TextDecoder().decode(stdout));
  if (figures.failures > 0) throw new Error(`${figures.failures} requests failed`);
  return figures as { perSecond: number; medianMicroseconds: number };
}

const payload = `@${root}examples/vectoradd/payload.json`;
{
  const [a, b] = await inTurn(9, (program) => timed(program, ["apply", payload], scratch));
  row("apply of vectoradd, whole process", "≥ 9.5", ms(a), ms(b), b / a);
}
{
  const [a, b] = await inTurn(5, async (program) => {
    const server = await serve(program, scratch);
    await server.stop();
    return server.milliseconds;
  });
  row("serve, to the first 200", "≥ 6", ms(a), ms(b), b / a);
}

const small = `${root}examples/vectoradd/payload.json`;
const large = `${scratch}/large.json`;
const numbers = () => Array.from({ length: 500_000 }, () => Math.fround(Math.random()));
await Deno.writeTextFile(large, JSON.stringify({ inputs: { a: numbers(), b: numbers(), s: 2 } }));
const figures: Record<string, number>[] = [];
for (const program of [ours, python]) {
  const server = await serve(program, scratch);
  await load(server.port, small, 16, 1);
  const many = await load(server.port, small, 16, 4);
  const one = await load(server.port, small, 1, 3);
  await load(server.port, large, 1, 2);
  const lists = await load(server.port, large, 1, 10);
  await server.stop();
  figures.push({ many: many.perSecond, one: one.medianMicroseconds, lists: lists.medianMicroseconds });
}
const [our, their] = figures as [Record<string, number>, Record<string, number>];
row(
  "apply of 3 elements over HTTP, 16 connections, one worker",
  "≥ 24",
  `${our["many"]!.toFixed(0)} /s`,
  `${their["many"]!.toFixed(0)} /s`,
  our["many"]! / their["many"]!,
);
row(
  "apply of 3 elements over HTTP, one connection, median",
  "≥ 5.5",
  ms(our["one"]! / 1000),
  ms(their["one"]! / 1000),
  their["one"]! / our["one"]!,
);
row(
  "apply of two lists of 500,000 JSON numbers over HTTP, median",
  "≥ 6.5",
  ms(our["lists"]! / 1000),
  ms(their["lists"]! / 1000),
  their["lists"]! / our["lists"]!,
);

const table = [["what", ours.name, python.name, "ratio", "wanted"], Array(5).fill("---"), ...rows]
  .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
console.log(table);
await Deno.remove(scratch, { recursive: true });
