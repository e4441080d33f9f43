/**
 * The first calls of a module of 200 lines in a new process: apply, and a derivative, each in milliseconds of processor
 * time of this thread. The part of the process that loads the program is not in it.
 *
 *     deno run -A bench/autodiff/first_call.ts apply|jacobianVectorProduct|vectorJacobianProduct
 */
import { loadModule } from "../../lib/check/inspect.ts";

const helper = (i: number) => `
/** Some steps of a chemical reaction with ${i + 2} stages. */
function reaction${i}(concentrations: Float64Array, rates: Float64Array): Float64Array {
  const next = concentrations.slice();
  for (let step = 0; step < 5; step++) {
    for (let stage = 0; stage + 1 < next.length; stage++) {
      const rate = rates[stage % rates.length]! * ${i + 1};
      const converted = 0.01 * rate * next[stage]! / (1 + next[stage]! ** 2);
      next[stage]! -= converted;
      next[stage + 1]! += converted;
      if (next[stage]! > 10) {
        next[stage] = 10 - Math.log(next[stage]! / 10);
      } else {
        next[stage]! *= Math.exp(-0.001 * rate);
      }
    }
  }
  return next;
}
`;

const text = `import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
${Array.from({ length: 9 }, (_, i) => helper(i)).join("")}
const vector = (size: string) => differentiable(array([size], "float64"));

export default defineTesseract({
  InputSchema: z.object({ concentrations: vector("n"), rates: vector("m") }),
  OutputSchema: z.object({ concentrations: vector("n") }),
  derivatives: "auto",

  apply({ concentrations, rates }) {
    let now = concentrations.data;
${
  Array.from({ length: 9 }, (_, i) => `    now = reaction${i}(now, rates.data);\n`).join("")
}    return { concentrations: now };
  },
});
`;

const busy = () => Number(Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ")[0]) / 1e6;

const folder = await Deno.makeTempDir();
await Deno.writeTextFile(`${folder}/tesseract_api.ts`, text);
try {
  const { functions } = await loadModule(`${folder}/tesseract_api.ts`);
  const vector = (n: number) => ({ dtype: "float64", shape: [n], data: new Float64Array(n).fill(1) });
  const inputs = { concentrations: vector(10), rates: vector(5) };
  const by = new Set(Object.keys(inputs)), of = new Set(["concentrations"]);
  const way = Deno.args[0] as "apply" | "jacobianVectorProduct" | "vectorJacobianProduct";
  const vectors = way === "vectorJacobianProduct" ? { concentrations: vector(10) } : inputs;
  const before = busy();
  await (way === "apply" ? functions.apply!(inputs, {}) : functions[way]!(inputs, by, of, vectors, {}));
  console.log((busy() - before).toFixed(1));
} finally {
  await Deno.remove(folder, { recursive: true });
}
