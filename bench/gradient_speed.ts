/**
 * How many evaluations of vectoradd's functions a second check-gradients makes, ours and Python's: whole processes, in
 * turn, and without their start-up.
 * @module
 */
import { median, ours, type Program, pythonRuntime, timed } from "./processes.ts";

const EPS = "1e-2"; // the inputs are float32

/** Runs of one program with a vector length, at two numbers of elements that are checked. */
interface Figures {
  /** Calls of functions of the module, of all four together, in the longer run. */
  readonly calls: number;
  /** Of the longer run, start-up included. */
  readonly seconds: number;
  /** By which the longer run exceeds the shorter one: start-up is no part of it. */
  readonly moreCalls: number;
  readonly moreSeconds: number;
}

/** A table, as Markdown. */
export async function gradientSpeed(lengths: readonly number[], times: number): Promise<string> {
  const scratch = await Deno.makeTempDir();
  const programs = [ours, await pythonRuntime()];
  const lines = [
    "| vector | | checked elements | calls | whole process | calls/s | without start-up | ratios |",
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const length of lengths) {
    const figures = await measure(programs, length, times, scratch);
    const [mine, theirs] = figures as [Figures, Figures];
    const ratios = [whole, loop].map((rate) => `${(rate(mine) / rate(theirs)).toFixed(1)} ×`).join(", ");
    figures.forEach((figure, i) =>
      lines.push(
        `| ${length} | ${programs[i]!.name} | ${2 * length + 1} | ${figure.calls} | ${figure.seconds.toFixed(2)} s | ${
          whole(figure).toFixed(0)
        } | ${loop(figure).toFixed(0)} /s | ${i === 0 ? ratios : ""} |`,
      )
    );
  }
  await Deno.remove(scratch, { recursive: true });
  return lines.join("\n");
}

const whole = ({ calls, seconds }: Figures): number => calls / seconds;
const loop = ({ moreCalls, moreSeconds }: Figures): number => moreCalls / moreSeconds;

async function measure(programs: readonly Program[], length: number, times: number, scratch: string) {
  const payload = `${scratch}/payload-${length}.json`;
  const vector = (period: number) => Array.from({ length }, (_, i) => (1 + i % period) / period);
  await Deno.writeTextFile(payload, JSON.stringify({ inputs: { a: vector(7), b: vector(5), s: 2 } }));
  const args = (elements: number) => [
    ...["check-gradients", `@${payload}`, "--seed", "1", "--no-show-progress"],
    ...["--eps", EPS, "--max-evals", String(elements)],
  ];
  const [few, all] = [Math.ceil(length / 5), 2 * length + 1];
  const seconds = programs.map(() => ({ few: [] as number[], all: [] as number[] }));
  for (let i = 0; i < times; i++) {
    for (const [p, program] of programs.entries()) {
      seconds[p]!.few.push(await timed(program, args(few), scratch) / 1000);
      seconds[p]!.all.push(await timed(program, args(all), scratch) / 1000);
    }
  }
  return await Promise.all(programs.map(async (program, p): Promise<Figures> => {
    const [fewer, calls] = [
      await countCalls(program, args(few), scratch),
      await countCalls(program, args(all), scratch),
    ];
    const [shorter, longer] = [median(seconds[p]!.few), median(seconds[p]!.all)];
    return { calls, seconds: longer, moreCalls: calls - fewer, moreSeconds: longer - shorter };
  }));
}

/** How often a run calls functions of the module: counted by a module around it, in a run that is not timed. */
async function countCalls(program: Program, args: readonly string[], scratch: string): Promise<number> {
  const original = program.env["TESSERACT_API_PATH"]!;
  const folder = await Deno.makeTempDir({ dir: scratch });
  const [name, text] = original.endsWith(".py")
    ? ["tesseract_api.py", countingPython(original)]
    : ["tesseract_api.ts", countingTypeScript(original)];
  await Deno.writeTextFile(`${folder}/${name}`, text);
  const counter = `${folder}/calls`;
  const env = { ...program.env, TESSERACT_API_PATH: `${folder}/${name}`, CALLS: counter };
  await timed({ ...program, env }, args, scratch);
  return Number(await Deno.readTextFile(counter));
}

const countingPython = (original: string) => `
import atexit, functools, importlib.util, os
spec = importlib.util.spec_from_file_location("counted", ${JSON.stringify(original)})
counted = importlib.util.module_from_spec(spec)
spec.loader.exec_module(counted)
calls = 0

def counting(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        global calls
        calls += 1
        return function(*args, **kwargs)
    return call

InputSchema, OutputSchema, abstract_eval = counted.InputSchema, counted.OutputSchema, counted.abstract_eval
apply, jacobian = counting(counted.apply), counting(counted.jacobian)
jacobian_vector_product = counting(counted.jacobian_vector_product)
vector_jacobian_product = counting(counted.vector_jacobian_product)

@atexit.register
def write():
    # the module is imported more than once
    if calls > 0:
        open(os.environ["CALLS"], "w").write(str(calls))
`;

const countingTypeScript = (original: string) => `
import counted from ${JSON.stringify(`file://${original}`)};

let calls = 0;
const counting = (f) => (...args) => {
  calls++;
  Deno.writeTextFileSync(Deno.env.get("CALLS"), String(calls));
  return f(...args);
};
const names = ["apply", "jacobian", "jacobianVectorProduct", "vectorJacobianProduct"];
export default { ...counted, ...Object.fromEntries(names.map((name) => [name, counting(counted[name])])) };
`;
