/**
 * What a function of `checkpoint` leaves to the code around it.
 * @module
 */
import { Active, B, type Block, D, partOf, state, V } from "./active.ts";
import { hasActive, isPlainObject } from "./deep.ts";
import { failRun } from "./not_followed.ts";
import { type FloatArray, isFloatArray, partsOf, SHADOW, shadowOf } from "./shadows.ts";
import { checksum, leaf, T } from "./tape.ts";

/** The active numbers that a function returned, or stored in the arrays, lists and objects that it was given. */
export class Outputs {
  readonly ids: number[] = [];
  /** A checksum of all values: a second run must give the same. */
  values = 0;
  private readonly places: ((id: number) => void)[] = [];
  private readonly seen = new Set<unknown>();

  /** `first`: statements up to this one were on the tape before the function ran. */
  constructor(private readonly inner: Block, private readonly first: number, private readonly place: () => string) {}

  /** Collects the outputs. Returns the result for the outer block, which may be used once `renumber` has run. */
  take(result: unknown, given: unknown[], arrays: readonly FloatArray[]): unknown {
    for (const array of arrays) this.array(array);
    for (const part of given) if (!(part instanceof Active)) this.value(part, true);
    return this.value(result);
  }

  /**
   * `given`: x is part of the arguments. Objects of classes in them are not searched: an active number that the
   * function stored there belongs to the discarded block, so using it throws.
   */
  private value(x: unknown, given = false): unknown {
    if (typeof x === "number") return this.count(x), x;
    if (x instanceof Active) {
      this.count(x[V]);
      if (given && x[B] !== this.inner) return x;
      const d = x[B].state === "live" ? x[D] : partOf(x);
      const outside = new Active(x[V], d, state.block);
      if (d > this.first) this.output(d, (id) => (outside as { [D]: number })[D] = id);
      return outside;
    }
    if (typeof x !== "object" || x === null || this.seen.has(x)) return x;
    if (isFloatArray(x) && x[SHADOW] !== undefined) {
      // An array that it made: from now on it belongs outside.
      shadowOf(x).memory.b = state.block;
      this.array(x);
      return x;
    }
    this.seen.add(x);
    if (Array.isArray(x) || isPlainObject(x)) {
      const parts = x as Record<PropertyKey, unknown>;
      for (const key of Array.isArray(x) ? x.keys() : Object.keys(x)) {
        const part = this.value(parts[key], given);
        if (part !== parts[key]) parts[key] = part;
      }
    } else if (!given && hasActive(x)) {
      throw failRun(
        new TypeError(
          `${this.place()}: a function given to checkpoint(…) returns a Map, a Set or an object of a class; ` +
            "return numbers, arrays, lists or plain objects",
        ),
      );
    }
    return x;
  }

  private array(array: FloatArray): void {
    if (this.seen.has(array)) return;
    this.seen.add(array);
    const parts = partsOf(array);
    for (let i = 0; i < array.length; i++) {
      this.count(array[i]!);
      const d = parts?.[i] ?? 0;
      if (d > this.first) this.output(d, (id) => parts![i] = id);
    }
  }

  /**
   * A checksum of the statements that entries from `m` on use, and of the outputs: a second run must have the same. A
   * number from outside of the function may have the same value then, but be another statement.
   */
  statements(m: number): number {
    return checksum(checksum(T.used, T.i, m, T.m), this.ids);
  }

  private count(x: number): void {
    // Any function of the values and their order will do, as long as NaN and infinity do not hide the rest.
    this.values = Math.fround(this.values * 0.75) + (Number.isFinite(x) ? x : 0.5);
  }

  private output(id: number, place: (id: number) => void): void {
    this.ids.push(id);
    this.places.push(place);
  }

  /** Gives the outputs new statements in the place of those that were cut off. */
  renumber(): number[] {
    return this.places.map((place) => {
      const id = leaf();
      place(id);
      return id;
    });
  }
}
