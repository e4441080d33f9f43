/**
 * Nested lists of numbers whose numbers are all in one row: what a large text is read into, because a list of lists
 * of numbers takes three times the memory and ten times the time.
 * @module
 */

/** Nested lists of plain numbers, none of them ragged. */
export class NumberList {
  /** `blocks` are the numbers in C order, in pieces of any length. `sizes` are not called shape: this is no array. */
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
    for (const block of this.blocks) for (const number of block) lists.push(number);
    for (const size of this.sizes.slice(1).reverse()) {
      const rows: unknown[] = [];
      for (let at = 0; at < lists.length; at += size) rows.push(lists.slice(at, at + size));
      lists = rows;
    }
    return lists;
  }
}

/** The list of these lists, if it is not ragged. */
export function joinLists(lists: readonly NumberList[]): NumberList | undefined {
  const [first] = lists;
  if (first === undefined || !lists.every(({ sizes }) => String(sizes) === String(first.sizes))) return undefined;
  return new NumberList([lists.length, ...first.sizes], lists.flatMap(({ blocks }) => blocks));
}
