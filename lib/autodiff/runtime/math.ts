/**
 * `Math`, for plain and active numbers.
 * @module
 */
import { Active, lift1, lift2, partOf, state, type Value } from "./active.ts";
import { pow, v } from "./operators.ts";
import { record2 } from "./tape.ts";

/** A function of one number, by its value and its derivative: of the argument x and the value y. */
function unary(f: (x: number) => number, derivative: (x: number, y: number) => number): (x: unknown) => unknown {
  return (x) => {
    if (typeof x === "number") return f(x);
    if (!(x instanceof Active)) return f(v(x) as number);
    const y = f(x.v);
    return lift1(x, y, derivative(x.v, y));
  };
}

/** A function that is constant by pieces: it gives a plain number. */
const constant = (f: (x: number) => number) => (x: unknown): number => f(typeof x === "number" ? x : v(x) as number);

export const sin = unary(Math.sin, (x) => Math.cos(x));
export const cos = unary(Math.cos, (x) => -Math.sin(x));
export const tan = unary(Math.tan, (_x, y) => 1 + y * y);
export const asin = unary(Math.asin, (x) => 1 / Math.sqrt(1 - x * x));
export const acos = unary(Math.acos, (x) => -1 / Math.sqrt(1 - x * x));
export const atan = unary(Math.atan, (x) => 1 / (1 + x * x));
export const sinh = unary(Math.sinh, (x) => Math.cosh(x));
export const cosh = unary(Math.cosh, (x) => Math.sinh(x));
export const tanh = unary(Math.tanh, (_x, y) => 1 - y * y);
export const asinh = unary(Math.asinh, (x) => 1 / Math.sqrt(x * x + 1));
export const acosh = unary(Math.acosh, (x) => 1 / Math.sqrt(x * x - 1));
export const atanh = unary(Math.atanh, (x) => 1 / (1 - x * x));
export const exp = unary(Math.exp, (_x, y) => y);
export const expm1 = unary(Math.expm1, (x) => Math.exp(x));
export const log = unary(Math.log, (x) => 1 / x);
export const log1p = unary(Math.log1p, (x) => 1 / (1 + x));
export const log2 = unary(Math.log2, (x) => 1 / (x * Math.LN2));
export const log10 = unary(Math.log10, (x) => 1 / (x * Math.LN10));
export const sqrt = unary(Math.sqrt, (_x, y) => 0.5 / y);
export const cbrt = unary(Math.cbrt, (_x, y) => 1 / (3 * y * y));
export const abs = unary(Math.abs, Math.sign);
export const fround = unary(Math.fround, () => 1);
export const f16round = unary(Math.f16round, () => 1);
export const floor = constant(Math.floor);
export const ceil = constant(Math.ceil);
export const round = constant(Math.round);
export const trunc = constant(Math.trunc);
export const sign = constant(Math.sign);
export const clz32 = constant(Math.clz32);
export const imul = (a: unknown, b: unknown): number => Math.imul(v(a) as number, v(b) as number);

export function atan2(y: unknown, x: unknown): unknown {
  if (typeof y === "number" && typeof x === "number") return Math.atan2(y, x);
  if (!(y instanceof Active || x instanceof Active)) return Math.atan2(v(y) as number, v(x) as number);
  const [b, a] = [v(y) as number, v(x) as number];
  const square = a * a + b * b, value = Math.atan2(b, a);
  return binary(y, x, value, a / square, -b / square);
}

function binary(a: unknown, b: unknown, value: number, p: number, q: number): Value {
  if (!(a instanceof Active)) return lift1(b as Active, value, q);
  return b instanceof Active ? lift2(a, b, value, p, q) : lift1(a, value, p);
}

export function hypot(...xs: unknown[]): unknown {
  const values = xs.map((x) => v(x) as number), h = Math.hypot(...values);
  return combine(h, xs, (i) => h === 0 ? 0 : values[i]! / h);
}

/** The derivative at a tie is shared in equal parts. */
export const max = extreme(Math.max);
export const min = extreme(Math.min);

function extreme(f: (...xs: number[]) => number): (...xs: unknown[]) => unknown {
  return (...xs) => {
    if (xs.length === 2) {
      const [a, b] = xs;
      if (typeof a === "number" && typeof b === "number") return f(a, b);
      if (a instanceof Active && b instanceof Active) {
        const share = a.v === b.v ? 0.5 : undefined, y = f(a.v, b.v);
        return lift2(a, b, y, share ?? (y === a.v ? 1 : 0), share ?? (y === b.v ? 1 : 0));
      }
    }
    const values = xs.map((x) => v(x) as number), y = f(...values);
    const ties = values.filter((x) => x === y).length;
    return combine(y, xs, (i) => values[i] === y ? 1 / ties : 0);
  };
}

/** A number of value `y` whose derivative by the i-th of some numbers is `partial(i)`. */
export function combine(y: number, xs: readonly unknown[], partial: (i: number) => number): Value {
  let sum: Value = y;
  let d = 0;
  for (const [i, x] of xs.entries()) {
    if (!(x instanceof Active)) continue;
    const part = partOf(x), p = partial(i);
    if (part === 0 || p === 0) continue;
    d = state.backward ? record2(part, p, d, 1) : d + p * part;
    sum = new Active(y, d, state.block);
  }
  return sum;
}

/** Only newer engines have it. */
export const sumPrecise = (xs: Iterable<unknown>): unknown => {
  const list = [...xs];
  const { sumPrecise } = Math as { sumPrecise?: (xs: Iterable<number>) => number };
  return combine(sumPrecise!(list.map((x) => v(x) as number)), list, () => 1);
};

export { pow };
export const random = Math.random;
