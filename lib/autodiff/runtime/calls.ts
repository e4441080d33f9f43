/**
 * Calls: of functions that are followed, of built-in ones, and of all others, which may not be given active values.
 * @module
 */
import { Active, V } from "./active.ts";
import { copyPlain, hasActive } from "./deep.ts";
import { printing } from "./kept_errors.ts";
import { kindOf } from "./kinds.ts";
import { notFollowed } from "./not_followed.ts";
import { get } from "./members.ts";
import { isFloatType } from "./shadows.ts";
import { specialCall } from "./special_calls.ts";

type Callable = (...args: unknown[]) => unknown;

/** `f(…)`, `o.f(…)`: `self` is what `this` is. `name`: what the error calls it, if it is no function. */
export function call(f: unknown, self: unknown, args: unknown[], name?: unknown): unknown {
  if (typeof f !== "function") {
    throw new TypeError(`${name === undefined ? describe(f) : String(name)} is not a function`);
  }
  const kind = kindOf(f);
  if (kind === "followed") return Reflect.apply(f, self, args);
  if (kind !== "foreign") return kind(self, args);
  const special = specialCall(f as Callable, self);
  if (special) return special(args);
  // Nothing is known about it: it may be given plain values only.
  checkForeign(f, self, args);
  return Reflect.apply(f, self, args.map(checked));
}

export const c = (f: unknown, self: unknown, ...args: unknown[]): unknown => call(f, self, args);

/** The call of a method that was looked up before: its name is for the error. */
export const named = (name: string | undefined, f: unknown, self: unknown, ...args: unknown[]): unknown =>
  call(f, self, args, name);

/** `o.name(…)` */
export const m = (o: unknown, name: string, ...args: unknown[]): unknown =>
  call((o as Record<string, unknown>)[name], o, args, name);

/** `o[key](…)` */
export const mk = (o: unknown, key: unknown, ...args: unknown[]): unknown =>
  call(get(o, key), o, args, key ?? String(key));

const describe = (x: unknown): string => typeof x === "object" && x !== null ? "an object" : String(x);

/** `new type(…)` */
export function construct(type: unknown, ...args: unknown[]): unknown {
  if (typeof type !== "function") throw new TypeError(`${describe(type)} is not a constructor`);
  const kind = kindOf(type);
  if (kind === "followed") return Reflect.construct(type, args);
  if (kind !== "foreign") return kind(undefined, args, type);
  checkForeign(type, undefined, args);
  return Reflect.construct(type, args.map(checked));
}

function checkForeign(f: { readonly name: string }, self: unknown, args: readonly unknown[]): void {
  // What WebAssembly exports is named by its number in the module.
  const name = f.name === "" ? "a function" : /^\d+$/.test(f.name) ? "a function of WebAssembly" : `${f.name}(…)`;
  if (self instanceof Active && (Active.prototype as unknown as Record<string, unknown>)[f.name] === f) return; // It throws by itself.
  if (self !== undefined && self !== null && typeof self === "object" && hasActive(self)) {
    throw notFollowed(`is used by ${name} here`);
  }
  // An error stores its other arguments (the options, a list of errors) without reading them.
  const looksAt = ERRORS.has(f) ? [args[f === AggregateError ? 1 : 0]] : args;
  if (hasActive(looksAt)) throw notFollowed(`is given to ${name} here`);
}

const ERRORS = new Set<unknown>(
  "Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError".split(" ")
    .map((name) => (globalThis as Record<string, unknown>)[name]),
);

/** A followed function that is passed to foreign code: what it returns must be plain. */
function checked(x: unknown): unknown {
  if (typeof x !== "function" || kindOf(x) !== "followed" || isClass(x)) return x;
  return function (this: unknown, ...args: unknown[]): unknown {
    const result = Reflect.apply(x, this, args);
    if (hasActive(result)) throw notFollowed(`is returned by ${x.name || "a function"} to what called it`);
    return result;
  };
}

const isClass = (f: object): boolean => Function.prototype.toString.call(f).startsWith("class");

/** A tag of a template. */
export const tagged = (f: unknown, self: unknown) => (...args: unknown[]): unknown => call(f, self, args);

/** The class that another one extends; a foreign one gets a constructor that checks its arguments. */
export function base(type: unknown): unknown {
  if (isFloatType(type)) {
    throw notFollowed(
      `is extended by a class here`,
      "keep the array in a field of the class",
      (type as { name: string }).name,
    );
  }
  if (type === Map || type === Set) return checkedCollection(type as SetConstructor);
  if (typeof type !== "function" || kindOf(type) !== "foreign") return type;
  const foreign = type as new (...args: unknown[]) => object;
  if (!("prototype" in foreign)) return type;
  return class extends foreign {
    constructor(...args: unknown[]) {
      checkForeign(foreign, undefined, args);
      super(...args);
    }
  };
}

/** The class of maps or sets, whose constructor refuses active keys and members also where a class extends it. */
function checkedCollection(type: SetConstructor): SetConstructor {
  return class extends type<unknown> {
    constructor(source?: Iterable<unknown> | null) {
      const list = source === undefined || source === null ? [] : [...source];
      construct(type, list);
      super(list);
    }
  } as SetConstructor;
}

/** A function from whose arguments nothing is computed (a print, a metric): it is passed the plain values. */
export const sink = (f: Callable) => (self: unknown, args: unknown[]): unknown =>
  printing(() => Reflect.apply(f, self, args.map((x) => hasActive(x) ? copyPlain(x) : x)));

/** Is a value true as a condition? */
export const truth = (x: unknown): boolean => Boolean(x instanceof Active ? x[V] : x);
