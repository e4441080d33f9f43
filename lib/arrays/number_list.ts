/**
 * Nested lists of numbers, kept without a list for every row.
 * @module
 */
import { sizeOf } from "./ndarray.ts";

/**
 * Nested lists of numbers that are not ragged. A large text is read into this, because lists of lists take several
 * times the memory and the time.
 */
export class NumberList {
  /** `blocks` are the numbers in C order, in pieces of any length. */
  constructor(readonly sizes: readonly number[], readonly blocks: readonly Float64Array[]) {}

  /**
   * The same as lists.
   *
   * @example
   * ```ts
   * import assert from "node:assert/strict";
   * const list = new NumberList([2, 2], [new Float64Array([1, 2, 3]), new Float64Array([4])]);
   * assert.deepEqual(list.toLists(), [[1, 2], [3, 4]]);
   * ```
   */
  toLists(): unknown[] {
    let lists: unknown[] = [];
    for (const block of this.blocks) for (let i = 0; i < block.length; i++) lists.push(block[i]);
    for (const size of this.sizes.slice(1).reverse()) {
      const rows: unknown[] = [];
      for (let at = 0; at < lists.length; at += size) rows.push(lists.slice(at, at + size));
      lists = rows;
    }
    return lists;
  }

  /** The lists in the outermost list. */
  rows(): NumberList[] {
    const inner = this.sizes.slice(1);
    const rows: NumberList[] = [];
    let blocks: Float64Array[] = [];
    let missing = sizeOf(inner);
    for (const block of this.blocks) {
      for (let at = 0; at < block.length;) {
        const part = block.subarray(at, at + missing);
        blocks.push(part);
        at += part.length;
        missing -= part.length;
        if (missing > 0) continue;
        rows.push(new NumberList(inner, blocks));
        blocks = [];
        missing = sizeOf(inner);
      }
    }
    return rows;
  }

  /** The list of these lists, or `undefined` if it would be ragged or empty. */
  static of(rows: readonly NumberList[]): NumberList | undefined {
    const [first] = rows;
    if (!first || rows.some(({ sizes }) => String(sizes) !== String(first.sizes))) return undefined;
    return new NumberList([rows.length, ...first.sizes], rows.flatMap(({ blocks }) => blocks));
  }
}
