/**
 * Float arrays that share memory with others, and copies of them. A buffer has one shadow for all of its elements, if they
 * are all of one type.
 * @module
 */
import { state } from "./active.ts";
import { callerPlace, notFollowed } from "./not_followed.ts";
import { allocate, allocateLike, type FloatArray, type FloatArrayType, isFloatArray, isFloatType } from "./shadows.ts";
import { Memory, partsOf, SHADOW, Shadow, shadowOf } from "./shadows.ts";
import { again, startAgain } from "./start_again.ts";

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
export function subarray(array: FloatArray, begin?: number, end?: number): FloatArray {
  const view = Float64Array.prototype.subarray.call(array as Float64Array, begin, end) as FloatArray;
  if (array[SHADOW] === undefined) return view;
  const { buffer, byteOffset, length } = view;
  const own = allocate(array.constructor as FloatArrayType, buffer, byteOffset, length);
  const shadow = shadowOf(array);
  shadow.t ??= new Float64Array(array.length);
  const start = (byteOffset - array.byteOffset) / array.BYTES_PER_ELEMENT;
  own[SHADOW] = new Shadow(shadow.t.subarray(start, start + length), shadow.memory);
  return own;
}

/** A copy of elements with their parts. */
export function sliceOf(array: FloatArray, begin = 0, end = array.length): FloatArray {
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
