/** Programs of random syntax: each is right, or refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { agreement } from "./agreement.ts";
import { COUNT, inParts, SEED } from "./in_parts.ts";
import { Functions } from "./module.ts";
import { programOf, SYNTAX_HELPERS } from "./random_syntax/program.ts";

const AT_A_TIME = 4;

const choices = fc.array(fc.noBias(fc.nat(0xFFFF)), { minLength: 10, maxLength: 150, size: "max" });
const programs = fc.array(choices.map(programOf), { minLength: AT_A_TIME, maxLength: AT_A_TIME });

Deno.test(`${COUNT} programs of random syntax are differentiated rightly, or refused`, () =>
  inParts(import.meta.url, async () => {
    const found = { kinks: 0, refused: 0, throwing: 0 };
    await fc.assert(
      fc.asyncProperty(programs, async (texts) => {
        const bodies = Object.fromEntries(texts.map((text, i) => [`program ${i}`, text]));
        const check = (functions: Functions) => agreement(functions, bodies, found, true);
        await Functions.with(bodies, check, { shared: SYNTAX_HELPERS });
      }),
      { numRuns: Math.ceil(COUNT / AT_A_TIME), seed: SEED, endOnFailure: true },
    );
    assert.ok(found.kinks < COUNT / 10, `${found.kinks} of ${COUNT} are at a kink`);
    assert.ok(found.refused + found.throwing < COUNT / 10, Deno.inspect(found));
  }));
