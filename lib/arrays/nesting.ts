import { ArrayFault } from "./fault.ts";
import { MAX_RANK } from "./ndarray.ts";
import { NumberList } from "./number_list.ts";

/**
 * The shape of nested lists; `[]` for anything else. Throws the fault `value_error` for a ragged list: every list is
 * looked at, so that no shape claims more elements than there are.
 */
export function shapeOfLists(value: unknown): number[] {
  const shape: number[] = [];
  let part = value;
  for (; Array.isArray(part) && shape.length <= MAX_RANK; part = part[0]) shape.push(part.length);
  if (part instanceof NumberList) shape.push(...part.sizes);
  if (shape.length > MAX_RANK) {
    throw new ArrayFault("value_error", { error: `The nested list has more than ${MAX_RANK} dimensions` });
  }
  if (shape.length > 1) checkLists(value, shape, 0);
  return shape;
}

/** A list at this depth must have as many entries as `shape` says, and so must the lists in it. */
function checkLists(list: unknown, shape: readonly number[], depth: number): void {
  if (list instanceof NumberList) {
    if (shape.slice(depth).some((size, i) => list.sizes[i] !== size)) throw raggedList();
  } else if (!Array.isArray(list) || list.length !== shape[depth]) throw raggedList();
  else if (depth + 1 < shape.length) { for (const item of list) checkLists(item, shape, depth + 1); }
}

/** `value_error`: a ragged list. */
export function raggedList(): ArrayFault {
  return new ArrayFault("value_error", { error: "The nested list is ragged: its lists differ in length or depth" });
}

/**
 * Calls `visit` with the elements of nested lists of shape `shape`, in order: an innermost list at a time, or a block
 * of a `NumberList`, and the index of its first element in the array.
 */
export function eachRow(
  value: unknown,
  shape: readonly number[],
  visit: (row: ArrayLike<unknown>, start: number) => void,
): void {
  if (shape.length === 0) return visit([value], 0);
  let start = 0;
  const visitNext = (row: ArrayLike<unknown>): void => {
    visit(row, start);
    start += row.length;
  };
  const walk = (list: unknown, depth: number): void => {
    if (list instanceof NumberList && list.sizes.length === shape.length - depth) list.blocks.forEach(visitNext);
    else {
      const items = list instanceof NumberList ? list.toLists() : list as unknown[];
      if (depth === shape.length - 1) visitNext(items);
      else for (const item of items) walk(item, depth + 1);
    }
  };
  walk(value, 0);
}
