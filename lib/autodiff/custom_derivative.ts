import type { NdArray } from "../arrays/ndarray.ts";
import { RULE, type Rule } from "./marks.ts";

/** The tangent or cotangent of a value, in its structure: `undefined` in the place of text and integer arrays. */
type Like<T> = T extends number ? number
  : T extends ArrayBufferView | NdArray ? T
  : T extends readonly unknown[] ? { readonly [K in keyof T]: Like<T[K]> }
  : T extends object ? { readonly [K in keyof T]: Like<T[K]> }
  : unknown;

/**
 * What a rule may return for it: `undefined` and `null` are zeros (for a whole result only `null`), the elements of arrays
 * may be lists of numbers.
 */
type Given<T> = T extends number ? number | null | undefined
  : T extends ArrayBufferView ? ArrayLike<number> | null | undefined
  : T extends NdArray ? NdArray | { readonly data: ArrayLike<number> } | ArrayLike<number> | null | undefined
  : T extends readonly unknown[] ? { readonly [K in keyof T]: Given<T[K]> } | null | undefined
  : T extends object ? { readonly [K in keyof T]?: Given<T[K]> } | null | undefined
  : unknown;

/** The derivative of a function, in one direction or both. */
export interface DerivativeRule<Args extends readonly unknown[], Result> {
  /** Forwards: the tangent of the result. */
  readonly jvp?: (
    args: Args,
    tangents: Like<Args>,
    result: Awaited<Result>,
  ) => Promised<Result, Given<Awaited<Result>>> | TupleHint;
  /** Backwards: the cotangents of the arguments. */
  readonly vjp?: (
    args: Args,
    cotangent: Like<Awaited<Result>>,
    result: Awaited<Result>,
  ) => GivenArgs<Args> | Promise<GivenArgs<Args>>;
}

// Not `Given<Args>`: the compiler would read a literal [1, 2] as a list of any length.
type GivenArgs<Args extends readonly unknown[]> = { readonly [K in keyof Args]: Given<Args[K]> };

// No value is of this type. In a union with it, the compiler reads a literal [1, 2] as a pair, not as a list of any
// length.
type TupleHint = readonly [never];

type Promised<Result, T> = Result extends Promise<unknown> ? T | Promise<T> : T;

/**
 * Gives a function its derivative: for code that automatic differentiation of `apply` cannot follow (WebAssembly,
 * libraries of C and Fortran, packages, other programs), or where there is a better rule than to differentiate the code
 * (solvers, by the implicit function theorem). Returns a function that computes the same.
 *
 * The function takes and returns numbers, typed arrays, arrays (`NdArray`), and lists and plain objects of them. Every
 * value that it uses and that depends on inputs must be an argument, and it may not return an array that it was given.
 * `jvp` returns the tangent of the result, of the result's shape; `vjp` a list of the cotangents of the arguments, one
 * for each. With only one of them, the direction that needs the other throws. Throws a `TypeError` where there is neither.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { customDerivative } from "@tesseract/runtime";
 *
 * // Newton's iteration for x² = a; the implicit function theorem gives dx = da / 2x, whatever it took to find x.
 * const root = customDerivative((a: number) => {
 *   let x = a;
 *   for (let i = 0; i < 60; i++) x = (x + a / x) / 2;
 *   return x;
 * }, {
 *   jvp: (_args, [da], x) => da / (2 * x),
 *   vjp: (_args, cotangent, x) => [cotangent / (2 * x)],
 * });
 * assert.equal(root(9), 3);
 * ```
 */
export function customDerivative<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  rule: DerivativeRule<Args, Result>,
): (...args: Args) => Result {
  if (typeof f !== "function") throw new TypeError("customDerivative: the first argument is not a function");
  const { jvp, vjp } = rule ?? {};
  for (const [name, value] of Object.entries({ jvp, vjp })) {
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`customDerivative: ${name} is not a function`);
    }
  }
  if (!jvp && !vjp) throw new TypeError("customDerivative: expected a rule { jvp, vjp }, with one of them at least");
  // The copy knows rules without the types of their arguments.
  const known = { jvp, vjp, f } as unknown as Rule;
  return Object.assign((...args: Args) => f(...args), { [RULE]: known });
}
