/**
 * The tape, recorded in the forward run and read in the reverse sweep: statements, each with the partial derivatives of
 * its value by the values of earlier statements (README.md).
 * @module
 */

import { dropAtRest } from "../../host/memory.ts";

/** A step between statements that is no statement (a rule, a checkpoint): functions carry derivatives through it. */
export interface Event {
  /** Its results are the statements after `from`, up to `at`; it has one at least. */
  readonly from: number;
  readonly at: number;
  /** Adds to the adjoints of its arguments what follows from those of its results. */
  back(bars: Bars): void | Promise<void>;
  /** Computes the tangents of its results from those of its arguments. */
  forth?(dots: Bars): void | Promise<void>;
}

/**
 * The adjoint of each statement in a reverse sweep, or its tangent in a forward one; of `width` sweeps at once, side by
 * side: that of statement `s` in sweep `c` is `data[s * width + c]`.
 */
export interface Bars {
  readonly width: number;
  data: Float64Array;
}

const FIRST = 1 << 12;
/** At most so many bytes are kept for the next run. Fresh memory is slow, for the system clears it page by page. */
const KEEP = 2 ** 28;

/** The tape. One object, whose fields generated code reads and writes. */
export const T = {
  /** Of each entry: the partial derivative, and the statement whose value it is by. */
  p: new Float64Array(FIRST),
  i: new Int32Array(FIRST),
  /** Where the entries of a statement begin; that of the next one is their end. */
  s: new Int32Array(FIRST),
  /** The last statement, and how many entries there are. */
  n: 0,
  m: 0,
  events: [] as Event[],
  /** In a function of `checkpoint`: a checksum of the statements that its events use, which are in no entry. */
  used: 0,
  /** Where this run first used what an earlier one had computed. */
  stalePlace: undefined as string | undefined,
};

/** The statement of all that an earlier run computed. */
export const STALE = 1;

/** Throws if outputs depend on what an earlier run computed; `part`: the adjoint of `STALE`, or an output's tangent. */
export function checkStale(part: number): void {
  if (T.stalePlace === undefined || part === 0) return;
  throw new TypeError(
    `${T.stalePlace}: an output depends on a number that an earlier call computed from its inputs, and that the module ` +
      "kept in a variable: its derivative is lost; compute it in each call, or keep stopGradient(x) to have a constant",
  );
}

/** How many entries and statements the next tape has room for from the beginning. */
const room = { entries: FIRST, statements: FIRST };
/** How many bytes of the tape have been written to since it was made: only these take memory. */
let touched = 0;

/** Specialised code has the tape's arrays in variables: instead of growing them, it begins again on a larger tape. */
export function wantRoom(): void {
  room.entries = Math.max(room.entries, 4 * T.p.length);
  room.statements = Math.max(room.statements, 4 * T.s.length);
  if (room.entries > 2 ** 30 || room.statements > 2 ** 30) throw outOfMemory();
}

/** Begins a new tape. */
export function beginTape(): void {
  isInUse = true;
  if (T.p.length < room.entries) {
    T.p = new Float64Array(room.entries);
    T.i = new Int32Array(room.entries);
  }
  if (T.s.length < room.statements) T.s = new Int32Array(room.statements);
  clearTape();
}

/** Ends a tape. Its memory is kept for the next one, unless it is too much. */
export function endTape(): void {
  isInUse = false;
  touched = Math.max(touched, 12 * T.m + 4 * T.n);
  if (touched > KEEP) {
    // The next tape is made smaller where this one was much too large.
    if (8 * T.m < room.entries) room.entries = Math.max(FIRST, room.entries >> 1);
    if (8 * T.n < room.statements) room.statements = Math.max(FIRST, room.statements >> 1);
    dropTape();
  }
  clearTape();
}

function dropTape(): void {
  T.p = new Float64Array(FIRST);
  T.i = new Int32Array(FIRST);
  T.s = new Int32Array(FIRST);
  spare = new Float64Array(0);
  touched = 0;
}

let isInUse = false;

dropAtRest(() => {
  if (!isInUse) dropTape();
});

function clearTape(): void {
  T.m = 0;
  T.n = STALE;
  T.s[1] = T.s[2] = 0;
  T.events = [];
  T.used = 0;
  T.stalePlace = undefined;
}

/** Adds statements to a checksum of them. */
export function checksum(sum: number, statements: ArrayLike<number>, from = 0, to = statements.length): number {
  for (let e = from; e < to; e++) sum = Math.imul(sum, 31) + statements[e]! | 0;
  return sum;
}

/** Makes room for a statement of k entries. */
function reserve(k: number): void {
  if (T.m + k > T.p.length) growEntries(k);
  if (T.n + 2 >= T.s.length) growStatements();
}

function growEntries(k: number): void {
  const size = Math.max(2 * T.p.length, T.m + k);
  if (size > 2 ** 31 - 1) throw outOfMemory();
  const [p, i] = [new Float64Array(size), new Int32Array(size)];
  p.set(T.p);
  i.set(T.i);
  T.p = p;
  T.i = i;
}

function growStatements(): void {
  const size = 2 * T.s.length;
  if (size > 2 ** 31 - 1) throw outOfMemory();
  const s = new Int32Array(size);
  s.set(T.s);
  T.s = s;
}

const outOfMemory = () =>
  new RangeError("the computation is too long to be recorded as a whole; use checkpoint(…) for parts of it");

/** Ends a statement whose entries were written. */
function close(): number {
  const n = ++T.n;
  T.s[n + 1] = T.m;
  return n;
}

/** A statement that is an input, or the result of an event. */
export function leaf(): number {
  reserve(0);
  return close();
}

/** Several of them; returns the number of the first. */
export function leaves(count: number): number {
  const first = T.n + 1;
  while (first + count + 1 >= T.s.length) growStatements();
  T.n += count;
  T.s.fill(T.m, first + 1, T.n + 2);
  return first;
}

/** A statement with one entry. */
export function record1(i: number, p: number): number {
  reserve(1);
  T.p[T.m] = p;
  T.i[T.m++] = i;
  return close();
}

/** A statement with two entries. */
export function record2(i: number, p: number, j: number, q: number): number {
  reserve(2);
  T.p[T.m] = p;
  T.i[T.m++] = i;
  T.p[T.m] = q;
  T.i[T.m++] = j;
  return close();
}

/** Cuts off all statements after statement n, and all entries from entry m on. */
export function truncate(n: number, m: number): void {
  T.n = n;
  T.m = m;
  T.s[n + 1] = m;
  while (T.events.length > 0 && T.events.at(-1)!.at > n) T.events.pop();
}

/** Memory for bars, kept from one sweep to the next. */
let spare = new Float64Array(0);

/** Bars of zero, with room for all statements. They may take the memory of those that were made before. */
export function makeBars(width: number): Bars {
  const size = (T.n + 1) * width;
  if (spare.length >= size) spare.fill(0, 0, size);
  else if (8 * size <= KEEP) spare = new Float64Array(size);
  return { width, data: 8 * size <= KEEP ? spare : new Float64Array(size) };
}

/** Makes room in bars for the statements that there are now; those after `from` are zero. */
export function extendBars(bars: Bars, from: number): void {
  const size = (T.n + 1) * bars.width;
  if (bars.data.length < size) {
    const data = new Float64Array(Math.max(size, 2 * bars.data.length));
    data.set(bars.data.subarray(0, (from + 1) * bars.width));
    bars.data = data;
  } else bars.data.fill(0, (from + 1) * bars.width, size);
}

/** The reverse sweep. */
export async function sweep(bars: Bars): Promise<void> {
  for (const waits of sweepBack(bars, 0)) await waits;
  for (let c = 0; c < bars.width; c++) checkStale(bars.data[STALE * bars.width + c]!);
}

/** The reverse sweep, to the statement after `to`; synchronous: throws where an event has to wait. */
export function sweepNow(bars: Bars, to: number): void {
  for (const _ of sweepBack(bars, to)) {
    throw new TypeError("what is asynchronous cannot be called in a function given to checkpoint(…)");
  }
}

/** The same; gives the promises that its events return, each to be awaited before it goes on. */
function* sweepBack(bars: Bars, to: number): Generator<Promise<void>> {
  let n = T.n;
  for (const event of T.events.filter(({ at }) => at > to).reverse()) {
    sweepStatements(bars, n, event.at);
    n = event.from;
    const waits = event.back(bars);
    if (waits !== undefined) yield waits;
  }
  sweepStatements(bars, n, to);
}

function sweepStatements(bars: Bars, from: number, to: number): void {
  const { width, data } = bars;
  if (width === 1) sweepOne(data, from, to);
  else sweepMany(data, width, from, to);
}

function sweepOne(bar: Float64Array, from: number, to: number): void {
  const { p, i, s } = T;
  let e = s[from + 1]! - 1;
  for (let n = from; n > to; n--) {
    const b = bar[n]!, start = s[n]!;
    if (b !== 0) { for (; e >= start; e--) bar[i[e]!]! += p[e]! * b; }
    e = start - 1;
  }
}

function sweepMany(bar: Float64Array, width: number, from: number, to: number): void {
  const { p, i, s } = T;
  for (let n = from; n > to; n--) {
    const at = n * width, end = s[n + 1]!;
    for (let e = s[n]!; e < end; e++) {
      const partial = p[e]!, target = i[e]! * width;
      if (target === 0) continue;
      for (let c = 0; c < width; c++) {
        const b = bar[at + c]!;
        if (b !== 0) bar[target + c]! += partial * b;
      }
    }
  }
}

/** The forward sweep: from the tangents of leaves to those of all statements. */
export async function sweepForwards(dots: Bars): Promise<void> {
  const { width, data } = dots;
  if (T.stalePlace !== undefined) data.fill(NaN, STALE * width, (STALE + 1) * width);
  let n = 0;
  for (const event of T.events) {
    sweepOn(dots, n, event.from);
    n = event.at;
    const waits = event.forth!(dots);
    if (waits !== undefined) await waits;
  }
  sweepOn(dots, n, T.n);
}

/** The forward sweep of statements only, from the one after `from` to `to`. */
function sweepOn({ width, data }: Bars, from: number, to: number): void {
  const { p, i, s } = T;
  for (let k = from + 1; k <= to; k++) {
    const at = k * width, end = s[k + 1]!;
    for (let e = s[k]!; e < end; e++) {
      const partial = p[e]!, source = i[e]! * width;
      if (source === 0) continue;
      for (let c = 0; c < width; c++) {
        const d = data[source + c]!;
        if (d !== 0) data[at + c]! += partial * d;
      }
    }
  }
}
