/**
 * Float typed arrays of the copy: real ones, with a shadow that says what their elements depend on (README.md).
 * @module
 */
import { Active, type Block, partOf, partOfOther, staleDerivative, state, strip, V } from "./active.ts";
import { callerPlace, notFollowed } from "./not_followed.ts";
import { isObject, primitive } from "./primitive.ts";
import { changed } from "./shared_objects.ts";
import { again, startAgain } from "./start_again.ts";

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

export type FloatArray = Float16Array | Float32Array | Float64Array;
export type FloatArrayType = Float16ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor;

/** A float array with the place for its shadow: `undefined` where it was made elsewhere. */
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

const OWN = new Map<unknown, new (...args: never[]) => FloatArray & Shadowed>([
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
export const isFloatArray = (x: unknown): x is FloatArray & Shadowed =>
  x instanceof Float64Array || x instanceof Float32Array || x instanceof Float16Array;

/** A new array of the type of an array: zeros, or the elements of another one without derivatives. */
export function allocateLike(array: FloatArray, from: number | FloatArray): FloatArray & Shadowed {
  const source = from as number;
  if (array instanceof Float64Array) return new Float64(source);
  return array instanceof Float32Array ? new Float32(source) : new Float16(source);
}

/** A new array of a type, by the arguments of its constructor, of which none may be active. */
export function allocate(type: FloatArrayType, ...args: unknown[]): FloatArray & Shadowed {
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
export function writableParts(array: FloatArray & Shadowed): Float64Array {
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
export function clearableParts(array: FloatArray & Shadowed): Float64Array | null {
  const shadow = array[SHADOW];
  // Where the bytes are exposed, all elements are passive.
  if (shadow === undefined || shadow.t === null || shadow.memory.exposed !== undefined) return null;
  return writableParts(array);
}

/** The shadow of an array, made if there is none. Throws for one that followed code did not make. */
export function shadowOf(array: FloatArray & Shadowed): Shadow {
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
export function store(array: FloatArray & Shadowed, i: number, x: unknown): void {
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

// Bytes. A buffer has one shadow for all of its elements, if they are all of one type.

interface Whole {
  readonly type: FloatArrayType;
  readonly shadow: Shadow;
}

/**
 * What is known of buffers: the shadow of all elements; `owned`: made by followed code, with no view so far; `exposed`:
 * its bytes are visible to others. A view on any other buffer has no shadow.
 */
const buffers = new WeakMap<ArrayBufferLike, Whole | "owned" | "exposed">();

/** `x.buffer`, or any property of this name. */
export function bufferOf(o: unknown): unknown {
  const buffer = (o as { buffer: unknown }).buffer;
  if (!(buffer instanceof ArrayBuffer)) return buffer;
  if (o instanceof WebAssembly.Memory) buffers.set(buffer, "exposed");
  else if (isFloatArray(o) && o[SHADOW] !== undefined && !buffers.has(buffer)) {
    const shadow = shadowOf(o);
    const type = o.constructor as FloatArrayType;
    if (o.byteLength === buffer.byteLength) shadow.t ??= new Float64Array(o.length);
    const whole = shadow.t && new Float64Array(shadow.t.buffer);
    if (whole && whole.length * o.BYTES_PER_ELEMENT === buffer.byteLength) {
      buffers.set(buffer, { type, shadow: new Shadow(whole, shadow.memory) });
    } else expose(shadow);
  }
  return buffer;
}

/** A new buffer of followed code. */
export function ownBuffer(buffer: ArrayBuffer): ArrayBuffer {
  buffers.set(buffer, "owned");
  return buffer;
}

/** A view on a buffer, by the arguments of its constructor. */
export function viewOn(type: unknown, buffer: ArrayBufferLike, ...rest: unknown[]): ArrayBufferView {
  const known = buffers.get(buffer);
  const withoutShadow = () => new (type as new (...args: unknown[]) => ArrayBufferView)(buffer, ...rest);
  if (known === undefined || known === "exposed") return withoutShadow();
  if (!isFloatType(type) || known !== "owned" && known.type !== type) {
    if (known === "owned") buffers.set(buffer, "exposed");
    else expose(known.shadow);
    return withoutShadow();
  }
  const view = allocate(type, buffer, ...rest);
  let whole = known;
  if (whole === "owned") {
    const size = Math.ceil(buffer.byteLength / type.BYTES_PER_ELEMENT);
    whole = { type, shadow: new Shadow(new Float64Array(size), new Memory(state.block)) };
    buffers.set(buffer, whole);
  }
  const start = view.byteOffset / type.BYTES_PER_ELEMENT;
  view[SHADOW] = new Shadow(whole.shadow.t!.subarray(start, start + view.length), whole.shadow.memory);
  return view;
}

/** Notes that the bytes of an array can be read from here on; throws if some of its memory is active now. */
function expose({ t, memory }: Shadow): void {
  const isLive = memory.b === state.block || memory.b.state === "live";
  if (isLive && t?.some((part) => part !== 0)) {
    throw notFollowed("are read as bytes here", undefined, "Numbers that depend on a differentiable input");
  }
  // Specialised code does not check this at each store.
  if (again.isSpecialised) startAgain("*");
  memory.exposed = callerPlace() ?? "unknown place";
}

/** Part of an array, in the same memory. */
export function subarray(array: FloatArray & Shadowed, begin?: number, end?: number): FloatArray {
  const view = Float64Array.prototype.subarray.call(array as Float64Array, begin, end) as FloatArray & Shadowed;
  if (array[SHADOW] === undefined) return view;
  const { buffer, byteOffset, length } = view;
  const own = new (OWN.get(array.constructor)!)(...[buffer, byteOffset, length] as never[]);
  const shadow = shadowOf(array);
  shadow.t ??= new Float64Array(array.length);
  const start = (byteOffset - array.byteOffset) / array.BYTES_PER_ELEMENT;
  own[SHADOW] = new Shadow(shadow.t.subarray(start, start + length), shadow.memory);
  return own;
}

/** A copy of elements with their parts. */
export function sliceOf(array: FloatArray & Shadowed, begin = 0, end = array.length): FloatArray & Shadowed {
  // Of the whole array at once, which is faster than to fill zeros.
  const isWhole = begin === 0 && end === array.length;
  const copy = allocateLike(array, isWhole ? array : end - begin);
  if (!isWhole) copy.set(Float64Array.prototype.subarray.call(array as Float64Array, begin, end));
  const parts = partsOf(array);
  if (parts !== null) copy[SHADOW] = new Shadow(parts.slice(begin, end), new Memory(state.block));
  return copy;
}

/** Does a buffer hold numbers that depend on an input? */
export function bufferIsActive(buffer: ArrayBuffer): boolean {
  const known = buffers.get(buffer);
  if (known === undefined || typeof known === "string") return false;
  const { t, memory } = known.shadow;
  return memory.b.state === "live" && t !== null && t.some((part) => part !== 0);
}
