/**
 * Calls of functions that `customDerivative` gave a rule.
 * @module
 */
import type { Rule } from "../marks.ts";
import { state } from "./active.ts";
import { activate, copyPlain, hasActive, partsIn, visitBoth } from "./deep.ts";
import { callerPlace } from "./not_followed.ts";
import { own } from "./own.ts";
import { type Bars, leaf, T } from "./tape.ts";

type Callable = (...args: unknown[]) => unknown;

/** Calls a function by its rule. */
export function callWithRule(f: Callable, rule: Rule, args: unknown[]): unknown {
  if (!hasActive(args)) {
    const result = f(...args);
    return result instanceof Promise ? result.then(own) : own(result);
  }
  const place = callerPlace() ?? "customDerivative";
  const values = copyPlain(args) as unknown[];
  const parts = partsIn(args);
  const follow = (result: unknown) => {
    visitBoth(copyPlain(args), values, place, (before, after) => {
      if (!Object.is(before, after)) {
        throw new TypeError(`${place}: a function given to customDerivative changes its arguments; it may return only`);
      }
    });
    return state.backward
      ? backwards(rule, values, parts, result, place)
      : forwards(rule, values, parts, result, place);
  };
  const result = f(...values);
  return result instanceof Promise ? result.then(follow) : follow(result);
}

type RuleFunction = (args: unknown, vector: unknown, result: unknown) => unknown;

function forwards({ jvp }: Rule, args: unknown[], parts: unknown, result: unknown, place: string): unknown {
  if (jvp === undefined) throw missing("jvp", "forwards", place);
  const tangents = likeValues(args, parts);
  const assemble = (tangent: unknown) => {
    const flat: number[] = [];
    visitBoth(zerosLike(result), filled(result, tangent), `${place}: what jvp gives`, (_, d) => flat.push(d));
    let next = 0;
    return activate(result, () => flat[next++]!);
  };
  const tangent = (jvp as RuleFunction)(args, tangents, result);
  return tangent instanceof Promise ? tangent.then(assemble) : assemble(tangent);
}

function backwards({ vjp }: Rule, args: unknown[], parts: unknown, result: unknown, place: string): unknown {
  if (vjp === undefined) throw missing("vjp", "backwards", place);
  const first = T.n + 1;
  const followed = activate(result, () => leaf());
  const last = T.n;
  if (last >= first) T.events.push({ from: first - 1, at: last, back });
  return followed;

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
        visitBoth(parts, given, `${place}: what vjp gives for argument`, (id, bar) => {
          if (id !== 0) bars.data[id * width + c]! += bar;
        });
      };
      const ask = () => (vjp as RuleFunction)(copyPlain(args), cotangent, result);
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

/** A value of the structure of another, with other numbers. */
function mapNumbers(x: unknown, number: (x: number) => number): unknown {
  if (typeof x === "number") return number(x);
  if (ArrayBuffer.isView(x)) {
    return isFloat(x)
      ? new (x.constructor as Float64ArrayConstructor)(Array.from(x as Float64Array, number))
      : undefined;
  }
  if (Array.isArray(x)) return x.map((part) => mapNumbers(part, number));
  if (typeof x !== "object" || x === null) return undefined;
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, mapNumbers(part, number)]));
}

const isFloat = (x: unknown): boolean =>
  x instanceof Float64Array || x instanceof Float32Array || x instanceof Float16Array;

const zerosLike = (x: unknown): unknown => mapNumbers(x, () => 0);

/** Tangents in the structure of values: 0 where there are none. */
function likeValues(x: unknown, parts: unknown): unknown {
  if (typeof x === "number") return parts;
  if (ArrayBuffer.isView(x)) {
    if (!isFloat(x)) return undefined;
    const type = x.constructor as Float64ArrayConstructor;
    return parts === null ? new type((x as Float64Array).length) : new type(parts as Float64Array);
  }
  if (Array.isArray(x)) return x.map((part, i) => likeValues(part, (parts as unknown[])[i]));
  if (typeof x !== "object" || x === null) return undefined;
  const known = parts as Record<string, unknown>;
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, likeValues(part, known[key])]));
}

/** A tangent as it was given, with zeros where nothing was. */
function filled(x: unknown, given: unknown): unknown {
  if (given === undefined || given === null) return zerosLike(x);
  if (Array.isArray(x) && Array.isArray(given)) return x.map((part, i) => filled(part, given[i]));
  if (typeof x !== "object" || x === null || ArrayBuffer.isView(x) || Array.isArray(x)) return given;
  const known = given as Record<string, unknown>;
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, filled(part, known[key])]));
}

const missing = (name: string, way: string, place: string) =>
  new TypeError(`${place}: customDerivative has no ${name} here, which going ${way} needs`);
