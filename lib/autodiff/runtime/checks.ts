/**
 * Typed arrays where they are seen as objects.
 * @module
 */
import { strip } from "./active.ts";
import { element, isActiveArray } from "./shadows.ts";

/** What is taken apart by names, or spread into an object: of an active typed array its elements as properties. */
export function objectOf(x: unknown): unknown {
  if (!isActiveArray(x)) return strip(x);
  const array = x as Float64Array, { length } = array;
  const seen: Record<string, unknown> = {};
  for (let i = 0; i < length; i++) seen[i] = element(array, i);
  for (const name of ["length", "byteLength", "byteOffset", "BYTES_PER_ELEMENT"] as const) {
    Object.defineProperty(seen, name, { value: array[name], enumerable: false });
  }
  return seen;
}
