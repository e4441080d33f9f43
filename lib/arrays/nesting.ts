/**
 * The shape of nested lists, and the way through them.
 * @module
 */
import { ArrayFault } from "./fault.ts";
import { NumberList } from "./number_list.ts";

/** As many dimensions as NumPy allows. */
const MAX_RANK = 64;

/**
 * The shape of nested lists; `[]` for what is no list. Every list is looked at, so that the shape is never larger
 * than what is there; a ragged list is the fault `value_error`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(shapeOfLists([[1, 2, 3], [4, 5, 6]]), [2, 3]);
 * assert.throws(() => shapeOfLists([[1, 2], [3]]), { type: "value_error" });
 * ```
 */
export function shapeOfLists(value: unknown): number[] {
  if (value instanceof NumberList) return [...value.sizes];
  const shape: number[] = [];
  for (let part = value; Array.isArray(part); part = part[0]) {
    shape.push(part.length);
    if (shape.length > MAX_RANK) {
      throw new ArrayFault("value_error", { error: `The nested list has more than ${MAX_RANK} dimensions` });
    }
  }
  if (shape.length > 1) checkLists(value as unknown[], shape, 1);
  return shape;
}

/** Every entry of `list` must be a list of `shape[depth]` entries. */
function checkLists(list: readonly unknown[], shape: readonly number[], depth: number): void {
  const size = shape[depth]!;
  for (const item of list) {
    if (!Array.isArray(item) || item.length !== size) throw raggedList();
    if (depth + 1 < shape.length) checkLists(item, shape, depth + 1);
  }
}

/** `value_error`: a ragged list. */
export function raggedList(): ArrayFault {
  return new ArrayFault("value_error", { error: "The nested list is ragged: its lists differ in length or depth" });
}

/**
 * Calls `visit` with each innermost list of nested lists of shape `shape`, or each block of a `NumberList`, and the
 * index of its first element.
 */
export function eachRow(
  value: unknown,
  shape: readonly number[],
  visit: (row: ArrayLike<unknown>, start: number) => void,
): void {
  if (shape.length === 0) return visit([value], 0);
  let start = 0;
  if (value instanceof NumberList) {
    for (const block of value.blocks) {
      visit(block, start);
      start += block.length;
    }
    return;
  }
  const walk = (list: readonly unknown[], depth: number): void => {
    if (depth === shape.length - 1) {
      visit(list, start);
      start += list.length;
    } else {
      for (const item of list) walk(item as unknown[], depth + 1);
    }
  };
  walk(value as unknown[], 0);
}
