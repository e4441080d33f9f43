/**
 * Heat conduction (10 steps) in @jax-js/jax, in float64, as it is called (eager) and compiled (jit): milliseconds of
 * processor time of all its threads, and multiples of its own apply.
 *
 *     deno run -A bench/autodiff/jax_js.ts
 */
import { cpuUsage } from "node:process";
import { type Array as Matrix, init, jit, jvp, numpy as np, vjp } from "npm:@jax-js/jax@0.1.25";

await init();

function heat(start: Matrix, k: Matrix, source: Matrix): Matrix {
  const [rows, columns] = start.shape as [number, number];
  const difference = (x: Matrix) => ({
    across: x.ref.slice([], [1, columns]).sub(x.ref.slice([], [0, columns - 1])),
    down: x.ref.slice([1, rows]).sub(x.slice([0, rows - 1])),
  });
  const kAcross = k.ref.slice([], [1, columns]).add(k.ref.slice([], [0, columns - 1])).mul(0.05);
  const kDown = k.ref.slice([1, rows]).add(k.slice([0, rows - 1])).mul(0.05);
  let t = start;
  for (let step = 0; step < 10; step++) {
    const { across, down } = difference(t.ref);
    const [right, below] = [across.mul(kAcross.ref), down.mul(kDown.ref)];
    t = t.add(source.ref.mul(0.1))
      .add(np.pad(right.ref, [[0, 0], [0, 1]])).sub(np.pad(right, [[0, 0], [1, 0]]))
      .add(np.pad(below.ref, [[0, 1], [0, 0]])).sub(np.pad(below, [[1, 0], [0, 0]]));
  }
  for (const used of [kAcross, kDown, source]) used.dispose();
  return t;
}

const field = (n: number, low: number, high: number) =>
  np.array(Float64Array.from({ length: n * n }, () => low + (high - low) * Math.random())).reshape([n, n]);

async function time(call: () => Matrix[]): Promise<number> {
  const run = async () => {
    for (const array of call()) await array.data();
  };
  await run();
  let least = Infinity;
  for (let round = 0; round < 10; round++) {
    const before = cpuUsage(), start = performance.now();
    let calls = 0;
    do {
      await run();
      calls++;
    } while (performance.now() - start < 50);
    const { user, system } = cpuUsage(before);
    least = Math.min(least, (user + system) / 1000 / calls);
  }
  return least;
}

console.log("| heat in @jax-js/jax | apply | jvp | vjp |\n| --- | ---: | ---: | ---: |");
for (const n of [20, 200]) {
  for (const way of ["eager", "jit"]) {
    const fields = [field(n, 300, 400), field(n, 0, 1), field(n, 0, 1)] as const;
    const tangents = [field(n, -1, 1), field(n, -1, 1), field(n, -1, 1)] as const;
    const weights = field(n, -1, 1);
    const refs = (arrays: readonly Matrix[]) => arrays.map((array) => array.ref) as [Matrix, Matrix, Matrix];
    const made = (f: (...args: Matrix[]) => Matrix[]) => way === "jit" ? jit(f) as typeof f : f;
    const apply = made((t, k, q) => [heat(t!, k!, q!)]);
    const forward = made((t, k, q, dt, dk, dq) => {
      const [value, tangent] = jvp(heat, [t!, k!, q!], [dt!, dk!, dq!]);
      value.dispose();
      return [tangent];
    });
    const backward = made((t, k, q, w) => {
      const [value, pull] = vjp(heat, [t!, k!, q!]);
      value.dispose();
      const products = pull(w!);
      pull.dispose();
      return products;
    });
    const plain = await time(() => apply(...refs(fields)));
    const ratios = [
      await time(() => forward(...refs(fields), ...refs(tangents))) / plain,
      await time(() => backward(...refs(fields), weights.ref)) / plain,
    ];
    console.log(
      `| ${n} × ${n}, ${way} | ${plain.toPrecision(3)} ms | ${ratios.map((x) => `${x.toFixed(1)} ×`).join(" | ")} |`,
    );
  }
}
// Its threads would keep the process.
Deno.exit();
