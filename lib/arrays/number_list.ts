/** Elements in a row: numbers, or a list where others are among them (`null`, strings, bigints, booleans). */
export type Block = Float64Array | readonly unknown[];

/**
 * Nested lists of numbers that are not ragged. Large JSON bodies are read into these: real lists take several times the
 * memory and the time.
 */
export class NumberList {
  /** `blocks`: the elements in C order, any number in each block. */
  constructor(readonly sizes: readonly number[], readonly blocks: readonly Block[]) {}

  /**
   * The nested lists that this stands for.
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
}
