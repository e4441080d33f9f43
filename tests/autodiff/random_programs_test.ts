/** Random programs from numbers to numbers. */
import assert from "node:assert/strict";
import { agreement } from "./agreement.ts";
import { COUNT, inParts, SEED } from "./in_parts.ts";
import { Functions } from "./module.ts";
import { HELPERS, randomProgram } from "./random_programs.ts";

const AT_A_TIME = 4;

Deno.test(`${COUNT} random programs have one derivative, by whatever way`, () =>
  inParts(import.meta.url, async () => {
    const found = { kinks: 0, refused: 0, throwing: 0 };
    for (let first = SEED; first < SEED + COUNT; first += AT_A_TIME) {
      const seeds = Array.from({ length: Math.min(AT_A_TIME, SEED + COUNT - first) }, (_, i) => first + i);
      const bodies = Object.fromEntries(seeds.map((seed) => [`program ${seed}`, randomProgram(seed)]));
      await Functions.with(bodies, (functions) => agreement(functions, bodies, found), { shared: HELPERS });
    }
    assert.ok(found.kinks < COUNT / 20, `${found.kinks} of ${COUNT} are at a kink`);
  }));
