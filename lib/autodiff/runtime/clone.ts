/**
 * `structuredClone` for values that may hold active numbers.
 * @module
 */
import { Active } from "./active.ts";
import { hasActive } from "./deep.ts";
import { notFollowed } from "./not_followed.ts";
import { isFloatArray, sliceOf } from "./shadows.ts";

/** A copy as the standard makes it: an object in two places stays one object, and one of a class loses its class. */
export function clone(x: unknown): unknown {
  return new Cloning().of(x);
}

class Cloning {
  private readonly copies = new Map<object, unknown>();
  private readonly memories = new Set<ArrayBufferLike>();

  of(x: unknown): unknown {
    if (x instanceof Active) return x;
    if (typeof x !== "object" || x === null) return structuredClone(x);
    return this.copies.get(x) ?? this.make(x);
  }

  private make(x: object): unknown {
    const note = <T>(copy: T): T => (this.copies.set(x, copy), copy);
    if (ArrayBuffer.isView(x) || x instanceof ArrayBuffer) this.refuseShared(x instanceof ArrayBuffer ? x : x.buffer);
    if (isFloatArray(x)) return note(sliceOf(x));
    if (x instanceof Map) {
      const copy = note(new Map());
      for (const [key, value] of x) copy.set(this.of(key), this.of(value));
      return copy;
    }
    if (x instanceof Set) {
      const copy = note(new Set());
      for (const value of x) copy.add(this.of(value));
      return copy;
    }
    if (!Array.isArray(x) && Object.prototype.toString.call(x) !== "[object Object]") {
      // Dates, errors, bytes.
      if (hasActive(x)) throw notFollowed("is given to structuredClone(…) here");
      return note(structuredClone(x));
    }
    const copy: object = note(Array.isArray(x) ? new Array(x.length) : {});
    for (const key of Object.keys(x)) {
      const value = this.of((x as Record<string, unknown>)[key]);
      Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  /** Refuses arrays that share memory: the standard's copies would share theirs, but these would not. */
  private refuseShared(memory: ArrayBufferLike): void {
    if (this.memories.has(memory)) {
      throw notFollowed(
        "shares its memory with another one that is given to structuredClone(…) here",
        "use x.slice()",
        "An array",
      );
    }
    this.memories.add(memory);
  }
}
