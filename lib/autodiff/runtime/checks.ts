/**
 * Checks of values in places where what they hold would be seen as it is.
 * @module
 */
import { Active } from "./active.ts";
import { notFollowed } from "./not_followed.ts";
import { isActiveArray } from "./shadows.ts";

/** What is taken apart by names that a typed array has, too, or spread into an object. */
export function objectOf(x: unknown): unknown {
  if (isActiveArray(x)) {
    throw notFollowed(
      "is taken apart as an object here",
      "take its elements as x[0], or [...x]",
      "An array that depends on a differentiable input",
    );
  }
  return x;
}

export const spread = objectOf;

/** The sizes of a shape, which the copy takes for plain numbers. */
export function passive(shape: unknown): unknown {
  if (Array.isArray(shape) && shape.some((size) => size instanceof Active)) {
    throw notFollowed("is in a list named shape here, which is taken for sizes", "name the list otherwise");
  }
  return shape;
}
