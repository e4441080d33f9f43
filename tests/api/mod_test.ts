import assert from "node:assert/strict";
import * as mod from "../../mod.ts";

Deno.test("mod.ts exports what user modules import, and nothing else", () => {
  // The types that it exports are listed by the imports of tests/types/named_exports_test.ts.
  assert.deepEqual(Object.keys(mod).sort(), [
    "anyShape",
    "array",
    "checkpoint",
    "customDerivative",
    "defineTesseract",
    "differentiable",
    "finiteDifferences",
    "inputPath",
    "jacobianFromJvp",
    "jacobianFromVjp",
    "jvpFromJacobian",
    "like",
    "ndarray",
    "outputPath",
    "requireFile",
    "scalar",
    "stopGradient",
    "vjpFromJacobian",
    "z",
  ]);
});

Deno.test("z is all of Zod, and the one that the schemas are made with", async () => {
  const zod = await import("zod");
  assert.equal(mod.z, zod.z);
  assert.ok(mod.scalar("float32") instanceof zod.ZodType);
});

Deno.test("defineTesseract() gives its definition back", () => {
  const definition = { InputSchema: mod.z.object({}), OutputSchema: mod.z.object({}), apply: () => ({}) };
  assert.equal(mod.defineTesseract(definition), definition);
});
