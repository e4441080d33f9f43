/**
 * Calls of functions that have a rule by `customDerivative`.
 * @module
 */
import type { Rule } from "../marks.ts";
import { type Block, state, withoutDerivatives } from "./active.ts";
import { activate, copyPlain, fieldsOf, hasActive, isPlainObject, mapLeaves, partsIn, visitBoth } from "./deep.ts";
import { callerPlace, failRun } from "./not_followed.ts";
import { own } from "./own.ts";
import { element, type FloatArray, isFloatArray, store } from "./shadows.ts";
import { type Bars, leaf, T } from "./tape.ts";

type Callable = (...args: unknown[]) => unknown;

/** A second derivative is needed of a function that has only first ones. */
export class NoSecondDerivative extends TypeError {
  override name = "NoSecondDerivative";
}

/** Calls a function by its rule. */
export function callWithRule(f: Callable, rule: Rule, all: unknown[]): unknown {
  const args = all.slice(0, parametersOf(rule));
  if (!hasActive(args)) {
    const result = f(...args);
    const follow = (result: unknown) => inSameMemory(result, own(result));
    return result instanceof Promise ? result.then(follow) : follow(result);
  }
  const place = callerPlace() ?? "customDerivative";
  if (state.twice) {
    throw failRun(
      new NoSecondDerivative(
        `${place}: the rules of customDerivative(…), and other Tesseracts, have no second derivatives`,
      ),
    );
  }
  const values = copyPlain(args) as unknown[];
  const parts = partsIn(args);
  const follow = (found: unknown) => {
    try {
      const followed = derive(found);
      if (!(followed instanceof Promise)) return inSameMemory(found, followed);
      return followed.then((value) => inSameMemory(found, value), (error) => {
        throw failRun(error);
      });
    } catch (error) {
      throw failRun(error);
    }
  };
  const derive = (found: unknown) => {
    if (hasActive(found)) {
      throw new TypeError(
        `${place}: a function of customDerivative(…) gives a number that depends on an input that it was not given; ` +
          "pass it as an argument",
      );
    }
    // A copy, for the function may return memory that its next call overwrites.
    const result = copyPlain(found);
    const own = memoryOf(values);
    if ([...memoryOf(found)].some((buffer) => own.has(buffer))) {
      throw new TypeError(
        `${place}: a function of customDerivative(…) returns an array that it was given; return a copy, x.slice()`,
      );
    }
    visitBoth(copyPlain(args), values, place, (before, after) => {
      if (!Object.is(before, after)) {
        throw new TypeError(`${place}: a function given to customDerivative changes its arguments; it may return only`);
      }
    });
    return state.backward ? onTape(rule, values, parts, result, place) : forwards(rule, values, parts, result, place);
  };
  const result = withoutDerivatives(() => {
    const result = f(...values);
    hasActive(result); // Throws where it holds an active number from outside: those blocks are closed now.
    return result;
  });
  // While an asynchronous function waits, other code runs, for which the blocks are live: only its result is checked.
  return result instanceof Promise ? result.then(follow) : follow(result);
}

const known = new WeakMap<Rule, number | undefined>();

/** How many arguments the function of a rule can see; `undefined` where its text does not tell. */
function parametersOf(rule: Rule): number | undefined {
  if (!known.has(rule)) known.set(rule, parameters(rule.f));
  return known.get(rule);
}

function parameters(f: Rule["f"]): number | undefined {
  if (f === undefined) return undefined;
  const text = Function.prototype.toString.call(f);
  if (/\[native code\]/.test(text)) return undefined;
  const head = /^(?:async\s*)?(?:function\s*[\w$]*\s*)?\(?([\w$\s,]*)\)?\s*(=>|\{)/.exec(text);
  if (!head || (head[2] === "{" && /\barguments\b/.test(text))) return undefined;
  return f.length;
}

/** The memory of the arrays in a value. */
function memoryOf(x: unknown): Set<unknown> {
  const found = new Set<unknown>();
  mapLeaves(x, (leaf) => ArrayBuffer.isView(leaf) ? found.add(leaf.buffer) : leaf);
  return found;
}

/**
 * Arrays that functions returned in a block, by their memory and their place in it: for each the array that followed
 * code got in its place.
 */
const given = new WeakMap<Block, WeakMap<ArrayBufferLike, Map<string, FloatArray>>>();

/** Where a function returns memory that it returned before, the earlier array gets the new values, as in `apply`. */
function inSameMemory(found: unknown, followed: unknown): unknown {
  const arrays: FloatArray[] = [];
  mapLeaves(found, (leaf) => isFloatArray(leaf) ? arrays.push(leaf) : leaf);
  let next = 0;
  return arrays.length === 0 ? followed : mapLeaves(followed, (leaf) => {
    if (!isFloatArray(leaf)) return leaf;
    const { buffer, byteOffset, length, BYTES_PER_ELEMENT } = arrays[next++]!;
    let ofBlock = given.get(state.block);
    if (!ofBlock) given.set(state.block, ofBlock = new WeakMap());
    let ofBuffer = ofBlock.get(buffer);
    if (!ofBuffer) ofBlock.set(buffer, ofBuffer = new Map());
    const key = `${byteOffset} ${length} ${BYTES_PER_ELEMENT}`, known = ofBuffer.get(key);
    if (known === undefined) {
      ofBuffer.set(key, leaf);
      return leaf;
    }
    if (known !== leaf) { for (let i = 0; i < length; i++) store(known, i, element(leaf, i)); }
    return known;
  });
}

type RuleFunction = (args: unknown, vector: unknown, result: unknown) => unknown;

function forwards(rule: Rule, args: unknown[], parts: unknown, result: unknown, place: string): unknown {
  const assemble = (flat: readonly number[]) => {
    let next = 0;
    return activate(result, () => flat[next++]!);
  };
  const tangent = tangentOf(rule, args, parts, result, place);
  return tangent instanceof Promise ? tangent.then(assemble) : assemble(tangent);
}

/** The tangents of all numbers of the result. */
function tangentOf(
  { jvp }: Rule,
  args: unknown[],
  parts: unknown,
  result: unknown,
  place: string,
): number[] | Promise<number[]> {
  if (jvp === undefined) throw missing("jvp", "forwards", place);
  const flat = (tangent: unknown): number[] => {
    const found: number[] = [];
    visitBoth(zerosLike(result), filled(result, tangent), `${place}: what jvp gives`, (_, d) => found.push(d));
    return found;
  };
  const tangents = likeValues(args, parts);
  const tangent = withoutDerivatives(() =>
    (jvp as RuleFunction)(copyPlain(args) as unknown[], tangents, copyPlain(result))
  );
  return tangent instanceof Promise ? tangent.then(flat) : flat(tangent);
}

function onTape(rule: Rule, args: unknown[], parts: unknown, result: unknown, place: string): unknown {
  const { vjp } = rule;
  if (state.mode === "backwards" && vjp === undefined) throw missing("vjp", "backwards", place);
  if (state.mode === "forwards on tape" && rule.jvp === undefined) throw missing("jvp", "forwards", place);
  const first = T.n + 1;
  const followed = activate(result, () => leaf());
  const last = T.n;
  if (last >= first) T.events.push({ from: first - 1, at: last, back, forth });
  return followed;

  async function forth({ width, data }: Bars): Promise<void> {
    for (let c = 0; c < width; c++) {
      const dots = mapParts(parts, (id) => data[id * width + c]!);
      if (!hasPart(dots)) continue;
      for (const [k, d] of (await tangentOf(rule, args, dots, result, place)).entries()) {
        data[(first + k) * width + c] = d;
      }
    }
  }

  function back(bars: Bars): void | Promise<void> {
    const { width } = bars;
    let waits: Promise<void> | undefined;
    for (let c = 0; c < width; c++) {
      const cotangents: number[] = [];
      for (let n = first; n <= last; n++) cotangents.push(bars.data[n * width + c]!);
      if (cotangents.every((x) => x === 0)) continue;
      let next = 0;
      const cotangent = mapNumbers(result, () => cotangents[next++]!);
      const add = (given: unknown) => {
        if (!Array.isArray(given)) {
          throw new TypeError(`${place}: vjp is to return a list, of the cotangent of each argument`);
        }
        // The cotangents of passive arguments at the end of the list may be left out.
        const list = parts as unknown[];
        const needed = list.findLastIndex((part) => hasPart(part)) + 1;
        const some = given.length >= needed ? list.slice(0, given.length) : list;
        visitBoth(some, given, `${place}: what vjp gives for argument`, (id, bar) => {
          if (id !== 0) bars.data[id * width + c]! += bar;
        });
      };
      const ask = () => withoutDerivatives(() => (vjp as RuleFunction)(copyPlain(args), cotangent, copyPlain(result)));
      if (waits) waits = waits.then(async () => add(await ask()));
      else {
        const given = ask();
        if (given instanceof Promise) waits = given.then(add);
        else add(given);
      }
    }
    return waits;
  }
}

/** A value of the structure of another, with other numbers, and nothing besides numbers. */
function mapNumbers(x: unknown, number: (x: number) => number): unknown {
  return mapLeaves(x, (leaf) => {
    if (typeof leaf === "number") return number(leaf);
    return isFloat(leaf) ? new (leaf.constructor as Float64ArrayConstructor)(Array.from(leaf, number)) : undefined;
  }, () => undefined);
}

const isFloat = (x: unknown): x is Float64Array =>
  x instanceof Float64Array || x instanceof Float32Array || x instanceof Float16Array;

const zerosLike = (x: unknown): unknown => mapNumbers(x, () => 0);

/** Tangents in the structure of values: 0 where there are none. */
function likeValues(x: unknown, parts: unknown): unknown {
  if (typeof x === "number") return parts;
  if (ArrayBuffer.isView(x)) {
    if (!isFloat(x)) return undefined;
    const type = x.constructor as Float64ArrayConstructor;
    return parts === null ? new type(x.length) : new type(parts as Float64Array);
  }
  if (Array.isArray(x)) return x.map((part, i) => likeValues(part, (parts as unknown[])[i]));
  if (!isPlainObject(x)) return undefined;
  const known = parts as Record<string, unknown>;
  return { ...x, ...Object.fromEntries(fieldsOf(x).map((key) => [key, likeValues(x[key], known[key])])) };
}

/** A tangent as it was given, with zeros where nothing was. */
function filled(x: unknown, given: unknown): unknown {
  if (given === undefined || given === null) return zerosLike(x);
  if (Array.isArray(x) && Array.isArray(given)) return x.map((part, i) => filled(part, given[i]));
  if (!isPlainObject(x) || !isPlainObject(given)) return given;
  return { ...given, ...Object.fromEntries(fieldsOf(x).map((key) => [key, filled(x[key], given[key])])) };
}

/** The same structure with other derivative parts. */
function mapParts(parts: unknown, part: (x: number) => number): unknown {
  return mapLeaves(parts, (leaf) => typeof leaf === "number" ? part(leaf) : (leaf as Float64Array).map(part));
}

/** Is there a number in it that is not 0? */
function hasPart(parts: unknown): boolean {
  let has = false;
  mapLeaves(
    parts,
    (leaf) => has ||= typeof leaf === "number" ? leaf !== 0 : (leaf as Float64Array).some((x) => x !== 0),
  );
  return has;
}

const missing = (name: string, way: string, place: string) =>
  new TypeError(`${place}: customDerivative has no ${name} here, which going ${way} needs`);
