/**
 * `deno run -A bench/startup.ts`: where the milliseconds of start-up go, from the sources, in the compiled program and in
 * the Python runtime. The figures that it printed are kept in bench/results.md.
 *
 * A step is a process that does all the steps before it and one more, and ends: its cost is the difference of medians.
 */
import { makeExecutable } from "../tools/make_executable.ts";
import { median, pythonRuntime, timed } from "./processes.ts";

const root = new URL("..", import.meta.url).pathname;
const module = `${root}examples/vectoradd/tesseract_api.ts`;

type Step = readonly [what: string, code: string];

/** What `apply` does until it calls; `here` is the URL of the folder with lib/. */
const STEPS: readonly Step[] = [
  ["the run-time", ""],
  ["Zod", 'await import("zod");'],
  [
    "our modules",
    `for (const path of [
      "lib/cli/main.ts", "lib/cli/commands/call.ts", "lib/endpoints/apply.ts", "lib/check/inspect.ts", "lib/formats/json/json.ts",
      "mod.ts",
    ]) await import(new URL(path, here).href);`,
  ],
  [
    "sucrase and es-module-lexer, for TypeScript",
    `if (Deno.build.standalone) {
      await import(new URL("lib/api/transpile/import_linked.ts", here).href);
      const { stripTypes } = await import(new URL("lib/api/transpile/strip_types.ts", here).href);
      stripTypes("let x: number;", "file:///a.ts");
    }`,
  ],
  [
    "the user module",
    `const { loadModule } = await import(new URL("lib/check/inspect.ts", here).href);
    await loadModule(${JSON.stringify(module)});`,
  ],
];

const PYTHON_STEPS: readonly Step[] = [
  ["the interpreter", ""],
  ["typer and click, for the command line", "import typer"],
  ["Pydantic and NumPy", "import pydantic, numpy"],
  ["its modules", "import tesseract_core.runtime.cli"],
];

/** A main module that takes as many steps as its argument says. */
const mainOf = (here: string) =>
  [
    `const here = ${here};`,
    ...STEPS.map(([, code], i) => `if (Number(Deno.args[0]) >= ${i}) {\n${code}\n}`),
    "Deno.exit();\n",
  ].join("\n");

/** Something that is measured, and how often. */
interface Subject {
  readonly steps: readonly (readonly string[])[];
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly rounds: number;
}

interface Figures {
  readonly steps: readonly number[];
  readonly help: number;
  readonly apply: number;
}

/** Times all that there is to time of a subject in turn, so many rounds long. */
async function measure({ steps, program, env, rounds }: Subject): Promise<Figures> {
  const apply = [...program, "apply", `@${root}examples/vectoradd/payload.json`];
  const commands = [...steps, [...program, "--help"], apply];
  const times = commands.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, command] of commands.entries()) {
      times[i]!.push(await timed({ name: command.join(" "), command, env }, [], scratch));
    }
  }
  const medians = times.map(median);
  return { steps: medians.slice(0, -2), help: medians.at(-2)!, apply: medians.at(-1)! };
}

const scratch = await Deno.makeTempDir();
await Deno.writeTextFile(`${scratch}/steps.ts`, mainOf(JSON.stringify(new URL("..", import.meta.url).href)));
const contents = (main: string) => () => ({ main, files: [], imports: {} });
await makeExecutable(`${scratch}/steps`, contents(mainOf("import.meta.url")));
await makeExecutable(`${scratch}/program`, contents('import { main } from "./lib/cli/main.ts";\nmain();\n'));

const run = [Deno.execPath(), "run", "-A", "--no-check"];
const env = { TESSERACT_API_PATH: module };
const source = await measure({
  steps: STEPS.map((_, i) => [...run, "--config", `${root}deno.json`, `${scratch}/steps.ts`, String(i)]),
  program: [...run, `${root}cli.ts`],
  env,
  rounds: 15,
});
const compiled = await measure({
  steps: STEPS.map((_, i) => [`${scratch}/steps`, String(i)]),
  program: [`${scratch}/program`],
  env,
  rounds: 15,
});
const { command: [runtime], env: pythonEnv } = await pythonRuntime();
const interpreter = runtime!.replace(/[^/]*$/, "python");
const python = await measure({
  steps: PYTHON_STEPS.map((_, i) => [
    interpreter,
    "-c",
    PYTHON_STEPS.slice(0, i + 1).map(([, code]) => code).join("\n"),
  ]),
  program: [runtime!],
  env: pythonEnv,
  rounds: 5,
});
await Deno.remove(scratch, { recursive: true });

const ms = (value: number | undefined) => value === undefined ? "" : `${value.toFixed(0)} ms`;
const cost = (figures: Figures, i: number) => {
  const [until, before = 0] = [figures.steps[i], figures.steps[i - 1]];
  return ms(until === undefined ? undefined : Math.max(0, until - before));
};
const last = (figures: Figures) => figures.apply - figures.steps.at(-1)!;
const rows = [
  ["", `deno run (${Deno.version.deno})`, "compiled", "", "Python 1.15.0"],
  ["---", "--:", "--:", "---", "--:"],
  ...STEPS.map(([what], i) => [
    what,
    cost(source, i),
    cost(compiled, i),
    PYTHON_STEPS[i]?.[0] ?? "",
    cost(python, i),
  ]),
  ["payload, call, result", ms(last(source)), ms(last(compiled)), "the rest", ms(last(python))],
  ["**`apply`, all of it**", ms(source.apply), ms(compiled.apply), "", ms(python.apply)],
  ["**`--help`**", ms(source.help), ms(compiled.help), "", ms(python.help)],
];
console.log(rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));

/** The run-time with the packages that a command needs, and nothing of ours. */
const packages = (figures: Figures, upTo: number, more = 0) => figures.steps[upTo]! + more;
const typescript = compiled.steps[4]! - compiled.steps[3]!;
const ratios = [
  ["--help", compiled.help / packages(compiled, 1), "1.5"],
  ["apply", compiled.apply / packages(compiled, 2, typescript), "2"],
] as const;
for (const [what, ratio, wanted] of ratios) {
  console.log(`${what}, compiled: ${ratio.toFixed(2)} times the run-time with the same packages (wanted: ${wanted})`);
}
