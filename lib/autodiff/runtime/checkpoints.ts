/**
 * Functions that run again in the reverse sweep, instead of staying on the tape.
 *
 * In the forward run the function is recorded like any other, and then its statements are cut off the tape. What stays
 * is a copy of its arguments, and one new statement for each active number that it returned. When the reverse sweep
 * arrives there, all later statements are done with: the function runs again and is recorded in their place, and this
 * part of the tape is swept and cut off.
 * @module
 */
import { Active, B, Block, D, partOf, state, V } from "./active.ts";
import { call } from "./calls.ts";
import { Copies, hasActive, isPlainObject } from "./deep.ts";
import { failRun, laterPlace } from "./not_followed.ts";
import {
  allocate,
  clearableParts,
  type FloatArray,
  type FloatArrayType,
  isFloatArray,
  Memory,
  partsOf,
  SHADOW,
  Shadow,
  shadowOf,
  writableParts,
} from "./shadows.ts";
import { sliceOf } from "./views.ts";
import { type Bars, checksum, extendBars, leaf, sweepNow, T, truncate } from "./tape.ts";

type Callable = (...args: unknown[]) => unknown;

/** Calls a function that `checkpoint` was given. */
export function callCheckpoint(f: Callable, self: unknown, args: unknown[]): unknown {
  // A tape that is read forwards needs all statements.
  if (state.mode !== "backwards" || !(hasActive(args) || hasActive(self))) return call(f, self, args);
  const place = laterPlace("checkpoint");
  // Copies, for the function may change the arrays that it is given.
  const { copy: before, kept } = snapshot<readonly [unknown, unknown[]]>([self, args]);
  // Put back when the function runs again.
  const contents = kept.map((array) => sliceOf(array));
  const { n, m, used: usedBefore } = T;
  const inner = new Block();
  T.used = 0;
  const { result, arrays } = runInside(inner, f, self, args, place);
  const found = new Outputs(inner, n, place);
  const followed = found.take(result, [self, ...args], arrays);
  const sum = found.sum, used = found.statements(m);
  truncate(n, m);
  T.used = checksum(usedBefore, [used]);
  inner.state = "discarded";
  const ids = found.renumber();
  if (ids.length > 0) T.events.push({ from: n, at: T.n, back });
  return followed;

  function back(bars: Bars): void {
    const { width } = bars;
    // The statements from here on are done with: the function is recorded in their place.
    const seeds = ids.map((id) => bars.data.slice(id * width, (id + 1) * width));
    if (seeds.every((seed) => seed.every((bar) => bar === 0))) return;
    const again = new Block();
    truncate(n, m);
    T.used = 0;
    const [self, args] = snapshot(before).copy;
    const found = new Outputs(again, n, place);
    const changed = kept.map((array) => sliceOf(array));
    putBack(kept, contents);
    try {
      const { result, arrays } = runInside(again, f, self, args, place);
      found.take(result, [self, ...args], arrays);
    } finally {
      putBack(kept, changed);
    }
    if (!Object.is(found.sum, sum) || found.statements(m) !== used) {
      throw failRun(
        new TypeError(
          `${place()}: a function given to checkpoint(…) computes with other numbers when it runs again; it may depend on ` +
            "its arguments only",
        ),
      );
    }
    extendBars(bars, n);
    for (const [k, id] of found.ids.entries()) {
      for (let c = 0; c < width; c++) bars.data[id * width + c]! += seeds[k]![c]!;
    }
    sweepNow(bars, n);
    truncate(n, m);
    again.state = "discarded";
  }
}

/** Runs the function in a block of its own; meanwhile the arrays that it is given belong to that block. */
function runInside(inner: Block, f: Callable, self: unknown, args: unknown[], place: () => string) {
  const outer = state.block;
  const arrays = arraysIn([self, args]);
  // An array of a block further out stays there: storing an active number in it throws.
  const taken = arrays.filter((array) =>
    shadowOf(array).memory.b === outer || shadowOf(array).memory.b.state === "over"
  );
  inner.outer = outer;
  state.block = inner;
  for (const array of taken) shadowOf(array).memory.b = inner;
  try {
    const result = call(f, self, args);
    if (result instanceof Promise) {
      throw failRun(new TypeError(`${place()}: a function given to checkpoint(…) may not be asynchronous`));
    }
    return { result, arrays };
  } finally {
    state.block = outer;
    for (const array of taken) shadowOf(array).memory.b = outer;
  }
}

/** The active numbers that a function returned, or stored in the arrays, lists and objects that it was given. */
class Outputs {
  readonly ids: number[] = [];
  /** A checksum of all values: a second run must give the same. */
  sum = 0;
  private readonly places: ((id: number) => void)[] = [];
  private readonly seen = new Set<unknown>();

  /** `first`: statements up to this one were on the tape before the function ran. */
  constructor(private readonly inner: Block, private readonly first: number, private readonly place: () => string) {}

  /** Collects the outputs. Returns the result for the outer block, which may be used once `renumber` has run. */
  take(result: unknown, given: unknown[], arrays: readonly FloatArray[]): unknown {
    for (const array of arrays) this.array(array);
    for (const part of given) if (!(part instanceof Active)) this.value(part, true);
    return this.value(result);
  }

  /**
   * `given`: x is part of the arguments. Objects of classes in them are not searched: an active number that the
   * function stored there belongs to the discarded block, so using it throws.
   */
  private value(x: unknown, given = false): unknown {
    if (typeof x === "number") return this.count(x), x;
    if (x instanceof Active) {
      this.count(x[V]);
      if (given && x[B] !== this.inner) return x;
      const d = x[B].state === "live" ? x[D] : partOf(x);
      const outside = new Active(x[V], d, state.block);
      if (d > this.first) this.output(d, (id) => (outside as { [D]: number })[D] = id);
      return outside;
    }
    if (typeof x !== "object" || x === null || this.seen.has(x)) return x;
    if (isFloatArray(x) && x[SHADOW] !== undefined) {
      // An array that it made: from now on it belongs outside.
      shadowOf(x).memory.b = state.block;
      this.array(x);
      return x;
    }
    this.seen.add(x);
    if (Array.isArray(x) || isPlainObject(x)) {
      const parts = x as Record<PropertyKey, unknown>;
      for (const key of Array.isArray(x) ? x.keys() : Object.keys(x)) {
        const part = this.value(parts[key], given);
        if (part !== parts[key]) parts[key] = part;
      }
    } else if (!given && hasActive(x)) {
      throw failRun(
        new TypeError(
          `${this.place()}: a function given to checkpoint(…) returns a Map, a Set or an object of a class; ` +
            "return numbers, arrays, lists or plain objects",
        ),
      );
    }
    return x;
  }

  private array(array: FloatArray): void {
    if (this.seen.has(array)) return;
    this.seen.add(array);
    const parts = partsOf(array);
    for (let i = 0; i < array.length; i++) {
      this.count(array[i]!);
      const d = parts?.[i] ?? 0;
      if (d > this.first) this.output(d, (id) => parts![i] = id);
    }
  }

  /**
   * A checksum of the statements that entries from `m` on use, and of the outputs: a second run must have the same. A
   * number from outside of the function may have the same value then, but be another statement.
   */
  statements(m: number): number {
    return checksum(checksum(T.used, T.i, m, T.m), this.ids);
  }

  private count(x: number): void {
    // Any function of the values and their order will do, as long as NaN and infinity do not hide the rest.
    this.sum = Math.fround(this.sum * 0.75) + (Number.isFinite(x) ? x : 0.5);
  }

  private output(id: number, place: (id: number) => void): void {
    this.ids.push(id);
    this.places.push(place);
  }

  /** Gives the outputs new statements in the place of those that were cut off. */
  renumber(): number[] {
    return this.places.map((place) => {
      const id = leaf();
      place(id);
      return id;
    });
  }
}

/** Gives arrays the elements of others, with their derivative parts. */
function putBack(arrays: readonly FloatArray[], contents: readonly FloatArray[]): void {
  for (const [i, array] of arrays.entries()) {
    array.set(contents[i]!);
    const parts = partsOf(contents[i]!);
    if (parts !== null) writableParts(array).set(parts);
    else clearableParts(array)?.fill(0);
  }
}

/** The float arrays of followed code in a value. */
function arraysIn(x: unknown, found: FloatArray[] = [], seen = new Set<unknown>()): FloatArray[] {
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
 * the copy, too, and arrays that share memory share it there. Objects of classes are not copied: `kept` are the arrays
 * in them, and those that share memory with these, wherever they are.
 */
function snapshot<X>(x: X): { readonly copy: X; readonly kept: readonly FloatArray[] } {
  const arrays = new Set(arraysIn(x)), buffers = new Set<unknown>(), shared = new Set<unknown>();
  for (const { buffer } of arrays) (buffers.has(buffer) ? shared : buffers).add(buffer);
  const keptMemory = new Set<unknown>(inClasses(x).map(({ buffer }) => buffer));
  const copy = (x: object, copies: Copies): unknown => {
    if (isFloatArray(x) && x[SHADOW] !== undefined) {
      if (keptMemory.has(x.buffer)) return x;
      return shared.has(x.buffer) ? copyView(x) : sliceOf(x);
    }
    if (ArrayBuffer.isView(x)) return x instanceof DataView ? x : (x as Float64Array).slice();
    return Array.isArray(x) || isPlainObject(x) ? copies.ofPlain(x) : x;
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
  return { copy: new Copies(copy).of(x) as X, kept: [...arrays].filter(({ buffer }) => keptMemory.has(buffer)) };
}

/** The float arrays of followed code in objects of classes in a value. */
function inClasses(x: unknown, found: FloatArray[] = [], seen = new Set<unknown>(), searched = new Set<unknown>()) {
  if (typeof x !== "object" || x === null || x instanceof Active || ArrayBuffer.isView(x) || seen.has(x)) return found;
  if (!Array.isArray(x) && !isPlainObject(x)) return arraysIn(x, found, searched);
  seen.add(x);
  for (const part of Object.values(x)) inClasses(part, found, seen, searched);
  return found;
}
