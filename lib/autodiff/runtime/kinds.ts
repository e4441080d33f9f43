/**
 * What a function is to the copy: one of its own, one with a rule, or one that cannot be followed.
 * @module
 */

/** Does what a built-in function does, for active values too. */
export type BuiltIn = (self: unknown, args: unknown[], type?: unknown) => unknown;

/** A directive that stands in the text of every function of the copy, and in no other. (Deno drops comments.) */
export const MARK = '"followed by tesseract-runtime"';
const WORDS = MARK.slice(1, -1);

type Kind = BuiltIn | "followed" | "foreign";

const kinds = new WeakMap<object, Kind>();

/** The kind of a function. */
export function kindOf(f: object): Kind {
  const known = kinds.get(f);
  if (known !== undefined) return known;
  const kind = Function.prototype.toString.call(f).includes(WORDS) ? "followed" : "foreign";
  kinds.set(f, kind);
  return kind;
}

export function setKind(f: unknown, kind: Kind): void {
  if (typeof f === "function") kinds.set(f, kind);
}
