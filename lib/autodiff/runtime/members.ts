/**
 * Elements and properties of values: of float arrays with what they depend on, of all others as JavaScript has them.
 * @module
 */
import { Active, partOf, strip, V } from "./active.ts";
import { notFollowed } from "./not_followed.ts";
import { isObject, primitive } from "./primitive.ts";
import { clearableParts, element, type FloatArray, isActiveArray, isFloatArray, writableParts } from "./shadows.ts";
import { changed } from "./shared_objects.ts";
import { bufferOf } from "./views.ts";

/** `o[k]` */
export function get(o: unknown, k: unknown): unknown {
  if (!ArrayBuffer.isView(o)) {
    return typeof k === "number" || typeof k === "string" ? (o as Indexed)[k] : (o as Indexed)[keyOf(o, k)];
  }
  if (typeof k === "number") return element(o as Float64Array, k);
  const at = keyOf(o, k);
  if (at === "buffer") return bufferOf(o);
  return isIndex(at) ? element(o as Float64Array, Number(at)) : (o as unknown as Indexed)[at];
}

/** `o[k] = x` */
export function set(o: unknown, k: unknown, x: unknown): unknown {
  if (!ArrayBuffer.isView(o)) {
    if (!Array.isArray(o)) changed(o);
    (o as Indexed)[typeof k === "number" || typeof k === "string" ? k : keyOf(o, k)] = x;
    return x;
  }
  const at = keyOf(o, k);
  if (typeof at === "number" || isIndex(at)) store(o as unknown as Float64Array, Number(at), x);
  else (o as unknown as Indexed)[at] = x;
  return x;
}

/** Stores an element, as `array[i] = x` does. */
export function store(array: FloatArray, i: number, x: unknown): void {
  if (x instanceof Active) {
    const d = partOf(x);
    if (d !== 0 && isFloatArray(array)) {
      const parts = writableParts(array);
      array[i] = x[V];
      parts[i] = d;
      return;
    }
    // An integer array truncates: piecewise constant.
    x = x[V];
  } else if (isObject(x)) return store(array, i, primitive(x, "number"));
  array[i] = x as number;
  const parts = clearableParts(array);
  if (parts !== null) parts[i] = 0;
}

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

type Indexed = Record<PropertyKey, unknown>;

const isIndex = (key: PropertyKey): boolean => typeof key === "string" && /^(?:0|[1-9]\d*)$/.test(key);

/** A property key. An active number may only be the index of an array or list, by its value. */
function keyOf(o: unknown, k: unknown): PropertyKey {
  if (k instanceof Active) {
    if (Array.isArray(o) || ArrayBuffer.isView(o)) return k[V];
    throw notFollowed("is used as the name of a property here");
  }
  if (typeof k === "object" && isActiveArray(k)) throw notFollowed("is used as the name of a property here");
  return k as PropertyKey;
}

/** A target of destructuring: what is assigned to its `v` is stored at `o[k]`. */
export function ref(o: unknown, k: unknown): { v: unknown } {
  return {
    set v(x: unknown) {
      set(o, k, x);
    },
    get v() {
      return get(o, k);
    },
  };
}
