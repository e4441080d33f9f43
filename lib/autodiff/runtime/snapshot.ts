/**
 * Copies of what a function of `checkpoint` is given, for when it runs again.
 * @module
 */
import { Active, state } from "./active.ts";
import { Copies, isPlainObject } from "./deep.ts";
import { allocate, clearableParts, type FloatArray, type FloatArrayType, isFloatArray, Memory } from "./shadows.ts";
import { partsOf, SHADOW, Shadow, shadowOf, writableParts } from "./shadows.ts";
import { sliceOf } from "./views.ts";

/** Gives arrays the elements of others, with their derivative parts. */
export function putBack(arrays: readonly FloatArray[], contents: readonly FloatArray[]): void {
  for (const [i, array] of arrays.entries()) {
    array.set(contents[i]!);
    const parts = partsOf(contents[i]!);
    if (parts !== null) writableParts(array).set(parts);
    else clearableParts(array)?.fill(0);
  }
}

/** The float arrays of followed code in a value. */
export function arraysIn(x: unknown, found: FloatArray[] = [], seen = new Set<unknown>()): FloatArray[] {
  if (typeof x !== "object" || x === null || x instanceof Active || seen.has(x)) return found;
  seen.add(x);
  if (isFloatArray(x)) {
    if (x[SHADOW] !== undefined) found.push(x);
  } else if (!ArrayBuffer.isView(x)) {
    for (const part of Array.isArray(x) ? x : Object.values(x)) arraysIn(part, found, seen);
  }
  return found;
}

/**
 * A deep copy of a value, in which arrays keep their derivative parts. An object that is in two places is one object in
 * the copy, too, and arrays that share memory share it there. Objects of classes are not copied: `uncopied` are the
 * arrays in them.
 */
export function snapshot<X>(x: X): { readonly copy: X; readonly uncopied: readonly FloatArray[] } {
  const arrays = new Set(arraysIn(x)), buffers = new Set<unknown>(), shared = new Set<unknown>();
  for (const { buffer } of arrays) (buffers.has(buffer) ? shared : buffers).add(buffer);
  const uncopied: FloatArray[] = [], seen = new Set<unknown>();
  const copy = (x: object, copies: Copies): unknown => {
    if (isFloatArray(x) && x[SHADOW] !== undefined) return shared.has(x.buffer) ? copyView(x) : sliceOf(x);
    if (ArrayBuffer.isView(x)) return x instanceof DataView ? x : (x as Float64Array).slice();
    if (Array.isArray(x) || isPlainObject(x)) return copies.ofPlain(x);
    arraysIn(x, uncopied, seen);
    return x;
  };
  const memories = new Copies((x) => x instanceof Memory ? new Memory(state.block) : (x as ArrayBuffer).slice(0));
  const copyView = (x: FloatArray) => {
    const { buffer, byteOffset, length } = x, parts = partsOf(x);
    const view = allocate(x.constructor as FloatArrayType, memories.of(buffer), byteOffset, length);
    if (parts) {
      const copied = new Float64Array(memories.of(parts.buffer) as ArrayBuffer, parts.byteOffset, parts.length);
      view[SHADOW] = new Shadow(copied, memories.of(shadowOf(x).memory) as Memory);
    }
    return view;
  };
  return { copy: new Copies(copy).of(x) as X, uncopied };
}
