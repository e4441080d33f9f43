/**
 * What a function is to the copy: one of its own, one with a rule, or one that cannot be followed.
 * @module
 */

/** Does what a built-in function does, for active values too. */
export type BuiltIn = (self: unknown, args: unknown[], type?: unknown) => unknown;

/** Stands at the end of the text of every function of the copy. No author's code has it. */
export const MARK = "/*followed by tesseract-runtime*/";

type Kind = BuiltIn | "followed" | "foreign";

const kinds = new WeakMap<object, Kind>();

/** The kind of a function. */
export function kindOf(f: object): Kind {
  const known = kinds.get(f);
  if (known !== undefined) return known;
  const kind = /\/\*followed by tesseract-runtime\*\/[)}]$/.test(Function.prototype.toString.call(f)) ? "followed" : "foreign";
  kinds.set(f, kind);
  return kind;
}

export function setKind(f: unknown, kind: Kind): void {
  if (typeof f === "function") kinds.set(f, kind);
}
