/**
 * `Math`, for plain and active numbers.
 * @module
 */
import { Active, D, lift1, lift2, partOf, state, V, type Value } from "./active.ts";
import { add, div, mul, operand, pow, v } from "./operators.ts";
import { record2 } from "./tape.ts";

type Derivative = (x: number, y: number) => number;

/**
 * Functions of one number, with their first and second derivatives: by the argument x and the value y. 1 - x² is written
 * as (1 - x) * (1 + x), which loses no digits near 1; in 1 - y² of tanh they would be lost already.
 */
export const DERIVATIVES: Readonly<Record<string, readonly [Derivative, Derivative] | undefined>> = {
  sin: [(x) => Math.cos(x), (_x, y) => -y],
  cos: [(x) => -Math.sin(x), (_x, y) => -y],
  tan: [(_x, y) => 1 + y * y, (_x, y) => 2 * y * (1 + y * y)],
  asin: [(x) => 1 / Math.sqrt((1 - x) * (1 + x)), (x) => x / ((1 - x) * (1 + x)) ** 1.5],
  acos: [(x) => -1 / Math.sqrt((1 - x) * (1 + x)), (x) => -x / ((1 - x) * (1 + x)) ** 1.5],
  atan: [(x) => 1 / (1 + x * x), (x) => -2 * x / (1 + x * x) ** 2],
  sinh: [(x) => Math.cosh(x), (_x, y) => y],
  cosh: [(x) => Math.sinh(x), (_x, y) => y],
  tanh: [(x) => 1 / Math.cosh(x) ** 2, (x, y) => -2 * y / Math.cosh(x) ** 2],
  asinh: [(x) => 1 / Math.sqrt(x * x + 1), (x) => -x / (x * x + 1) ** 1.5],
  acosh: [(x) => 1 / Math.sqrt((x - 1) * (x + 1)), (x) => -x / ((x - 1) * (x + 1)) ** 1.5],
  atanh: [(x) => 1 / ((1 - x) * (1 + x)), (x) => 2 * x / ((1 - x) * (1 + x)) ** 2],
  exp: [(_x, y) => y, (_x, y) => y],
  expm1: [(x) => Math.exp(x), (x) => Math.exp(x)],
  log: [(x) => 1 / x, (x) => -1 / (x * x)],
  log1p: [(x) => 1 / (1 + x), (x) => -1 / (1 + x) ** 2],
  log2: [(x) => 1 / (x * Math.LN2), (x) => -1 / (x * x * Math.LN2)],
  log10: [(x) => 1 / (x * Math.LN10), (x) => -1 / (x * x * Math.LN10)],
  sqrt: [(_x, y) => 0.5 / y, (_x, y) => -0.25 / y ** 3],
  cbrt: [(_x, y) => 1 / (3 * y * y), (_x, y) => -2 / (9 * y ** 5)],
  abs: [(x) => Math.sign(x), () => 0],
  fround: [() => 1, () => 0],
  f16round: [() => 1, () => 0],
};

function unary(name: string): (x: unknown) => unknown {
  const f = Math[name as "sin"], [first, second] = DERIVATIVES[name]!;
  return (x) => {
    if (typeof x === "number") return f(x);
    const a = operand(x);
    if (!(a instanceof Active)) return f(a as number);
    const y = f(a[V]);
    return lift1(a, y, first(a[V], y), state.twice ? second(a[V], y) : 0);
  };
}

/** A piecewise constant function: its result is a plain number. */
const constant = (f: (x: number) => number) => (x: unknown): number => f(typeof x === "number" ? x : v(x) as number);

function atan2(y: unknown, x: unknown): unknown {
  if (typeof y === "number" && typeof x === "number") return Math.atan2(y, x);
  [y, x] = [operand(y), operand(x)];
  if (!(y instanceof Active || x instanceof Active)) return Math.atan2(v(y) as number, v(x) as number);
  const [b, a] = [v(y) as number, v(x) as number];
  const square = a * a + b * b, value = Math.atan2(b, a);
  const p = a / square, q = -b / square, second = 2 * p * q, mixed = q * q - p * p;
  if (!(y instanceof Active)) return lift1(x as Active, value, q, -second);
  return x instanceof Active ? lift2(y, x, value, p, q, second, mixed, -second) : lift1(y, value, p, second);
}

function hypot(...given: unknown[]): unknown {
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
  const root = mul(math["sqrt"]!(sum), h);
  return root instanceof Active ? new Active(h, root[D], state.block) : h;
}

/** `max` and `min`. The derivative at a tie is shared in equal parts. */
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
function combine(y: number, xs: readonly unknown[], partial: (i: number) => number): Value {
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
function sumPrecise(xs: unknown): unknown {
  const list = [...xs as Iterable<unknown>];
  const { sumPrecise } = Math as { sumPrecise?: (xs: Iterable<number>) => number };
  return combine(sumPrecise!(list.map((x) => v(x) as number)), list, () => 1);
}

/** The functions of `Math`. */
export const math: Readonly<Record<string, (...xs: unknown[]) => unknown>> = {
  ...Object.fromEntries(Object.keys(DERIVATIVES).map((name) => [name, unary(name)])),
  ...Object.fromEntries(
    (["floor", "ceil", "round", "trunc", "sign", "clz32"] as const).map((name) => [name, constant(Math[name])]),
  ),
  imul: (a, b) => Math.imul(v(a) as number, v(b) as number),
  atan2,
  hypot,
  max: extreme(Math.max),
  min: extreme(Math.min),
  pow,
  random: Math.random,
  sumPrecise,
};
