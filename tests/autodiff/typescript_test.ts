/** TypeScript in the copy: types go, and with them what only types are imported from. */
import assert from "node:assert/strict";
import { customDerivative, like, type NdArray, ndarray } from "../../mod.ts";
import { Functions } from "./module.ts";

const TYPES = `
export interface Point { readonly a: number; readonly b: number }
export type Vector = Float64Array;
const twice = (x: number): number => 2 * x;
export { twice };
export default interface Shape { readonly size: number }
`;

const X = [0.5, 1.5, -2];

for (const [what, more] of [["types", ""], ["an enum, which is more than types", "enum Axis { X, Y = 2 }"]] as const) {
  Deno.test(`a module with ${what} has derivatives`, async () => {
    // Nothing says that these are types: it is seen only by what uses them. The comments name them, too.
    const shared = `
      import { Point, twice, Vector } from "./types.ts"; // Point, Vector
      import Shape, {
        twice as double,
        type Point as P,
      } from "./types.ts";
      import * as unused from "./types.ts";
      import {} from "./types.ts";
      ${more}
      const size = (shape: Shape): number => shape.size;
      function sum<T extends Vector>(v: T, { a, b }: Point, ...rest: P[]): number {
        let s = (a as number) + b! * rest.length;
        for (const part of v) s += part * <number> double(part);
        return s;
      }
      abstract class Base { abstract f(x: number): number; declare readonly name: string; protected factor? = 3; }
      class Derived extends Base { override f(x: number): number { return x * this.factor!; } }
    `;
    await Functions.with({
      sum: "return sum(x satisfies Float64Array, { a: x[0], b: x[1] }, { a: 1, b: 2 } as P)",
      class: "return new Derived().f(x[0]) * twice(x[1]) * size({ size: x[2] })",
      ...more ? { enum: "return x[0] * Axis.Y" } : {},
    }, async (functions) => {
      for (const name of more ? ["sum", "class", "enum"] : ["sum", "class"]) await functions.check(name, X);
    }, { shared: more ? shared : shared.replace("<number> ", ""), files: { "types.ts": TYPES } });
  });
}

/** Compiles: `jvp` may give a literal list where the function gives so many numbers. */
const sinCos = customDerivative((a: number): [number, number] => [Math.sin(a), Math.cos(a)], {
  jvp: ([a], [d]) => [Math.cos(a) * d, -Math.sin(a) * d],
  vjp: ([a], [sin, cos]) => [sin * Math.cos(a) - cos * Math.sin(a)],
});
const constants = customDerivative((a: number) => [a, 1, 2 * a] as const, { jvp: (_, [d]) => [d, null, 2 * d] });
const later = customDerivative((a: number): Promise<[number, number]> => Promise.resolve([a, -a]), {
  jvp: async (_, [d]) => await Promise.resolve([d, -d]),
});
const twice = (a: NdArray<"float64">) => like(a, a.data.map((v) => 2 * v));
const arrays = customDerivative(twice, { jvp: (_, [d]) => twice(d), vjp: (_, c) => [c.data.map((v) => 2 * v)] });
// @ts-expect-error One tangent of two is missing.
const missing = customDerivative((a: number): [number, number] => [a, a], { jvp: (_, [d]) => [d] });

Deno.test("a function with a rule computes what it does without, with the types that it has", async () => {
  const [sin, cos]: [number, number] = sinCos(0.5), [one]: readonly [number, 1, number] = constants(1);
  const [a, b]: [number, number] = await later(2);
  assert.deepEqual(arrays(ndarray("float64", [1], [4])).data[0], 8);
  assert.deepEqual([sin, cos, one, a, b, missing(3)], [Math.sin(0.5), Math.cos(0.5), 1, 2, -2, [3, 3]]);
});
