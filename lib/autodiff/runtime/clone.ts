/**
 * `structuredClone` for values that may hold active numbers.
 * @module
 */
import { Copies, hasActive } from "./deep.ts";
import { notFollowed } from "./not_followed.ts";
import { isFloatArray } from "./shadows.ts";
import { sliceOf } from "./views.ts";

/** A copy as the standard makes it: an object in two places stays one object, and one of a class loses its class. */
export function clone(x: unknown): unknown {
  const memories = new Set<ArrayBufferLike>();
  const copy = (x: object, copies: Copies): unknown => {
    if (ArrayBuffer.isView(x) || x instanceof ArrayBuffer) {
      const memory = x instanceof ArrayBuffer ? x : x.buffer;
      // The standard's copies would share theirs, but these would not.
      if (memories.has(memory)) {
        throw notFollowed(
          "shares its memory with another one that is given to structuredClone(…) here",
          "use x.slice()",
          "An array",
        );
      }
      memories.add(memory);
    }
    if (isFloatArray(x)) return sliceOf(x);
    if (x instanceof Map) {
      const made = copies.begin(x, new Map());
      for (const [key, value] of x) made.set(copies.of(key), copies.of(value));
      return made;
    }
    if (x instanceof Set) {
      const made = copies.begin(x, new Set());
      for (const value of x) made.add(copies.of(value));
      return made;
    }
    if (Array.isArray(x)) return copies.fill(x, new Array(x.length));
    if (Object.prototype.toString.call(x) === "[object Object]") return copies.fill(x, {});
    // Dates, errors, bytes. The standard throws for functions.
    if (hasActive(x)) throw notFollowed("is given to structuredClone(…) here");
    return structuredClone(x);
  };
  return new Copies(copy).of(x);
}
