/**
 * `Math`, for plain and active numbers.
 * @module
 */
import { Active, D, lift1, lift2, partOf, state, V, type Value } from "./active.ts";
import { add, div, mul, operand, pow, v } from "./operators.ts";
import { record2 } from "./tape.ts";

/** Derivatives of functions of one number: by the argument x and the value y. */
export const partials = {
  sin: (x) => Math.cos(x),
  cos: (x) => -Math.sin(x),
  tan: (_x, y) => 1 + y * y,
  asin: (x) => 1 / Math.sqrt(1 - x * x),
  acos: (x) => -1 / Math.sqrt(1 - x * x),
  atan: (x) => 1 / (1 + x * x),
  sinh: (x) => Math.cosh(x),
  cosh: (x) => Math.sinh(x),
  tanh: (_x, y) => 1 - y * y,
  asinh: (x) => 1 / Math.sqrt(x * x + 1),
  acosh: (x) => 1 / Math.sqrt(x * x - 1),
  atanh: (x) => 1 / (1 - x * x),
  exp: (_x, y) => y,
  expm1: (x) => Math.exp(x),
  log: (x) => 1 / x,
  log1p: (x) => 1 / (1 + x),
  log2: (x) => 1 / (x * Math.LN2),
  log10: (x) => 1 / (x * Math.LN10),
  sqrt: (_x, y) => 0.5 / y,
  cbrt: (_x, y) => 1 / (3 * y * y),
  abs: Math.sign,
  fround: () => 1,
  f16round: () => 1,
} satisfies Partial<Record<keyof Math, (x: number, y: number) => number>>;

/** Their second derivatives, from the same x and y. */
const seconds: Readonly<Record<keyof typeof partials, (x: number, y: number) => number>> = {
  sin: (_x, y) => -y,
  cos: (_x, y) => -y,
  tan: (_x, y) => 2 * y * (1 + y * y),
  asin: (x) => x / (1 - x * x) ** 1.5,
  acos: (x) => -x / (1 - x * x) ** 1.5,
  atan: (x) => -2 * x / (1 + x * x) ** 2,
  sinh: (_x, y) => y,
  cosh: (_x, y) => y,
  tanh: (_x, y) => -2 * y * (1 - y * y),
  asinh: (x) => -x / (x * x + 1) ** 1.5,
  acosh: (x) => -x / (x * x - 1) ** 1.5,
  atanh: (x) => 2 * x / (1 - x * x) ** 2,
  exp: (_x, y) => y,
  expm1: (x) => Math.exp(x),
  log: (x) => -1 / (x * x),
  log1p: (x) => -1 / (1 + x) ** 2,
  log2: (x) => -1 / (x * x * Math.LN2),
  log10: (x) => -1 / (x * x * Math.LN10),
  sqrt: (_x, y) => -0.25 / y ** 3,
  cbrt: (_x, y) => -2 / (9 * y ** 5),
  abs: () => 0,
  fround: () => 0,
  f16round: () => 0,
};

function unary(name: keyof typeof partials): (x: unknown) => unknown {
  const f = Math[name], derivative: (x: number, y: number) => number = partials[name], second = seconds[name];
  return (x) => {
    if (typeof x === "number") return f(x);
    const a = operand(x);
    if (!(a instanceof Active)) return f(a as number);
    const y = f(a[V]);
    return lift1(a, y, derivative(a[V], y), state.twice ? second(a[V], y) : 0);
  };
}

/** A piecewise constant function: its result is a plain number. */
const constant = (f: (x: number) => number) => (x: unknown): number => f(typeof x === "number" ? x : v(x) as number);

export const sin = unary("sin");
export const cos = unary("cos");
export const tan = unary("tan");
export const asin = unary("asin");
export const acos = unary("acos");
export const atan = unary("atan");
export const sinh = unary("sinh");
export const cosh = unary("cosh");
export const tanh = unary("tanh");
export const asinh = unary("asinh");
export const acosh = unary("acosh");
export const atanh = unary("atanh");
export const exp = unary("exp");
export const expm1 = unary("expm1");
export const log = unary("log");
export const log1p = unary("log1p");
export const log2 = unary("log2");
export const log10 = unary("log10");
export const sqrt = unary("sqrt");
export const cbrt = unary("cbrt");
export const abs = unary("abs");
export const fround = unary("fround");
export const f16round = unary("f16round");
export const floor = constant(Math.floor);
export const ceil = constant(Math.ceil);
export const round = constant(Math.round);
export const trunc = constant(Math.trunc);
export const sign = constant(Math.sign);
export const clz32 = constant(Math.clz32);
export const imul = (a: unknown, b: unknown): number => Math.imul(v(a) as number, v(b) as number);

export function atan2(y: unknown, x: unknown): unknown {
  if (typeof y === "number" && typeof x === "number") return Math.atan2(y, x);
  [y, x] = [operand(y), operand(x)];
  if (!(y instanceof Active || x instanceof Active)) return Math.atan2(v(y) as number, v(x) as number);
  const [b, a] = [v(y) as number, v(x) as number];
  const square = a * a + b * b, value = Math.atan2(b, a);
  const p = a / square, q = -b / square, second = 2 * p * q, mixed = q * q - p * p;
  if (!(y instanceof Active)) return lift1(x as Active, value, q, -second);
  return x instanceof Active ? lift2(y, x, value, p, q, second, mixed, -second) : lift1(y, value, p, second);
}

export function hypot(...given: unknown[]): unknown {
  const xs = given.map(operand);
  const values = xs.map((x) => v(x) as number), h = Math.hypot(...values);
  if (state.twice && h > 0 && h < Infinity) return hypotTwice(h, xs);
  return combine(h, xs, (i) => h === 0 ? 0 : values[i]! / h);
}

/** `hypot` made of operations whose second derivatives are known; scaled by the result, so that no square overflows. */
function hypotTwice(h: number, xs: readonly unknown[]): Value {
  let sum: unknown = 0;
  for (const x of xs) {
    const part = div(x, h);
    sum = add(sum, mul(part, part));
  }
  const root = mul(sqrt(sum), h);
  return root instanceof Active ? new Active(h, root[D], state.block) : h;
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
        const share = a[V] === b[V] ? 0.5 : undefined, y = f(a[V], b[V]);
        return lift2(a, b, y, share ?? (y === a[V] ? 1 : 0), share ?? (y === b[V] ? 1 : 0));
      }
    }
    xs = xs.map(operand);
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

/** `Math.sumPrecise`, which only newer engines have. */
export const sumPrecise = (xs: Iterable<unknown>): unknown => {
  const list = [...xs];
  const { sumPrecise } = Math as { sumPrecise?: (xs: Iterable<number>) => number };
  return combine(sumPrecise!(list.map((x) => v(x) as number)), list, () => 1);
};

export { pow };
export const random = Math.random;
