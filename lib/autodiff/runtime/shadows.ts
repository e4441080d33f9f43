/**
 * Float typed arrays of the copy: real ones, with a shadow that says what their elements depend on (README.md).
 * @module
 */
import { Active, type Block, partOfOther, staleDerivative, state } from "./active.ts";
import { notFollowed } from "./not_followed.ts";

/** The property of a float array that followed code made: its shadow or, until there is one, the block that made it. */
export const SHADOW: unique symbol = Symbol("shadow") as never;

/** What views that share memory have in common. */
export class Memory {
  /** Where in the author's code its bytes became readable: nothing active may be stored in it from then on. */
  exposed: string | undefined;
  constructor(public b: Block) {}
}

/** What the elements of an array, or of a view, depend on. */
export class Shadow {
  constructor(
    /** Per element its tangent, or the number of its statement on the tape; `null`: all are passive. */
    public t: Float64Array | null,
    readonly memory: Memory,
  ) {}
}

/** A float array with the place for its shadow: `undefined` where it was made elsewhere. */
export type FloatArray = (Float16Array | Float32Array | Float64Array) & Shadowed;
export type FloatArrayType = Float16ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor;

export interface Shadowed {
  [SHADOW]?: Shadow | Block;
}

/** An array made by followed code. Iterating it gives active elements also to code that is not followed. */
class Float64 extends Float64Array implements Shadowed {
  [SHADOW]: Shadow | Block = state.block;
}
class Float32 extends Float32Array implements Shadowed {
  [SHADOW]: Shadow | Block = state.block;
}
class Float16 extends Float16Array implements Shadowed {
  [SHADOW]: Shadow | Block = state.block;
}

const OWN = new Map<unknown, new (...args: never[]) => FloatArray>([
  [Float64Array, Float64],
  [Float32Array, Float32],
  [Float16Array, Float16],
]);

const nativeValues = Float64Array.prototype.values;

for (const [native, own] of OWN) {
  Object.defineProperty(own.prototype, "constructor", { value: native, configurable: true, writable: true });
  Object.defineProperty(own.prototype, Symbol.iterator, {
    configurable: true,
    value: function (this: FloatArray): Iterator<unknown> {
      return isActiveArray(this) ? values(this) : nativeValues.call(this);
    },
  });
}

/** The elements, as active numbers where they depend on inputs. */
export function* values(array: FloatArray): Generator<unknown> {
  for (let i = 0; i < array.length; i++) yield element(array, i);
}

export function isFloatType(type: unknown): type is FloatArrayType {
  return OWN.has(type);
}

/** Is this an array whose elements may be active? */
export const isFloatArray = (x: unknown): x is FloatArray =>
  x instanceof Float64Array || x instanceof Float32Array || x instanceof Float16Array;

/** A new array of the type of an array: zeros, or the elements of another one without derivatives. */
export function allocateLike(array: FloatArray, from: number | FloatArray): FloatArray {
  return allocate(array.constructor as FloatArrayType, from);
}

/** A new array of a type, by the arguments of its constructor, of which none may be active. */
export function allocate(type: FloatArrayType, ...args: unknown[]): FloatArray {
  return new (OWN.get(type)!)(...args as never[]);
}

/** The shadow's parts for reading; `null` where all are passive. */
export function partsOf(array: Shadowed): Float64Array | null {
  const shadow = array[SHADOW];
  if (shadow === undefined || shadow.t === null) return null;
  const { b } = shadow.memory;
  if (b === state.block || b.state === "live") return shadow.t;
  if (b.state === "over") startAfresh(shadow);
  else if (b.state === "discarded" || isActive(shadow.t)) partOfOther(b);
  return shadow.t;
}

/** The shadow's parts for writing, made where there are none. Throws where nothing active may be stored. */
export function writableParts(array: FloatArray): Float64Array {
  const shadow = shadowOf(array);
  const { memory } = shadow;
  if (memory.b !== state.block) takeOver(shadow);
  if (memory.exposed !== undefined) {
    throw notFollowed(
      `is stored in an array whose bytes are visible otherwise (${memory.exposed})`,
      "use a copy, x.slice()",
    );
  }
  return shadow.t ??= new Float64Array(array.length);
}

/** The parts, for storing passive elements; `null` where all are passive. */
export function clearableParts(array: FloatArray): Float64Array | null {
  const shadow = array[SHADOW];
  // Where the bytes are exposed, all elements are passive.
  if (shadow === undefined || shadow.t === null || shadow.memory.exposed !== undefined) return null;
  return writableParts(array);
}

/** The shadow of an array, made if there is none. Throws for one that followed code did not make. */
export function shadowOf(array: FloatArray): Shadow {
  const shadow = array[SHADOW];
  if (shadow === undefined) {
    throw notFollowed(
      "is stored in an array that was made where nothing is followed (a package, WebAssembly, another program)",
      "give the function that does it a rule with customDerivative(f, { jvp, vjp }), or store it in a copy, x.slice()",
    );
  }
  return shadow instanceof Shadow ? shadow : (array[SHADOW] = new Shadow(null, new Memory(shadow)));
}

/** Moves an array of another block to the current one before it is written to; throws where that may not be. */
function takeOver(shadow: Shadow): void {
  const { memory } = shadow;
  if (memory.b.state === "live") {
    throw notFollowed(
      "is stored, inside a function given to checkpoint(…), in an array from outside of it",
      "give the array to the function, or make it there",
      "A number",
    );
  }
  if (memory.b.state === "discarded" || (memory.b.state === "closed" && shadow.t !== null && isActive(shadow.t))) {
    partOfOther(memory.b);
  }
  startAfresh(shadow);
}

/** Moves an array to the current block; parts that an earlier run left become stale ones. */
function startAfresh({ t, memory }: Shadow): void {
  memory.b = state.block;
  if (t === null) return;
  const all = new Float64Array(t.buffer);
  if (!isActive(all)) return;
  const stale = staleDerivative();
  for (let i = 0; i < all.length; i++) if (all[i] !== 0) all[i] = stale;
}

function isActive(parts: Float64Array): boolean {
  for (let i = 0; i < parts.length; i++) if (parts[i] !== 0) return true;
  return false;
}

/** Does any element depend on an input? */
export function isActiveArray(x: unknown): boolean {
  if (!ArrayBuffer.isView(x)) return false;
  const parts = partsOf(x as Shadowed);
  return parts !== null && isActive(parts);
}

/** The element at an index. */
export function element(array: ArrayLike<unknown>, i: number): unknown {
  const x = array[i];
  const parts = partsOf(array as Shadowed);
  if (parts === null) return x;
  const d = parts[i];
  return d === undefined || d === 0 ? x : new Active(x as number, d, state.block);
}
