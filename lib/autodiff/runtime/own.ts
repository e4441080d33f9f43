import { mapLeaves } from "./deep.ts";
import { allocateLike, isFloatArray, SHADOW } from "./shadows.ts";

/** The value with float arrays that may become active: those that followed code did not make are copied. */
export function own(x: unknown): unknown {
  return mapLeaves(x, (leaf) => {
    if (!isFloatArray(leaf) || leaf[SHADOW] !== undefined) return leaf;
    const copy = allocateLike(leaf, leaf.length);
    copy.set(leaf);
    return copy;
  });
}
