/**
 * What recording and specialised code call, besides the operations of all code.
 * @module
 */
import { Active, partOf, state, V } from "./active.ts";
import { isFloatArray, SHADOW, Shadow, type Shadowed, writableParts } from "./shadows.ts";
import { startAgain } from "./start_again.ts";
import { T, wantRoom } from "./tape.ts";

/** The kinds of values that were seen at a place, as bits. */
export const NUMBER = 1, ACTIVE = 2, FLOATS = 4, OTHER = 8;

/** The record that is being made: the kinds at each place, and how many values have been seen. */
export const recording = { into: { kinds: new Uint8Array(0) }, seen: 0, limit: Infinity };

const kindOf = (x: unknown): number =>
  typeof x === "number" ? NUMBER : x instanceof Active ? ACTIVE : isFloatArray(x) ? FLOATS : OTHER;

/** Notes the kind of a value. */
export function rec(place: number, x: unknown): unknown {
  recording.into.kinds[place]! |= kindOf(x);
  // A long run does not go on recording to its end.
  if (++recording.seen > recording.limit) startAgain();
  return x;
}

/** Begins again, for a value is of a kind that was not seen before. It is recorded at `place`, if there is one. */
function changed(x: unknown, where: string, place?: number): never {
  if (place === undefined) startAgain(where);
  recording.into.kinds[place]! |= kindOf(x);
  startAgain(where, true);
}

/** A value that must be a plain number, as before. */
export function num(x: unknown, where: string, place?: number): number {
  return typeof x === "number" ? x : changed(x, where, place);
}

/** The value of what must be a plain or active number, as before. */
export function val(x: unknown, where: string, place?: number): number {
  if (typeof x === "number") return x;
  return x instanceof Active ? x[V] : changed(x, where, place);
}

/** The derivative part of a number. */
export const part = (x: unknown): number => x instanceof Active ? partOf(x) : 0;

/** A number made of its value and its derivative part. */
export const box = (v: number, d: number): unknown =>
  d === 0 || typeof v !== "number" ? v : new Active(v, d, state.block);

/** The sum of the products of pairs of factors, in which 0 times infinity is 0. */
export function products(...factors: number[]): number {
  let sum = 0;
  for (let i = 0; i < factors.length; i += 2) {
    if (factors[i] !== 0 && factors[i + 1] !== 0) sum += factors[i]! * factors[i + 1]!;
  }
  return sum;
}

/** The derivative parts of what must be a float array, as before. */
export function writable(x: unknown, where: string, place?: number): Float64Array {
  if (!isFloatArray(x)) return changed(x, where, place);
  const shadow = (x as Shadowed)[SHADOW];
  // An array that may hold no active numbers, or none of this block, needs dynamic code, which checks every store.
  if (shadow === undefined) return startAgain(where);
  if (shadow instanceof Shadow) {
    const { t, memory: { b, exposed } } = shadow;
    if (exposed !== undefined) return startAgain(where);
    if (b === state.block) { if (t !== null) return t; }
    else if (b.state === "live") return startAgain(where);
  } else if (shadow !== state.block && shadow.state === "live") return startAgain(where);
  return writableParts(x);
}

/** The value of what must be an own property without an accessor. */
export function own(o: unknown, name: string, where: string): unknown {
  if (typeof o !== "object" || o === null) return startAgain(where);
  const property = Object.getOwnPropertyDescriptor(o, name);
  return property !== undefined && "value" in property ? property.value : startAgain(where);
}

/** Begins again, with a function dynamic in which a member was exchanged that it had looked up before. */
export function memberChanged(where: string): never {
  startAgain(where);
}

/** Begins again with more room on the tape. */
export function grow(): never {
  wantRoom();
  startAgain("", true);
}

export { T };
