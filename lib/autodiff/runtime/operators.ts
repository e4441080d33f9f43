/**
 * The operators of JavaScript, for plain and active numbers. For other values they do what JavaScript does.
 * @module
 */
import { Active, lift1, lift2, state, strip, V, type Value } from "./active.ts";
import { notFollowed } from "./not_followed.ts";
import { isObject, primitive } from "./primitive.ts";

export function add(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (isObject(a) || isObject(b)) return add(primitive(a, "default"), primitive(b, "default"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) + (b as number);
  const [x, y] = numbers(a, b, true);
  if (typeof x === "number") return lift1(y as Active, x + (y as Active)[V], 1);
  if (typeof y === "number") return lift1(x, x[V] + y, 1);
  return lift2(x, y, x[V] + y[V], 1, 1);
}

export function sub(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (isObject(a) || isObject(b)) return sub(primitive(a, "number"), primitive(b, "number"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) - (b as number);
  const [x, y] = numbers(a, b);
  if (typeof x === "number") return lift1(y as Active, x - (y as Active)[V], -1);
  if (typeof y === "number") return lift1(x, x[V] - y, 1);
  return lift2(x, y, x[V] - y[V], 1, -1);
}

export function mul(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (isObject(a) || isObject(b)) return mul(primitive(a, "number"), primitive(b, "number"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) * (b as number);
  const [x, y] = numbers(a, b);
  if (typeof x === "number") return lift1(y as Active, x * (y as Active)[V], x);
  if (typeof y === "number") return lift1(x, x[V] * y, y);
  return lift2(x, y, x[V] * y[V], y[V], x[V], 0, 1, 0);
}

export function div(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (isObject(a) || isObject(b)) return div(primitive(a, "number"), primitive(b, "number"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) / (b as number);
  const [x, y] = numbers(a, b);
  if (typeof y === "number") return lift1(x as Active, (x as Active)[V] / y, 1 / y);
  const v = (typeof x === "number" ? x : x[V]) / y[V], slope = -v / y[V], bend = -2 * slope / y[V];
  if (typeof x === "number") return lift1(y, v, slope, bend);
  return lift2(x, y, v, 1 / y[V], slope, 0, -1 / (y[V] * y[V]), bend);
}

/** The remainder a − b·trunc(a / b), in which trunc(a / b) is piecewise constant. */
export function rem(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a % b;
  if (isObject(a) || isObject(b)) return rem(primitive(a, "number"), primitive(b, "number"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) % (b as number);
  const [x, y] = numbers(a, b);
  if (typeof y === "number") return lift1(x as Active, (x as Active)[V] % y, 1);
  if (typeof x === "number") return lift1(y, x % y[V], -Math.trunc(x / y[V]));
  return lift2(x, y, x[V] % y[V], 1, -Math.trunc(x[V] / y[V]));
}

export function pow(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a ** b;
  if (isObject(a) || isObject(b)) return pow(primitive(a, "number"), primitive(b, "number"));
  if (!(a instanceof Active || b instanceof Active)) return (a as number) ** (b as number);
  const [x, y] = numbers(a, b);
  const base = typeof x === "number" ? x : x[V], exponent = typeof y === "number" ? y : y[V];
  const v = base ** exponent;
  const [aa, ab, bb] = state.twice ? powTwice(base, exponent, v) : [0, 0, 0];
  if (typeof y === "number") return lift1(x as Active, v, powByBase(base, y), aa);
  if (typeof x === "number") return lift1(y, v, powByExponent(x, v), bb);
  return lift2(x, y, v, powByBase(base, exponent), powByExponent(base, v), aa, ab, bb);
}

/** The second derivatives of a power: by the base, by both, by the exponent. */
function powTwice(x: number, y: number, power: number): [number, number, number] {
  const byBase = y * (y - 1) === 0 ? 0 : y * (y - 1) * x ** (y - 2);
  if (x === 0) return [byBase, 0, 0];
  return [byBase, x ** (y - 1) * (1 + y * Math.log(x)), power * Math.log(x) ** 2];
}

export const powByBase = (x: number, y: number): number => y === 0 ? 0 : y * x ** (y - 1);
/** At a base of 0 the derivative by a (positive) exponent is 0, as in JAX. */
export const powByExponent = (x: number, power: number): number => x === 0 ? 0 : power * Math.log(x);

/** The operands of arithmetic, of which at least one is active; one that is no number is converted. */
function numbers(a: unknown, b: unknown, isSum = false): [Value, Value] {
  return [numeric(a, isSum), numeric(b, isSum)];
}

function numeric(x: unknown, isSum: boolean): Value {
  if (typeof x === "number" || x instanceof Active) return x;
  if (isSum && typeof x === "string") throw notFollowed("is turned into text here");
  return (x as number) * 1; // throws for bigint, as an operator does
}

export function neg(a: unknown): unknown {
  if (typeof a === "number") return -a;
  if (a instanceof Active) return lift1(a, -a[V], -1);
  return isObject(a) ? neg(primitive(a, "number")) : -(a as number);
}

/** `+x` */
export function pos(a: unknown): unknown {
  if (typeof a === "number" || a instanceof Active) return a;
  return isObject(a) ? pos(primitive(a, "number")) : +(a as number);
}

/** The number that `x++` returns, and to which it adds 1. */
export function numericOf(a: unknown): unknown {
  if (typeof a === "number" || a instanceof Active) return a;
  if (isObject(a)) return numericOf(primitive(a, "number"));
  let x = a as number;
  return x++;
}

/** `x + by`, as `++` and `--` compute it. */
function stepped(a: unknown, by: 1 | -1): unknown {
  const x = numericOf(a);
  if (x instanceof Active) return lift1(x, x[V] + by, 1);
  return typeof x === "bigint" ? x + BigInt(by) : x as number + by;
}

export const inc = (a: unknown): unknown => typeof a === "number" ? a + 1 : stepped(a, 1);
export const dec = (a: unknown): unknown => typeof a === "number" ? a - 1 : stepped(a, -1);

// Comparisons and the like are piecewise constant: they use values only.

/** The value of a number, or of the primitive value of an object. */
export const v = (a: unknown): unknown => {
  if (typeof a === "number") return a;
  return a instanceof Active ? a[V] : isObject(a) ? v(primitive(a, "number")) : a;
};

/** The same, but an active number stays active. */
export const operand = (a: unknown): unknown => isObject(a) ? primitive(a, "number") : a;

export const lt = (a: unknown, b: unknown): boolean => (v(a) as number) < (v(b) as number);
export const le = (a: unknown, b: unknown): boolean => (v(a) as number) <= (v(b) as number);
export const gt = (a: unknown, b: unknown): boolean => (v(a) as number) > (v(b) as number);
export const ge = (a: unknown, b: unknown): boolean => (v(a) as number) >= (v(b) as number);
export const eq = (a: unknown, b: unknown): boolean => strip(a) === strip(b);
export const ne = (a: unknown, b: unknown): boolean => strip(a) !== strip(b);
export function looseEq(a: unknown, b: unknown): boolean {
  if (isObject(a) !== isObject(b) && a !== null && b !== null && a !== undefined && b !== undefined) {
    return looseEq(primitive(a, "default"), primitive(b, "default"));
  }
  // deno-lint-ignore eqeqeq
  return strip(a) == strip(b);
}
export const looseNe = (a: unknown, b: unknown): boolean => !looseEq(a, b);

export const typeOf = (a: unknown): string => a instanceof Active ? "number" : typeof a;

/** `x instanceof C`: a number is an instance of nothing. */
export const isInstance = (a: unknown, c: unknown): boolean =>
  a instanceof Active ? false : a instanceof (c as new () => unknown);

/** The text of a value, which may not be active. */
const asText = (what: string) => (a: unknown): unknown => {
  const text = primitive(a, "string");
  if (text instanceof Active) throw notFollowed(what);
  return text;
};

/** A computed property name. */
export const key = asText("is used as the name of a property here");
/** A value in a template. */
export const text = asText("is turned into text here");
