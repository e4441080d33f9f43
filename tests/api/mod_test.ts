import assert from "node:assert/strict";
import * as mod from "../../mod.ts";

/** All that user-module.md lists. */
const VALUES = [
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
];
const TYPES = ["Context", "DType", "Inputs", "NdArray", "Outputs", "Path", "Shape", "Tesseract"];

Deno.test("mod.ts exports what user modules import, and nothing else", async () => {
  assert.deepEqual(Object.keys(mod).sort(), VALUES);
  const text = await Deno.readTextFile(new URL("../../mod.ts", import.meta.url));
  const lists = [...text.replace(/\/\*[^]*?\*\//g, "").matchAll(/^export (type )?\{([^}]*)\}/gm)];
  const types = lists.flatMap(([, all, names]) =>
    names!.split(",").map((name) => name.trim()).filter((name) => all || name.startsWith("type "))
  );
  assert.deepEqual(types.map((name) => name.replace("type ", "")).sort(), TYPES);
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
