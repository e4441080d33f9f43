/**
 * Random programs. `AUTODIFF_PROGRAMS=10000` makes it that many; `AUTODIFF_SEED` is the first seed.
 */
import assert from "node:assert/strict";
import { agreement } from "./agreement.ts";
import { Functions } from "./module.ts";
import { HELPERS, randomProgram } from "./random_programs.ts";

const COUNT = Number(Deno.env.get("AUTODIFF_PROGRAMS") ?? 500);
const FIRST = Number(Deno.env.get("AUTODIFF_SEED") ?? 1);
const AT_A_TIME = 4;

Deno.test(`${COUNT} random programs have one derivative, by whatever way`, async () => {
  const found = { kinks: 0, refused: 0, throwing: 0 };
  for (let first = FIRST; first < FIRST + COUNT; first += AT_A_TIME) {
    const seeds = Array.from({ length: Math.min(AT_A_TIME, FIRST + COUNT - first) }, (_, i) => first + i);
    const bodies = Object.fromEntries(seeds.map((seed) => [`program ${seed}`, randomProgram(seed)]));
    await Functions.with(bodies, (functions) => agreement(functions, bodies, found), { shared: HELPERS });
  }
  assert.ok(found.kinks < COUNT / 20, `${found.kinks} of ${COUNT} are at a kink`);
});
