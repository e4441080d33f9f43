/**
 * Random syntax: right, or refused. `AUTODIFF_PROGRAMS=10000` makes it that many programs; `AUTODIFF_SEED` is the seed.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { agreement } from "./agreement.ts";
import { Functions } from "./module.ts";
import { programOf, SYNTAX_HELPERS } from "./random_syntax/program.ts";

const COUNT = Number(Deno.env.get("AUTODIFF_PROGRAMS") ?? 500);
const SEED = Number(Deno.env.get("AUTODIFF_SEED") ?? 1);
const AT_A_TIME = 4;

const choices = fc.array(fc.noBias(fc.nat(0xFFFF)), { minLength: 10, maxLength: 150, size: "max" });
const programs = fc.array(choices.map(programOf), { minLength: AT_A_TIME, maxLength: AT_A_TIME });

Deno.test(`${COUNT} programs of random syntax are differentiated rightly, or refused`, async () => {
  const found = { kinks: 0, refused: 0, throwing: 0 };
  await fc.assert(
    fc.asyncProperty(programs, async (texts) => {
      const bodies = Object.fromEntries(texts.map((text, i) => [`program ${i}`, text]));
      await Functions.with(bodies, (functions) => agreement(functions, bodies, found, true), {
        shared: SYNTAX_HELPERS,
      });
    }),
    { numRuns: Math.ceil(COUNT / AT_A_TIME), seed: SEED },
  );
  assert.ok(found.kinks < COUNT / 10, `${found.kinks} of ${COUNT} are at a kink`);
  assert.ok(found.refused + found.throwing < COUNT / 10, Deno.inspect(found));
});
