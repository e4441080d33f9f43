/** TypeScript in the copy: types go, and with them what only types are imported from. */
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
