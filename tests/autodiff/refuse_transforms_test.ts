/** A function in a schema that may change what derivatives are of is an error of `check` and of each derivative. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { checkModule } from "../../lib/check/check_module.ts";
import { jacobian } from "../../lib/autodiff/derivatives.ts";
import { close, withModule } from "./module.ts";

const main = (inputs: string, outputs: string) => ({
  "tesseract_api.ts": `
    import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
    const [vector, number] = [differentiable(array(["n"], "float64")), differentiable(scalar("float64"))];
    export default defineTesseract({
      InputSchema: z.object({ x: vector, ${inputs} }),
      OutputSchema: z.object({ y: vector, ${outputs} }),
      derivatives: "auto",
      apply: ({ x }) => ({ y: x.data.map((v) => v * v), o: 3, l: [3], n: "3" }),
    });`,
});

const given = { dtype: "float64", shape: [2], data: Float64Array.of(1.5, 2) };
const jacobianOf = (module: Parameters<typeof jacobian>[0]) =>
  jacobian(module, { x: given }, new Set(["x"]), new Set(["y"]), {});

const REFUSED: Record<string, [inputs: string, outputs: string]> = {
  "inputs.k": ["k: number.transform((v) => v * 3)", ""],
  "inputs.p": ["p: z.preprocess((v) => Number(v) * 3, number)", ""],
  "inputs.q.[].r": ["q: z.array(z.object({ r: number.pipe(z.number().transform((v) => v * 3)) }))", ""],
  "inputs.s.{}": ["s: z.record(z.string(), number.overwrite((v) => v * 3)).optional()", ""],
  "inputs.u": ["u: z.union([z.string().transform((s) => Number(s) / 100), number])", ""],
  "inputs.t": ["t: z.object({ a: vector }).transform(({ a }) => a.data)", ""],
  "outputs.o": ["", "o: number.transform((v) => v * 3)"],
  "outputs.l": ["", "l: z.array(number).transform((l) => l[0])"],
};

for (const [place, schemas] of Object.entries(REFUSED)) {
  Deno.test(`a function of the schema at ${place} is refused where it may change differentiable arrays`, () =>
    withModule(main(...schemas), async (module) => {
      const { faults: [fault] } = await checkModule(module.file, dirname(module.file));
      assert.ok(fault?.message.includes(`${place}: a function of the schema`), fault?.message);
      await assert.rejects(jacobianOf(module), /: a function of the schema .*, and do this step in apply$/);
    }));
}

Deno.test("functions of the schema for what is not differentiable, and those that only check, are no fault", () => {
  const inputs = `n: z.string().transform(Number).default(3), k: number.refine((v) => v > 0).default(1),
    o: z.object({ q: z.preprocess((q) => q, z.int()) }).optional()`;
  return withModule(main(inputs, "n: z.string().transform((s) => s + '!')"), async (module) => {
    assert.deepEqual((await checkModule(module.file, dirname(module.file))).faults, []);
    const { y } = await jacobianOf(module);
    close([Array.from(y!["x"]!.data as Float64Array)], [[3, 0, 0, 4]], 1e-12, "Jacobian");
  });
});
