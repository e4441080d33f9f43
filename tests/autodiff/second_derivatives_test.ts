/** Second derivatives against differences of the exact gradient, which share no rule with them, and against formulas. */
import assert from "node:assert/strict";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { hessianVectorProduct, NoSecondDerivative } from "../../lib/autodiff/second_derivatives.ts";
import { close, Functions } from "./module.ts";
import { HELPERS, randomProgram } from "./random_programs.ts";

const COUNT = Number(Deno.env.get("AUTODIFF_PROGRAMS") || 60);
const FIRST = Number(Deno.env.get("AUTODIFF_SEED") || 1);
const AT_A_TIME = 4;

const vector = (data: readonly number[]): NdArray => ({
  dtype: "float64",
  shape: [data.length],
  data: new Float64Array(data),
});

async function product(
  { module }: Functions,
  name: string,
  x: readonly number[],
  w: readonly number[],
  v: readonly number[],
): Promise<number[]> {
  const inputs = { name, x: vector(x) };
  const found = await hessianVectorProduct(module, inputs, ["x"], { y: vector(w) }, { x: vector(v) }, {});
  return Array.from(found["x"]!.data as Float64Array);
}

/** The derivative of the gradient along v, by differences of the sixth order. */
async function differences(functions: Functions, name: string, x: number[], w: number[], v: number[], step: number) {
  const at = (k: number) => functions.vjp(name, x.map((value, i) => value + k * step * v[i]!), w);
  const gradients: number[][] = [];
  for (const k of [3, 2, 1, -1, -2, -3]) gradients.push(await at(k));
  const [a, b, c, d, e, f] = gradients;
  return x.map((_, i) => ((a![i]! - f![i]!) / 60 - 3 * (b![i]! - e![i]!) / 20 + 3 * (c![i]! - d![i]!) / 4) / step);
}

/** Is the product what differences say, for one step or another? */
async function agrees(functions: Functions, name: string, x: number[], w: number[], v: number[]): Promise<number[]> {
  const found = await product(functions, name, x, w, v);
  let error: unknown;
  for (const step of [1e-2, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6]) {
    try {
      const expected = await differences(functions, name, x, w, v, step);
      close([found], [expected], Math.max(1e-8, 1e-11 / step), name);
      return found;
    } catch (thrown) {
      error = thrown;
    }
  }
  throw error;
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    "sin cos tan asin acos atan sinh cosh tanh asinh atanh exp expm1 log log1p log2 log10 sqrt cbrt abs".split(" ")
      .map((name) => [`Math.${name}`, `[Math.${name}(x[0]), Math.${name}(x[0] * x[1])]`]),
  ),
  "Math.acosh": "[Math.acosh(1.5 + x[0] * x[1])]",
  "Math.atan2": "[Math.atan2(x[0], x[1]), Math.atan2(0.4, x[1]), Math.atan2(x[0], 0.7), Math.atan2(x[0] * x[1], x[0])]",
  "Math.hypot": "[Math.hypot(x[0], x[1]), Math.hypot(x[0], 2, x[1] * x[0]), Math.hypot(x[0])]",
  "Math.max": "[Math.max(x[0] * x[0], x[1]), Math.min(x[0] ** 3, x[1] ** 2, 7)]",
  "+ −": "[x[0] + x[1] - 3, -x[0]]",
  "·": "[x[0] * x[1], x[0] * x[0] * x[0], 3 * x[1]]",
  "÷": "[x[0] / x[1], 2 / x[1], x[1] / 3, x[0] / (x[0] + x[1])]",
  "%": "[x[0] * x[0] % 0.3, 5 % x[1] * x[0], x[1] % x[0] * x[1]]",
  "**": "[x[0] ** 3, x[0] ** 2, x[0] ** 1, x[0] ** 0, x[0] ** -1.5, 2 ** x[1], x[0] ** x[1], x[1] ** (x[0] * x[0])]",
  "arrays and loops":
    "const a = new Float64Array(4); for (let i = 0; i < 4; i++) a[i] = x[0] ** i * x[1]; for (let i = 1; i < 4; i++) a[i] *= a[i - 1]; return a",
  "checkpoint":
    "const f = checkpoint((a, b) => Math.sin(a * b) * Math.exp(a)); return [f(x[0], x[1]) * x[0], f(x[1], x[0]) ** 2]",
  "await": "async (x) => { const a = await Promise.resolve(x[0] * x[1]); return [a * a, Math.log(a)] }",
  "Newton's method":
    "let y = 1; for (let i = 0; i < 30; i++) y -= (y ** 3 + x[0] * y - x[1]) / (3 * y * y + x[0]); return [y]",
};

Deno.test("second derivatives of every function of Math and every operator are those of the first", async () => {
  await Functions.with(FUNCTIONS, async (functions) => {
    for (const name of Object.keys(FUNCTIONS)) {
      for (const x of [[0.43, 0.71], [0.81, 0.35]]) {
        const count = (await functions.value(name, x)).length;
        const w = Array.from({ length: count }, (_, i) => 1 + 0.3 * i);
        const rows = [await agrees(functions, name, x, w, [1, 0]), await agrees(functions, name, x, w, [0, 1])];
        assert(Math.abs(rows[0]![1]! - rows[1]![0]!) <= 1e-12 * Math.max(1, ...rows.flat().map(Math.abs)), name);
      }
    }
  });
});

Deno.test("they are right where the first derivative is exactly 0, and where values are very large", async () => {
  const bodies = {
    square: "[x[0] * x[0]]",
    power: "[x[0] ** 2]",
    product: "[x[0] * x[1]]",
    cosine: "[Math.cos(x[0])]",
    hypotenuse: "[Math.hypot(x[0], x[1])]",
  };
  await Functions.with(bodies, async (functions) => {
    const at = (name: string, x: number[], v: number[]) => product(functions, name, x, [1], v);
    assert.deepEqual(await at("square", [0, 0], [1, 0]), [2, 0]);
    assert.deepEqual(await at("power", [0, 0], [1, 0]), [2, 0]);
    assert.deepEqual(await at("product", [0, 0], [1, 0]), [0, 1]);
    assert.deepEqual(await at("cosine", [0, 0], [1, 0]), [-1, 0]);
    close([await at("hypotenuse", [3e200, 4e200], [1e200, 0])], [[0.128, -0.096]], 1e-14, "hypotenuse");
  });
});

Deno.test(`${COUNT} random programs have the second derivatives that differences of their gradients have`, async () => {
  let kinks = 0;
  for (let first = FIRST; first < FIRST + COUNT; first += AT_A_TIME) {
    const seeds = Array.from({ length: Math.min(AT_A_TIME, FIRST + COUNT - first) }, (_, i) => first + i);
    const bodies = Object.fromEntries(seeds.map((seed) => [`program ${seed}`, randomProgram(seed)]));
    await Functions.with(bodies, async (functions) => {
      for (const name of Object.keys(bodies)) {
        const x = [0.63, -0.41, 0.87], v = [0.7, -1.1, 0.4];
        const w = (await functions.value(name, x)).map((_, i) => 1 - 0.2 * i);
        try {
          await agrees(functions, name, x, w, v);
        } catch (error) {
          // Beside a kink or a jump of the gradient differences are no measure.
          const near = [0, 3e-6, -3e-6].map((h) => x.map((value, i) => value + h * v[i]!));
          const gradients = await Promise.all(near.map((point) => functions.vjp(name, point, w)));
          const isSmooth = gradients.every((gradient) =>
            gradient.every((value, i) => Math.abs(value - gradients[0]![i]!) < 1e-3 * Math.max(1, Math.abs(value)))
          );
          if (isSmooth) throw new Error(`${bodies[name]}\n${(error as Error).message}`, { cause: error });
          kinks++;
        }
      }
    }, { shared: HELPERS });
  }
  assert(kinks <= COUNT / 10, `${kinks} of ${COUNT} programs have kinks`);
});

Deno.test("a rule of customDerivative has no second derivative: an error, and the next call is as ever", async () => {
  const shared =
    "const f = customDerivative((a) => a * a, { jvp: ([a], [v]) => 2 * a * v, vjp: ([a], w) => [2 * a * w] });";
  await Functions.with({ custom: "[f(x[0])]", plain: "[x[0] ** 3]" }, async (functions) => {
    await assert.rejects(product(functions, "custom", [3], [1], [1]), (error) => {
      assert(error instanceof NoSecondDerivative);
      assert.match(error.message, /tesseract_api\.ts:\d+.*no second derivatives/);
      return true;
    });
    assert.deepEqual(await product(functions, "plain", [3], [1], [1]), [18]);
    assert.deepEqual(await functions.vjp("custom", [3], [1]), [6]);
  }, { shared });
});

Deno.test("first derivatives in between are what they are without second ones", async () => {
  await Functions.with({ f: "[Math.sin(x[0]) * x[1] ** 2]" }, async (functions) => {
    const before = await functions.agree("f", [0.3, 0.7]);
    await product(functions, "f", [0.3, 0.7], [1], [1, 1]);
    functions.specialise();
    close(await functions.agree("f", [0.3, 0.7]), before, 1e-14, "after");
    close(
      [await product(functions, "f", [0.3, 0.7], [1], [0, 1])],
      [[
        Math.cos(0.3) * 2 * 0.7,
        Math.sin(0.3) * 2,
      ]],
      1e-14,
      "specialised",
    );
  });
});
