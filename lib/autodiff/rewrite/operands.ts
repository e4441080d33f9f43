/**
 * The parts of an expression in specialised code, and the partial derivatives of operations as texts.
 * @module
 */
import { DERIVATIVES } from "../runtime/math.ts";
import type { Kind } from "./profile.ts";

/** How an active number depends on variables and elements. */
export type Tree =
  /** The text of a tangent, or of the number of a statement. */
  | { readonly leaf: string }
  /** Other numbers, each with the text of the partial derivative by it; `isSingular` as in `Emitter.combined`. */
  | { readonly of: readonly (readonly [Tree, string])[]; readonly isSingular: boolean };

/** A part of an expression that has been computed. */
export interface Operand {
  readonly kind: Kind;
  /** The text of its value: a name, a literal, or an expression without effects that is cheap to repeat. */
  readonly v: string;
  /** Of an active number. */
  readonly tree?: Tree;
  /** Of a float array: the text of its parts. */
  readonly parts?: string;
}

/** The text of a product, simplified where a factor is 1 or -1. */
export function product(a: string, b: string): string {
  if (a === "1") return b;
  if (b === "1") return a;
  if (a === "-1") return negative(b);
  if (b === "-1") return negative(a);
  return `${a} * ${b}`;
}

const negative = (text: string): string => text.startsWith("-") ? text.slice(1) : `-${text}`;

/**
 * The derivative of a function of one number, as a text: the body of its arrow function in `DERIVATIVES`. In a long
 * function the engine does not inline even short calls, and allocates an object for each number passed to them.
 */
export function partialOf(name: string, x: string, y: string): string {
  return bodyOf(String(DERIVATIVES[name]![0]), x, y);
}

/** The body of the text of an arrow function, for other names. In a bundled program it has no spaces, and few brackets. */
export function bodyOf(f: string, x: string, y: string): string {
  const [, first, second, body] = /^\(?(\w*)(?:,\s*(\w+))?\)?\s*=>\s*([^{}]+)$/.exec(f)!;
  return body!.replace(/(?<!\.)\b[a-z_]\w*\b/gi, (word) => word === first ? x : word === second ? y : word);
}

/** The partial derivatives of a binary operation, by the texts of its operands and of its value. */
export const BINARY: Readonly<
  Record<string, ((a: string, b: string, y: string, ad: string) => [string, string]) | undefined>
> = {
  "+": () => ["1", "1"],
  "-": () => ["1", "-1"],
  "*": (a, b) => [b, a],
  "/": (_a, b, y) => [`(1 / ${b})`, `(-${y} / ${b})`],
  "%": (a, b) => ["1", `(-Math.trunc(${a} / ${b}))`],
  "**": (a, b, y, ad) => [b === "2" ? `(2 * ${a})` : `${ad}.powByBase(${a}, ${b})`, `${ad}.powByExponent(${a}, ${y})`],
};

/** The same of functions of `Math` of two numbers. */
export const MATH: Readonly<
  Record<string, ((a: string, b: string, y: string, ad: string) => [string, string]) | undefined>
> = {
  pow: BINARY["**"],
  atan2: (a, b) => [`(${b} / (${a} * ${a} + ${b} * ${b}))`, `(-${a} / (${a} * ${a} + ${b} * ${b}))`],
  hypot: (a, b, y) => [`(${y} === 0 ? 0 : ${a} / ${y})`, `(${y} === 0 ? 0 : ${b} / ${y})`],
  max: (a, b, y) => tie(a, b, y),
  min: (a, b, y) => tie(a, b, y),
};

const tie = (a: string, b: string, y: string): [string, string] => [
  `(${a} === ${b} ? 0.5 : ${y} === ${a} ? 1 : 0)`,
  `(${a} === ${b} ? 0.5 : ${y} === ${b} ? 1 : 0)`,
];
