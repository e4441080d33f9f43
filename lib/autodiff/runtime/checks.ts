/**
 * Typed arrays whose elements are read as properties of an object.
 * @module
 */
import { strip } from "./active.ts";
import { element, isActiveArray } from "./shadows.ts";

/**
 * What an object pattern, a spread into an object or `Object.values` reads from: for an active typed array an object
 * with its elements as properties, for other values themselves.
 */
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
