import assert from "node:assert/strict";
import { bodyOf, partialOf } from "../../lib/autodiff/rewrite/operands.ts";
import { DERIVATIVES } from "../../lib/autodiff/runtime/math.ts";
import { follows } from "./module.ts";

Deno.test("the derivative of each function of Math, as a text, is what the function gives", () => {
  for (const [name, derivatives] of Object.entries(DERIVATIVES)) {
    for (const [a, b] of [[0.3, 0.7], [-1.5, 2.25]] as const) {
      const value = new Function("a", "b", `return ${partialOf(name, "a", "b")};`)(a, b);
      assert.equal(value, derivatives![0](a, b), name);
    }
  }
});

Deno.test("the text of a derivative may be that of a bundled program, without spaces and brackets", () => {
  assert.equal(bodyOf("(x)=>Math.cos(x)", "a", "b"), "Math.cos(a)");
  assert.equal(bodyOf("x=>-1/Math.sqrt(1-x*x)", "a", "b"), "-1/Math.sqrt(1-a*a)");
  assert.equal(bodyOf("(_x, y) => 1 + y * y", "a", "b"), "1 + b * b");
  assert.equal(bodyOf("(_x,y)=>.5/y", "a", "b"), ".5/b");
  assert.equal(bodyOf("()=>1", "a", "b"), "1");
});

Deno.test("where a part of an expression overflows, what does not depend on it any more has a finite derivative", () => {
  const bodies = [
    "1 / (1 + t)",
    "1 / (1 + Math.exp(-800 * (x[i] + 3)))",
    "x[0] / (Math.exp((x[i] + 2 - x[1]) / 0.001) + 1)",
    "x[0] / (x[1] + t)",
    "x[1] / (1 + x[0] * t)",
    "x[0] / (1 + t * t)",
    "1 / Math.sqrt(1 + t ** 2)",
    "1 / Math.hypot(t, x[0])",
    "Math.min(x[0], t) + Math.max(x[0], -t)",
    "Math.tanh(t) + Math.atan(t * x[0]) + 1 / (1 + Math.cosh(t))",
    "Math.exp(-t) * x[0] + Math.exp(-t - t)",
    "Math.log1p(1 / t) + 1 / Math.log(t)",
  ];
  const loop = (sum: string) =>
    `let s = 0; for (let i = 0; i < 3; i++) { const t = Math.exp(900 * (x[i] + 3)); s += ${sum}; } return s`;
  return follows(Object.fromEntries(bodies.map((sum) => [sum, loop(sum)])));
});

Deno.test("derivatives of inverse functions have all their digits beside 1 and -1", () => {
  for (const tiny of [2 ** -20, 2 ** -33, 2 ** -50]) {
    for (const sign of [1, -1]) {
      // 1 - x² and x² - 1 without rounding, but for that of the last operation.
      const inside = tiny * (2 - tiny), outside = tiny * (2 + tiny), x = sign * (1 - tiny);
      const expected = { asin: inside ** -0.5, acos: -(inside ** -0.5), atanh: 1 / inside };
      for (const [name, derivative] of Object.entries(expected)) {
        const found = DERIVATIVES[name]![0](x, NaN);
        assert.ok(Math.abs(found / derivative - 1) < 1e-15, `${name} at ${x}: ${found}, expected ${derivative}`);
      }
      const found = DERIVATIVES["acosh"]![0](1 + tiny, NaN);
      assert.ok(Math.abs(found * Math.sqrt(outside) - 1) < 1e-15, `acosh at ${1 + tiny}: ${found}`);
    }
  }
});

Deno.test("the derivative of tanh has all its digits where tanh is nearly 1 or -1", () => {
  for (const x of [0, 0.5, 5, 15, 20, 100, 300]) {
    const small = Math.exp(-2 * x), first = 4 * small / (1 + small) ** 2;
    for (const sign of [1, -1]) {
      const y = Math.tanh(sign * x), [derivative, second] = DERIVATIVES["tanh"]!;
      assert.ok(Math.abs(derivative(sign * x, y) / first - 1) < 1e-13, `at ${sign * x}: ${derivative(sign * x, y)}`);
      const difference = second(sign * x, y) + 2 * y * first;
      assert.ok(Math.abs(difference) <= 1e-13 * first, `second at ${sign * x}: ${second(sign * x, y)}`);
    }
  }
});
