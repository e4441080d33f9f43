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
  if (shape.length > 1) checkLists(value, shape, []);
  return shape;
}

/** The list at this place must have as many entries as `shape` says, and so must the lists in it. */
function checkLists(list: unknown, shape: readonly number[], place: number[]): void {
  const depth = place.length;
  if (list instanceof NumberList) {
    const wrong = shape.slice(depth).findIndex((size, i) => list.sizes[i] !== size);
    if (wrong >= 0) {
      throw raggedList([...place, ...Array<number>(wrong).fill(0)], list.sizes[wrong], shape[depth + wrong]!);
    }
  } else if (!Array.isArray(list)) throw raggedList(place, undefined, shape[depth]!);
  else if (list.length !== shape[depth]) throw raggedList(place, list.length, shape[depth]!);
  else if (depth + 1 < shape.length) {
    for (let i = 0; i < list.length; i++) {
      place.push(i);
      checkLists(list[i], shape, place);
      place.pop();
    }
  }
}

/**
 * `value_error`: a ragged list. `found`: the length of the list at `place`; `undefined` if there is no list. `size`:
 * the length of the first list at that depth; `undefined` if there are numbers at that depth.
 */
export function raggedList(place: readonly number[], found: number | undefined, size?: number): ArrayFault {
  const is = found === undefined ? "is no list" : `is a list of ${found}`;
  const others = size === undefined ? "others are numbers" : `the first is a list of ${size}`;
  return new ArrayFault("value_error", {
    error: "The nested list is ragged, its lists differ in length or depth: " +
      `[${place.join(", ")}] ${is}, where ${others}`,
  });
}

/**
 * Calls `visit` with the elements of nested lists of shape `shape`, in order: with one innermost list at a time, or one
 * block of a `NumberList`, and the position of its first element in the whole array.
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
