/**
 * How the copy calls a function: as rewritten code (`followed`), by a replacement that takes active values (a
 * `BuiltIn`), or as one that it knows nothing about (`foreign`).
 * @module
 */

/** Does what a built-in function does, for active values too. `type` is set where it is called with `new`. */
export type BuiltIn = (self: unknown, args: unknown[], type?: unknown) => unknown;

/** A directive in the body of every rewritten function, by which its text is known. (Deno drops comments.) */
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
