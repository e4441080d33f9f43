/**
 * Random programs: forwards against backwards and the Jacobian, dynamic against specialised, and all against differences.
 * `AUTODIFF_PROGRAMS=10000` makes it that many; `AUTODIFF_SEED` is the first seed.
 */
import assert from "node:assert/strict";
import { close, Functions } from "./module.ts";
import { HELPERS, randomProgram } from "./random_programs.ts";

const COUNT = Number(Deno.env.get("AUTODIFF_PROGRAMS") ?? 500);
const FIRST = Number(Deno.env.get("AUTODIFF_SEED") ?? 1);
const AT_A_TIME = 4;
const POINTS = [[0.63, -0.41, 0.87], [-1.17, 0.29, 0.52]];

/** Differences that agree with each other for some step: else there is a kink beside the point. */
async function differences(functions: Functions, name: string, x: number[], found: number[][]): Promise<boolean> {
  let error: unknown;
  for (const step of [1e-3, 1e-4, 1e-5, 1e-6]) {
    try {
      close(found, await functions.differences(name, x, step), Math.max(1e-7, 1e-12 / step), `${name}: differences`);
      return true;
    } catch (thrown) {
      error = thrown;
    }
  }
  // At a kink or a jump in the point itself (a tie of max and min, abs at 0) differences are no measure.
  const both = [1e-7, -1e-7].map((h) => x.map((value, i) => value + h * (i + 1)));
  const [here, ...beside] = await Promise.all([x, ...both].map((point) => functions.jacobian(name, point)));
  const values = await Promise.all([x, ...both].map((point) => functions.value(name, point)));
  try {
    for (const other of values) close([other], [values[0]!], 1e-4, "beside");
    for (const other of beside) close(other, here!, 1e-3, "beside");
  } catch {
    return false;
  }
  throw error;
}

Deno.test(`${COUNT} random programs have one derivative, by whatever way`, async () => {
  let kinks = 0;
  for (let first = FIRST; first < FIRST + COUNT; first += AT_A_TIME) {
    const seeds = Array.from({ length: Math.min(AT_A_TIME, FIRST + COUNT - first) }, (_, i) => first + i);
    const bodies = Object.fromEntries(seeds.map((seed) => [`program ${seed}`, randomProgram(seed)]));
    await Functions.with(bodies, async (functions) => {
      const dynamic = new Map<string, number[][]>();
      for (const isSpecialised of [false, true]) {
        for (const name of Object.keys(bodies)) {
          for (const [k, x] of POINTS.entries()) {
            try {
              const found = await functions.agree(name, x);
              if (isSpecialised) close(found, dynamic.get(name + k)!, 1e-12, `${name}: specialised and dynamic`);
              else {
                dynamic.set(name + k, found);
                if (!await differences(functions, name, x, found)) kinks++;
              }
            } catch (error) {
              throw new Error(
                `${isSpecialised ? "specialised" : "dynamic"} at ${x}:\n${bodies[name]}\n${(error as Error).message}`,
                { cause: error },
              );
            }
            // What was seen at the first point only must not be believed at the second.
            if (!isSpecialised && k === 0) break;
          }
          if (!isSpecialised) {
            const x = POINTS[1]!;
            dynamic.set(`${name}1`, await functions.jacobian(name, x));
          }
        }
        if (!isSpecialised) functions.specialise();
      }
    }, { shared: HELPERS });
  }
  assert.ok(kinks < COUNT / 20, `${kinks} of ${COUNT} are at a kink`);
});
