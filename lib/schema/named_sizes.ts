/**
 * Dimensions with names: `"n"`, `"n+1"`, `"n-2"`. In one call a name stands for one size.
 * @module
 */
import type { Shape } from "../arrays/ndarray.ts";

const DIMENSION = /^([\p{L}_][\p{L}\p{N}_]*)([+-]\d{1,9})?$/u;

/**
 * A name, and what is added to its size (0 for `n`, -2 for `n-2`); `undefined` if the text is not a named dimension.
 */
export function parseDimension(text: string): { readonly name: string; readonly offset: number } | undefined {
  const [match, name, offset] = DIMENSION.exec(text) ?? [];
  return match === undefined ? undefined : { name: name!, offset: Number(offset ?? 0) };
}

/** A size that contradicts the name of its dimension: the facts of the fault. */
export interface SizeMismatch {
  readonly dimension: string;
  readonly expected_size: number;
  /** Which array gave the name its size, `inputs.a`; `undefined`: none has yet, and this one would make it negative. */
  readonly from?: string | undefined;
  readonly actual_size: number;
}

/** `n is 3 (from inputs.a), got 4` */
export function describeMismatch({ dimension, expected_size, from, actual_size }: SizeMismatch): string {
  const expected = from === undefined ? `at least ${expected_size}` : `${expected_size} (from ${from})`;
  return `${dimension} is ${expected}, got ${actual_size}`;
}

const NONE: NamedSizes["bound"] = new Map();

/** The sizes of the names in one call. The first array that has a name decides which size it is. */
export class NamedSizes {
  /** Those that are known so far. The map is replaced instead of changed, so that an earlier one can be put back. */
  bound: ReadonlyMap<string, { readonly size: number; readonly from: string }> = NONE;

  /** The shape with numbers for the names whose sizes are known, and `null` for the others. */
  resolve(shape: Shape): readonly (number | null)[] | null {
    return shape && shape.map((dimension) => typeof dimension === "string" ? this.sizeOf(dimension) : dimension);
  }

  private sizeOf(dimension: string): number | null {
    const { name, offset } = parseDimension(dimension)!;
    const known = this.bound.get(name);
    return known === undefined ? null : known.size + offset;
  }

  /**
   * Checks the sizes of an array, whose rank is the one of its type, against the names in the type; binds names that
   * have no size yet. `where`: the array in words, for messages about later ones.
   */
  check(shape: Shape, sizes: readonly number[], where: () => string): SizeMismatch | undefined {
    if (!hasNames(shape)) return undefined;
    const from = where();
    const before = this.bound;
    for (const [axis, dimension] of shape.entries()) {
      if (typeof dimension !== "string") continue;
      const { name, offset } = parseDimension(dimension)!;
      const actual_size = sizes[axis]!;
      const known = this.bound.get(name);
      const expected_size = (known?.size ?? 0) + offset;
      if (known === undefined && actual_size >= offset) {
        this.bound = new Map(this.bound).set(name, { size: actual_size - offset, from });
      } else if (actual_size !== expected_size) {
        this.bound = before;
        return { dimension, expected_size, from: known?.from, actual_size };
      }
    }
    return undefined;
  }
}

export function hasNames(shape: Shape): shape is readonly (number | string | null)[] {
  return shape !== null && shape.some((dimension) => typeof dimension === "string");
}
