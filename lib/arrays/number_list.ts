import { sizeOf } from "./ndarray.ts";

/** Consecutive elements: a list if some of them are not numbers (`null`, strings, bigints, booleans). */
export type Block = Float64Array | readonly unknown[];

/**
 * Nested lists of numbers that are not ragged. Large JSON bodies are read into these: real lists take several times the
 * memory and the time.
 */
export class NumberList {
  /** `blocks`: the elements in C order, any number in each block. */
  constructor(readonly sizes: readonly number[], readonly blocks: readonly Block[]) {}

  /** The nested lists that this stands for; with `most`, only their beginning: at most so many elements. */
  toLists(most = Infinity): unknown[] {
    const sizes = beginning(this.sizes, most);
    let left = sizeOf(sizes);
    const elements: unknown[] = [];
    for (const block of this.blocks) {
      for (let i = 0; i < block.length && left > 0; i++, left--) elements.push(block[i]);
    }
    return nest(elements, sizes) as unknown[];
  }
}

/** Reduces sizes, outer ones first, so that nested lists of these sizes have at most `most` elements. */
function beginning(sizes: readonly number[], most: number): number[] {
  let inner = 1;
  return sizes.toReversed().map((size) => {
    const count = Math.min(size, Math.max(1, Math.floor(most / inner)));
    inner *= count;
    return count;
  }).toReversed();
}

/** Elements in C order as nested lists of this shape; for shape `[]` the single element itself. */
export function nest(elements: readonly unknown[], shape: readonly number[]): unknown {
  let lists = elements;
  // From the last dimension to the first: rows, then lists of rows, and so on.
  for (let d = shape.length - 1; d > 0; d--) {
    const size = shape[d]!;
    const rows: unknown[] = [];
    for (let i = 0, count = sizeOf(shape.slice(0, d)); i < count; i++) rows.push(lists.slice(i * size, (i + 1) * size));
    lists = rows;
  }
  return shape.length === 0 ? lists[0] : lists;
}
