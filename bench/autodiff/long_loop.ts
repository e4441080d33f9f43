/** How much memory the derivatives of a loop of 10⁶ steps take, in blocks of 1,000 by `checkpoint`. */
import { loadModule } from "../../lib/check/inspect.ts";

const TEXT = `
import { checkpoint, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const move = checkpoint((x: number, v: number, stiffness: number) => {
  for (let step = 0; step < 1000; step++) {
    v -= 1e-5 * (x + stiffness * x ** 3);
    x += 1e-5 * v;
  }
  return [x, v] as const;
});

export default defineTesseract({
  InputSchema: z.object({ start: differentiable(scalar("float64")), stiffness: differentiable(scalar("float64")) }),
  OutputSchema: z.object({ x: differentiable(scalar("float64")) }),
  derivatives: "auto",
  apply({ start, stiffness }) {
    let [x, v] = [start, 0];
    for (let block = 0; block < 1000; block++) [x, v] = move(x, v, stiffness);
    return { x };
  },
});
`;

const folder = await Deno.makeTempDir();
await Deno.writeTextFile(`${folder}/tesseract_api.ts`, TEXT);
try {
  const { functions: { apply, vectorJacobianProduct } } = await loadModule(`${folder}/tesseract_api.ts`);
  const inputs = { start: 1, stiffness: 0.5 };
  const one = { x: { dtype: "float64", shape: [], data: new Float64Array([1]) } };
  const time = async (call: () => unknown) => {
    const start = performance.now();
    await call();
    return performance.now() - start;
  };
  const plain = await time(() => apply!(inputs, {}));
  const before = Deno.memoryUsage().rss;
  const backwards = await time(() =>
    vectorJacobianProduct!(inputs, new Set(["start", "stiffness"]), new Set(["x"]), one, {})
  );
  const [more, all] = [Deno.memoryUsage().rss - before, Deno.memoryUsage().rss].map((x) => (x / 2 ** 20).toFixed(0));
  console.log(
    `10⁶ steps in blocks of 1,000: apply ${plain.toFixed(0)} ms, vjp ${backwards.toFixed(0)} ms, the process ` +
      `${all} MB, of which ${more} MB for the derivatives`,
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}
