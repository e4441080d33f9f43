/**
 * Calls of functions that have a rule by `customDerivative`.
 * @module
 */
import type { Rule } from "../marks.ts";
import { type Block, state, withoutDerivatives } from "./active.ts";
import { activate, copyPlain, hasActive, leavesOf, mapLeaves, own, partsIn, visitBoth } from "./deep.ts";
import { failRun, laterPlace } from "./not_followed.ts";
import { store } from "./members.ts";
import { element, type FloatArray, isFloatArray } from "./shadows.ts";
import { type Bars, checksum, leaf, T } from "./tape.ts";

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
  const place = laterPlace("customDerivative");
  if (state.twice) {
    throw failRun(
      new NoSecondDerivative(
        `${place()}: the rules of customDerivative(…), and other Tesseracts, have no second derivatives`,
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
        `${place()}: a function of customDerivative(…) gives a number that depends on an input that it was not given; ` +
          "pass it as an argument",
      );
    }
    // A copy, for the function may return memory that its next call overwrites.
    const result = copyPlain(found);
    const own = memoryOf(values);
    if ([...memoryOf(found)].some((buffer) => own.has(buffer))) {
      throw new TypeError(
        `${place()}: a function of customDerivative(…) returns an array that it was given; return a copy, x.slice()`,
      );
    }
    visitBoth(copyPlain(args), values, place, (before, after) => {
      if (!Object.is(before, after)) {
        throw new TypeError(
          `${place()}: a function given to customDerivative changes its arguments; it may return only`,
        );
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
const memoryOf = (x: unknown): Set<unknown> =>
  new Set(leavesOf(x).flatMap((leaf) => ArrayBuffer.isView(leaf) ? [leaf.buffer] : []));

/**
 * Arrays that functions returned in a block, by their memory and their place in it: for each the array that followed
 * code got in its place.
 */
const given = new WeakMap<Block, WeakMap<ArrayBufferLike, Map<string, FloatArray>>>();

/** Where a function returns memory that it returned before, the earlier array gets the new values, as in `apply`. */
function inSameMemory(found: unknown, followed: unknown): unknown {
  const arrays = leavesOf(found).filter(isFloatArray);
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

function forwards(rule: Rule, args: unknown[], parts: unknown, result: unknown, place: () => string): unknown {
  const assemble = (tangents: readonly number[]) => {
    let next = 0;
    return activate(result, () => tangents[next++]!);
  };
  const tangents = tangentsOf(rule, args, numbersOf(args, parts, place), result, place);
  return tangents instanceof Promise ? tangents.then(assemble) : assemble(tangents);
}

/** The tangents of all numbers of the result, from those of all numbers of the arguments. */
function tangentsOf(
  { jvp }: Rule,
  args: unknown[],
  dots: readonly number[],
  result: unknown,
  place: () => string,
): number[] | Promise<number[]> {
  if (jvp === undefined) throw missing("jvp", "forwards", place);
  const flat = (tangent: unknown) => {
    if (tangent === undefined && leavesOf(result).length > 0) {
      throw new TypeError(`${place()}: jvp gives undefined; is a return missing? (null is zero)`);
    }
    return numbersOf(result, tangent, () => `${place()}: what jvp gives`);
  };
  const tangent = withoutDerivatives(() =>
    (jvp as RuleFunction)(copyPlain(args), withNumbers(args, dots), copyPlain(result))
  );
  return tangent instanceof Promise ? tangent.then(flat) : flat(tangent);
}

function onTape(rule: Rule, args: unknown[], parts: unknown, result: unknown, place: () => string): unknown {
  const { vjp } = rule;
  if (state.mode === "backwards" && vjp === undefined) throw missing("vjp", "backwards", place);
  if (state.mode === "forwards on tape" && rule.jvp === undefined) throw missing("jvp", "forwards", place);
  const first = T.n + 1;
  const followed = activate(result, () => leaf());
  const last = T.n;
  if (state.block.outer) T.used = checksum(T.used, numbersOf(args, parts, place));
  if (last >= first) T.events.push({ from: first - 1, at: last, back, forth });
  return followed;

  async function forth({ width, data }: Bars): Promise<void> {
    const ids = numbersOf(args, parts, place);
    for (let c = 0; c < width; c++) {
      const dots = ids.map((id) => data[id * width + c]!);
      if (dots.every((d) => d === 0)) continue;
      for (const [k, d] of (await tangentsOf(rule, args, dots, result, place)).entries()) {
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
      const cotangent = withNumbers(result, cotangents);
      const add = (given: unknown) => {
        if (!Array.isArray(given)) {
          throw new TypeError(`${place()}: vjp is to return a list, of the cotangent of each argument`);
        }
        // The cotangents of passive arguments at the end of the list may be left out.
        const list = parts as unknown[];
        const needed = list.findLastIndex((part) => leavesOf(part).some(isActive)) + 1;
        const some = given.length >= needed ? list.slice(0, given.length) : list;
        visitBoth(some, given, () => `${place()}: what vjp gives for argument`, (id, bar) => {
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

/** A value of the structure of another with these numbers, in order, and nothing besides. */
function withNumbers(x: unknown, numbers: readonly number[]): unknown {
  let next = 0;
  const number = () => numbers[next++]!;
  return mapLeaves(x, (leaf) => {
    if (typeof leaf === "number") return number();
    return isFloatArray(leaf) ? (leaf.constructor as Float64ArrayConstructor).from(leaf, number) : undefined;
  }, () => undefined);
}

/** The numbers in a value that has the structure of another, in order; 0 where nothing was given. */
function numbersOf(x: unknown, given: unknown, what: () => string): number[] {
  const found: number[] = [];
  const floats = mapLeaves(x, (leaf) => typeof leaf === "number" || isFloatArray(leaf) ? leaf : null, () => null);
  visitBoth(floats, given, what, (_, d) => found.push(d));
  return found;
}

/** Is a derivative part not 0, or one of several? */
const isActive = (part: unknown): boolean =>
  typeof part === "number" ? part !== 0 : (part as Float64Array).some((d) => d !== 0);

const missing = (name: string, way: string, place: () => string) =>
  new TypeError(`${place()}: customDerivative has no ${name} here, which going ${way} needs`);
