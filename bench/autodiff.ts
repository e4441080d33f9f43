/**
 * What derivatives cost beside `apply`, in the same process, in turn: in multiples of `apply`, by the least time of all
 * rounds, and in brackets the median of the ratios within a round.
 *
 *     deno run -A bench/autodiff.ts [rounds]
 */
import { run } from "../lib/autodiff/run.ts";
import { leaves, T } from "../lib/autodiff/runtime/tape.ts";
import { placeOf, seed } from "../lib/autodiff/seeds.ts";
import type { NdArray } from "../lib/arrays/ndarray.ts";
import { loadModule } from "../lib/check/inspect.ts";
import type { TesseractModule } from "../lib/api/tesseract.ts";
import { Random } from "../lib/gradients/random.ts";

const rounds = Number(Deno.args[0] ?? 15);
/** A measurement repeats a call for so long, in ms: the system counts processor time in steps of some milliseconds. */
const LEAST = 60;
const random = new Random(1);

export function field(shape: readonly number[], low = 0, high = 1): NdArray {
  const size = shape.reduce((product, n) => product * n, 1);
  const data = Float64Array.from({ length: size }, () => low + (high - low) * random.uniform());
  return { dtype: "float64", shape: [...shape], data };
}

interface Case {
  readonly name: string;
  readonly file: string;
  readonly inputs: Record<string, unknown>;
  /** Derivatives by these, and of this. */
  readonly by: readonly string[];
  readonly of: string;
}

const plate = (n: number) => ({
  temperature: field([n, n], 300, 400),
  conductivity: field([n, n]),
  source: field([n, n]),
  spacing: 1,
  dt: 0.1,
  steps: 10,
});
const heat = {
  file: "examples/heat/tesseract_api.ts",
  by: ["temperature", "conductivity", "source"],
  of: "temperature",
};
const pendulum = {
  inputs: { angle: 2, speed: 0, length: 1, damping: 0.1, times: field([1], 5, 5), steps: 1000 },
  by: ["angle", "length", "damping"],
  of: "angles",
};
const network = JSON.parse(
  await Deno.readTextFile(new URL("../tests/autodiff/spring_network/payload.json", import.meta.url)),
);

const CASES: readonly Case[] = [
  { name: "heat, 20 × 20, 10 steps", ...heat, inputs: plate(20) },
  { name: "heat, 200 × 200, 10 steps", ...heat, inputs: plate(200) },
  { name: "pendulum, 1,000 steps", file: "examples/pendulum/tesseract_api.ts", ...pendulum },
  {
    name: "elimination, 200 × 200",
    file: "bench/autodiff/elimination.ts",
    inputs: { matrix: field([200, 200], -1, 1), right: field([200]) },
    by: ["matrix", "right"],
    of: "solution",
  },
  {
    name: "springs: lists, classes, closures",
    file: "tests/autodiff/spring_network/tesseract_api.ts",
    inputs: springs(network.inputs),
    by: ["positions"],
    of: "forces",
  },
  {
    name: "elimination in lists, 50 × 50",
    file: "tests/python/programs/elimination.ts",
    inputs: { matrix: field([50, 50], -1, 1), right: field([50]) },
    by: ["matrix", "right"],
    of: "solution",
  },
];

function springs(inputs: { positions: number[][]; springs: { rest?: number }[] }): Record<string, unknown> {
  const positions = { dtype: "float64", shape: [4, 3], data: new Float64Array(inputs.positions.flat()) };
  return { ...inputs, positions, gravity: { dtype: "float64", shape: [3], data: new Float64Array([0, 0, -1]) } };
}

/** Milliseconds of processor time that this thread has had: others use the machine, too. */
const STATISTICS = `/proc/self/task/${Deno.pid}/schedstat`;
const busy = (): number => Number(Deno.readTextFileSync(STATISTICS).split(" ")[0]) / 1e6;

/** Milliseconds of a call, repeated. */
async function time(call: () => unknown, least = LEAST): Promise<number> {
  const start = performance.now(), before = busy();
  let calls = 0;
  do {
    await call();
    calls++;
  } while (performance.now() - start < least);
  return (busy() - before) / calls;
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

/** Bytes of the record, and how many of them a statement takes. */
function recorded(module: TesseractModule, { inputs, by }: Case): Promise<{ bytes: number; statements: number }> {
  const seeded = () => {
    const places = by.map((path) => placeOf(inputs, path));
    return seed(inputs, places, ({ size }) => {
      const first = leaves(size);
      return Float64Array.from({ length: size }, (_, i) => first + i);
    });
  };
  return run(module, "backwards", seeded, {}, () => ({ bytes: 4 * T.n + 12 * T.m, statements: T.n }));
}

console.log("| program | apply | jvp | vjp | differences | a statement | record |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const one of CASES) {
  const module = await loadModule(new URL(`../${one.file}`, import.meta.url).pathname);
  const { apply, jacobianVectorProduct, vectorJacobianProduct } = module.functions;
  const context = {};
  const result = await apply!(one.inputs, context) as Record<string, NdArray | Float64Array | number[][]>;
  const value = result[one.of]!;
  const shape = "shape" in value
    ? value.shape
    : Array.isArray(value)
    ? [value.length, value[0]!.length]
    : [value.length];
  const by = new Set(one.by), of = new Set([one.of]);
  const shapeOf = (path: string) => (one.inputs[path] as NdArray).shape ?? [];
  const tangents = Object.fromEntries(one.by.map((path) => [path, field(shapeOf(path), -1, 1)]));
  const cotangents = { [one.of]: field(shape, -1, 1) };
  const moved = (h: number) =>
    Object.fromEntries(
      Object.entries(one.inputs).map(([path, x]) => {
        const t = tangents[path]?.data as Float64Array | undefined;
        if (t === undefined) return [path, x];
        if (typeof x === "number") return [path, x + h * t[0]!];
        const data = (x as NdArray).data as Float64Array;
        return [path, { ...x as NdArray, data: data.map((value, i) => value + h * t[i]!) }];
      }),
    );
  const calls = {
    apply: () => apply!(one.inputs, context),
    jvp: () => jacobianVectorProduct!(one.inputs, by, of, tangents, context),
    vjp: () => vectorJacobianProduct!(one.inputs, by, of, cotangents, context),
    // What central differences cost for one direction.
    differences: async () => [await apply!(moved(1e-6), context), await apply!(moved(-1e-6), context)],
  };
  const times: Record<keyof typeof calls, number[]> = { apply: [], jvp: [], vjp: [], differences: [] };
  for (const call of Object.values(calls)) await time(call, 300);
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(calls)) times[name as keyof typeof calls].push(await time(call));
  }
  const multiple = (name: keyof typeof calls) => {
    const ratios = times[name].map((ms, round) => ms / times.apply[round]!);
    return `${(Math.min(...times[name]) / Math.min(...times.apply)).toFixed(1)} × (${median(ratios).toFixed(1)})`;
  };
  const { bytes, statements } = await recorded(module, one);
  const cells = [
    one.name,
    `${Math.min(...times.apply).toPrecision(3)} ms`,
    multiple("jvp"),
    multiple("vjp"),
    multiple("differences"),
    `${(bytes / statements).toFixed(0)} B`,
    `${(bytes / 2 ** 20).toFixed(1)} MB`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

// A loop of a million steps in blocks of a thousand, in a process of its own.
const memory = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL("./autodiff/long_loop.ts", import.meta.url).pathname],
}).output();
console.log(`\n${new TextDecoder().decode(memory.stdout).trim()}`);

const first: Record<string, number[]> = { apply: [], jacobianVectorProduct: [], vectorJacobianProduct: [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, list] of Object.entries(first)) {
    const script = new URL("./autodiff/first_call.ts", import.meta.url).pathname;
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, name] }).output();
    list.push(Number(new TextDecoder().decode(stdout)));
  }
}
const words = Object.entries(first).map(([name, list]) =>
  `${name} ${Math.min(...list).toFixed(0)} ms (median ${median(list).toFixed(0)})`
);
console.log(`\nFirst call of a module of 200 lines: ${words.join(", ")}`);
