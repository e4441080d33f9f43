/**
 * The methods of typed arrays, for arrays whose elements may be active. They do what the standard says.
 * @module
 */

import { call, truth } from "./calls.ts";
import { kindOf, setKind } from "./kinds.ts";
import { notFollowed } from "./not_followed.ts";
import { Active, strip } from "./active.ts";
import { store } from "./members.ts";
import {
  allocate,
  clearableParts,
  element,
  type FloatArray,
  isActiveArray,
  isFloatArray,
  isFloatType,
  partsOf,
  type Shadowed,
  values,
  writableParts,
} from "./shadows.ts";
import { sliceOf, subarray, viewOn } from "./views.ts";

type Any = Float64Array;
type Callback = (x: unknown, i: number, array: unknown) => unknown;
type Method = (array: Any, args: unknown[]) => unknown;

const prototype = Object.getPrototypeOf(Float64Array.prototype) as Record<PropertyKey, unknown>;
const constructor = Object.getPrototypeOf(Float64Array) as Record<PropertyKey, unknown>;

/** All classes of typed arrays. */
const TYPES = Object.values(Object.getOwnPropertyDescriptors(globalThis)).map(({ value }) => value as unknown).filter(
  (value): value is Float64ArrayConstructor =>
    typeof value === "function" && Object.getPrototypeOf(value) === constructor,
);

/** A callback with the arguments of the native methods: element, index and array. */
function callback([f, self]: unknown[]): Callback {
  if (typeof f !== "function") throw new TypeError(`${String(f)} is not a function`);
  if (kindOf(f) === "followed" && self === undefined) return f as Callback;
  return (x, i, array) => call(f, self, [x, i, array]);
}

/** A new typed array: of zeros, or with the values of another one. */
const made = (type: unknown, from: number | Any): Any =>
  isFloatType(type) ? allocate(type, from) as Any : new (type as Float64ArrayConstructor)(from as number);

const fresh = (like: Any, length: number): Any => made(like.constructor, length);

/** An index argument, as the standard takes one: from the end where it is negative. */
function fromEnd(x: unknown, length: number): number {
  const i = Math.trunc(Number(strip(x))) || 0;
  return i < 0 ? length + i : i;
}

/** The same for the beginning or the end of a part of the array. */
const position = (x: unknown, length: number, otherwise: number): number =>
  x === undefined ? otherwise : Math.max(0, Math.min(fromEnd(x, length), length));

function search(array: Any, f: Callback, fromEnd = false): [number, unknown] {
  for (let k = 0; k < array.length; k++) {
    const i = fromEnd ? array.length - 1 - k : k, x = element(array, i);
    if (truth(f(x, i, array))) return [i, x];
  }
  return [-1, undefined];
}

function reduce(array: Any, [f, ...initial]: unknown[], fromEnd: boolean): unknown {
  if (typeof f !== "function") throw new TypeError(`${String(f)} is not a function`);
  const { length } = array;
  if (length === 0 && initial.length === 0) throw new TypeError("Reduce of empty array with no initial value");
  const at = (k: number) => fromEnd ? length - 1 - k : k;
  let k = initial.length > 0 ? 0 : 1;
  let sum = initial.length > 0 ? initial[0] : element(array, at(0));
  const followed = kindOf(f) === "followed" ? f as (...args: unknown[]) => unknown : undefined;
  for (; k < length; k++) {
    const i = at(k), x = element(array, i);
    sum = followed ? followed(sum, x, i, array) : call(f, undefined, [sum, x, i, array]);
  }
  return sum;
}

/** The order in which sorting puts elements: numbers by size, -0 before 0, NaN last; or as a function says. */
function sortedOrder(array: Any, compare: unknown): number[] {
  const order = Array.from(array, (_, i) => i);
  if (compare === undefined) {
    const rank = (x: number) => Number.isNaN(x) ? 2 : Object.is(x, -0) ? 0 : 1;
    return order.sort((i, j) => {
      const [a, b] = [array[i]!, array[j]!];
      return a < b ? -1 : a > b ? 1 : rank(a) - rank(b);
    });
  }
  if (typeof compare !== "function") {
    throw new TypeError("The comparison function must be either a function or undefined");
  }
  return order.sort((i, j) => strip(call(compare, undefined, [element(array, i), element(array, j)])) as number);
}

/** Elements in another order, in an array of their type. */
function reordered(array: Any, order: readonly number[]): Any {
  const result = fresh(array, array.length);
  for (const [to, from] of order.entries()) store(result, to, element(array, from));
  return result;
}

/** Puts the elements of one array into another of the same length. */
function assign(to: Any, from: Any): Any {
  for (let i = 0; i < to.length; i++) store(to, i, element(from, i));
  return to;
}

const reversed = (array: Any) => Array.from(array, (_, i) => array.length - 1 - i);

const METHODS: Readonly<Record<string, Method>> = {
  map(array, args) {
    const f = callback(args), result = fresh(array, array.length);
    for (let i = 0; i < array.length; i++) store(result, i, f(element(array, i), i, array));
    return result;
  },
  forEach(array, args) {
    const f = callback(args);
    for (let i = 0; i < array.length; i++) f(element(array, i), i, array);
  },
  reduce: (array, args) => reduce(array, args, false),
  reduceRight: (array, args) => reduce(array, args, true),
  every: (array, args) => {
    const f = callback(args);
    return search(array, (x, i) => !truth(f(x, i, array)))[0] < 0;
  },
  some: (array, args) => search(array, callback(args))[0] >= 0,
  find: (array, args) => search(array, callback(args))[1],
  findIndex: (array, args) => search(array, callback(args))[0],
  findLast: (array, args) => search(array, callback(args), true)[1],
  findLastIndex: (array, args) => search(array, callback(args), true)[0],
  filter(array, args) {
    const f = callback(args);
    const kept: unknown[] = [];
    for (let i = 0; i < array.length; i++) {
      const x = element(array, i);
      // The element from before the call, which may change the array.
      if (truth(f(x, i, array))) kept.push(x);
    }
    const result = fresh(array, kept.length);
    for (const [i, x] of kept.entries()) store(result, i, x);
    return result;
  },
  at(array, [i]) {
    return element(array, fromEnd(i, array.length));
  },
  indexOf: (array, [x, ...from]) => array.indexOf(strip(x) as number, ...from.map(strip) as number[]),
  lastIndexOf: (array, [x, ...from]) => array.lastIndexOf(strip(x) as number, ...from.map(strip) as number[]),
  includes: (array, [x, ...from]) => array.includes(strip(x) as number, ...from.map(strip) as number[]),
  slice(array, [begin, end]) {
    const from = position(begin, array.length, 0);
    const to = Math.max(from, position(end, array.length, array.length));
    return isFloatArray(array) ? sliceOf(array, from, to) : array.slice(from, to);
  },
  subarray(array, [begin, end]) {
    const [from, to] = [position(begin, array.length, 0), position(end, array.length, array.length)];
    return isFloatArray(array) ? subarray(array, from, to) : array.subarray(from, to);
  },
  set(array, [source, offset]) {
    const start = Math.trunc(Number(strip(offset ?? 0))) || 0;
    // The values are copied natively, which also checks the lengths; then the derivative parts.
    const list = ArrayBuffer.isView(source) ? source as Any : Array.from(source as ArrayLike<unknown>);
    array.set(ArrayBuffer.isView(list) ? list : list.map(strip) as number[], start);
    if (!isFloatArray(array)) return;
    const parts = ArrayBuffer.isView(list) ? partsOf(list as Shadowed)?.slice() : undefined;
    if (parts) {
      if (parts.some((d) => d !== 0)) writableParts(array).set(parts, start);
      else clearableParts(array)?.fill(0, start, start + parts.length);
    } else if (!ArrayBuffer.isView(list) && list.some((x) => x instanceof Active)) {
      for (const [i, x] of list.entries()) store(array, start + i, x);
    } else clearableParts(array)?.fill(0, start, start + list.length);
  },
  fill(array, [x, begin, end]) {
    const from = position(begin, array.length, 0), to = position(end, array.length, array.length);
    if (x instanceof Active) { for (let i = from; i < to; i++) store(array, i, x); }
    else {
      array.fill(x as number, from, to);
      if (isFloatArray(array)) clearableParts(array)?.fill(0, from, to);
    }
    return array;
  },
  copyWithin(array, [target, begin, end]) {
    const { length } = array;
    const range = [position(target, length, 0), position(begin, length, 0), position(end, length, length)] as const;
    array.copyWithin(...range);
    if (isFloatArray(array)) clearableParts(array)?.copyWithin(...range);
    return array;
  },
  reverse(array) {
    return assign(array, reordered(array, reversed(array)));
  },
  toReversed: (array) => reordered(array, reversed(array)),
  sort: (array, [compare]) => assign(array, reordered(array, sortedOrder(array, compare))),
  toSorted: (array, [compare]) => reordered(array, sortedOrder(array, compare)),
  with(array, [i, x]) {
    const at = fromEnd(i, array.length);
    if (at < 0 || at >= array.length) throw new RangeError("Invalid typed array index");
    const copy = METHODS["slice"]!(array, []) as Any;
    store(copy, at, x);
    return copy;
  },
  values: (array) => isActiveArray(array) ? values(array as FloatArray) : array.values(),
  entries: (array) => isActiveArray(array) ? entries(array) : array.entries(),
  keys: (array) => array.keys(),
  join: (array, args) => textOf(array, "join", args),
  toString: (array: Any, args: unknown[]) => textOf(array, "toString", args),
  toLocaleString: (array: Any, args: unknown[]) => textOf(array, "toLocaleString", args),
};

function* entries(array: Any): Generator<[number, unknown]> {
  for (let i = 0; i < array.length; i++) yield [i, element(array, i)];
}

function textOf(array: Any, name: "join" | "toString" | "toLocaleString", args: unknown[]): string {
  if (isActiveArray(array)) {
    throw notFollowed("is turned into text here", undefined, "An array that depends on a differentiable input");
  }
  return (array[name] as (...args: unknown[]) => string)(...args);
}

/** A typed array of these elements. */
function ofElements(type: unknown, list: readonly unknown[]): Any {
  const array = made(type, list.length);
  for (const [i, x] of list.entries()) store(array, i, x);
  return array;
}

/** `new Float64Array(…)` and the others. */
function construct(type: unknown, args: unknown[]): unknown {
  const [first, ...rest] = args.map(strip);
  if (first instanceof ArrayBuffer || first instanceof SharedArrayBuffer) return viewOn(type, first, ...rest);
  if (typeof first !== "object" || first === null) return made(type, first as number);
  if (ArrayBuffer.isView(first)) {
    const copy = made(type, first as Any);
    const parts = partsOf(first as Shadowed);
    if (parts && isFloatArray(copy) && parts.some((d) => d !== 0)) writableParts(copy).set(parts);
    return copy;
  }
  return ofElements(type, Array.from(first as Iterable<unknown> | ArrayLike<unknown>));
}

/** Registers typed arrays and their methods. */
export function knowTypedArrays(): void {
  for (const [name, method] of Object.entries(METHODS)) {
    const native = prototype[name] as ((...args: unknown[]) => unknown) | undefined;
    if (native === Array.prototype.toString) continue; // Both have it: builtins.ts.
    setKind(native, (self, args) => {
      if (!ArrayBuffer.isView(self) || self instanceof DataView) return native!.apply(self, args);
      return method(self as Any, args);
    });
  }
  for (const type of TYPES) {
    setKind(type, (_self, args, by) => {
      if (by === undefined) throw new TypeError(`Constructor ${type.name} requires 'new'`);
      return construct(type, args);
    });
  }
  setKind(constructor["from"], (self, [source, f, thisArg]) => {
    const list = Array.from(source as Iterable<unknown>);
    return ofElements(self, f === undefined ? list : list.map((x, i) => call(f, thisArg, [x, i])));
  });
  // The iterator of an array that followed code made is not native: it gives active elements.
  for (const type of [Float64Array, Float32Array, Float16Array]) {
    const iterate = allocate(type, 0)[Symbol.iterator] as (this: unknown) => unknown;
    setKind(iterate, (self) => iterate.call(self));
  }
  setKind(constructor["of"], (self, args) => ofElements(self, args));
}
