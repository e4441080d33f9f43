/**
 * How JavaScript's built-in functions treat active values. One that is not registered here throws when it is given one.
 * @module
 */
import { checkpoint } from "../checkpoint.ts";
import { customDerivative } from "../custom_derivative.ts";
import { Active, strip } from "./active.ts";
import { knowArrayMakers } from "./array_makers.ts";
import { call, construct, truth } from "./calls.ts";
import { clone } from "./clone.ts";
import { objectOf } from "./checks.ts";
import { hasActive } from "./deep.ts";
import { type BuiltIn, kindOf, setKind } from "./kinds.ts";
import { math } from "./math.ts";
import { notFollowed } from "./not_followed.ts";
import { operand, v } from "./operators.ts";
import { changed } from "./shared_objects.ts";
import { element, get, isActiveArray, ownBuffer, set } from "./shadows.ts";
import { knowTypedArrays } from "./typed_arrays.ts";

type Callable = (...args: unknown[]) => unknown;
type Table = Readonly<Record<PropertyKey, unknown>>;

const native = (f: unknown): BuiltIn => (self, args, type) =>
  type === undefined ? Reflect.apply(f as Callable, self, args) : Reflect.construct(f as new () => object, args);

/** Registers functions that move values without looking at them. They throw when called on an active typed array. */
function moves(owner: unknown, names: string): void {
  for (const name of names.split(" ")) {
    const f = (owner as Table)[name];
    const isGiven = CALLS_BACK.has(name);
    setKind(f, (self, args) => {
      if (isActiveArray(self)) throw readsElements(name);
      return Reflect.apply(f as Callable, self, isGiven ? args.map(followedCallback) : args);
    });
  }
}

/** Those among them that call functions which they are given. */
const CALLS_BACK = new Set("map forEach reduce reduceRight flatMap from fromAsync".split(" "));

/** A callback of a built-in function: where it is not rewritten code (`Math.sin`, a rule), it is called by `call`. */
function followedCallback(f: unknown): unknown {
  if (typeof f !== "function" || kindOf(f) === "followed") return f;
  return function (this: unknown, ...args: unknown[]): unknown {
    return call(f, this, args);
  };
}

/** Registers functions that call the functions which they are given. */
function callsBack(...functions: readonly unknown[]): void {
  for (const f of functions) {
    setKind(f, (self, args) => Reflect.apply(f as Callable, self, args.map(followedCallback)));
  }
}

const readsElements = (name: string) =>
  notFollowed(
    `has its elements read by ${name}(…) here`,
    "use a method of the array itself",
    "An array that depends on a differentiable input",
  );

/** Registers functions with a callback that answers true or false. */
function tests(owner: unknown, names: string): void {
  for (const name of names.split(" ")) {
    const f = (owner as Table)[name];
    setKind(f, (self, [test, ...rest]) => {
      if (isActiveArray(self)) throw readsElements(name);
      return Reflect.apply(f as Callable, self, [truthOf(test), ...rest]);
    });
  }
}

function truthOf(test: unknown): unknown {
  if (typeof test !== "function") return test;
  return function (this: unknown, ...args: unknown[]): boolean {
    return truth(call(test, this, args));
  };
}

/** Registers functions of numbers that are piecewise constant: they are given the plain values. */
function looks(owner: unknown, names: string): void {
  for (const name of names.split(" ")) {
    const f = (owner as Table)[name];
    setKind(f, (self, args) => {
      if (isActiveArray(self)) throw readsElements(name);
      return Reflect.apply(f as Callable, self, owner === Number ? args.map(strip) : args.map(v));
    });
  }
}

/** Registers searches of a list for an element: numbers are compared by value. */
function finds(names: string): void {
  for (const name of names.split(" ")) {
    const f = (Array.prototype as unknown as Table)[name];
    setKind(f, (self, args) => {
      if (isActiveArray(self)) throw readsElements(name);
      return Reflect.apply(f as Callable, Array.isArray(self) ? self.map(strip) : self, args.map(strip));
    });
  }
}

/** Registers sorting: the answer of the comparison function counts by its value. */
function compares(names: string): void {
  for (const name of names.split(" ")) {
    const f = (Array.prototype as unknown as Table)[name];
    setKind(f, (self, [compare]) => {
      if (isActiveArray(self)) throw readsElements(name);
      const by = typeof compare === "function"
        ? (a: unknown, b: unknown) => strip(call(compare, undefined, [a, b]))
        : compare;
      return Reflect.apply(f as Callable, self, [by]);
    });
  }
}

/** Registers methods of maps and sets: an active number may be a value, but not a key or a member of a set. */
function keyed(type: { prototype: unknown }, names: string): void {
  for (const name of names.split(" ")) {
    const f = (type.prototype as Table)[name];
    setKind(f, (self, args) => {
      if (args[0] instanceof Active) throw notFollowed("is used as a key here");
      return Reflect.apply(f as Callable, self, args);
    });
  }
}

/** The arguments of a call that are given as a list or an array: `f.apply(self, list)`. */
const listOf = (x: unknown): unknown[] =>
  x === undefined || x === null
    ? []
    : ArrayBuffer.isView(x)
    ? Array.from(x as Float64Array, (_, i) => element(x as Float64Array, i))
    : Array.from(x as ArrayLike<unknown>);

const prototypeOf = (x: unknown): Table => Object.getPrototypeOf(x) as Table;

/** These change their first argument. */
const CHANGERS = new Set<unknown>([
  Object.defineProperty,
  Object.defineProperties,
  Object.setPrototypeOf,
  Reflect.defineProperty,
  Reflect.deleteProperty,
  Reflect.setPrototypeOf,
]);
const KEEPERS = new Set<unknown>([Object.freeze, Object.seal, Object.preventExtensions]);

let known = false;

/** Registers all built-in functions; once is enough. */
export function knowBuiltIns(): void {
  if (known) return;
  known = true;
  moves(
    Array.prototype,
    "push pop shift unshift concat slice splice reverse map forEach reduce reduceRight fill flat flatMap entries keys values at copyWithin with toReversed toSpliced",
  );
  moves(Array, "from fromAsync of isArray");
  tests(Array.prototype, "every some find findIndex findLast findLastIndex filter");
  finds("indexOf lastIndexOf includes");
  compares("sort toSorted");
  setKind(Array, (_self, args, type) => native(Array)(undefined, args.length === 1 ? args.map(strip) : args, type));

  for (
    const f of [
      Object.freeze,
      Object.seal,
      Object.preventExtensions,
      Object.isFrozen,
      Object.isSealed,
      Object.isExtensible,
      Object.getPrototypeOf,
      Object.setPrototypeOf,
      Object.create,
      Object.keys,
      Object.getOwnPropertyNames,
      Object.getOwnPropertySymbols,
      Object.hasOwn,
      Object.defineProperty,
      Object.defineProperties,
      Object.fromEntries,
      Object.prototype.hasOwnProperty,
      Object.prototype.isPrototypeOf,
      Object.prototype.propertyIsEnumerable,
      Reflect.ownKeys,
      Reflect.has,
      Reflect.getPrototypeOf,
      Reflect.setPrototypeOf,
      Reflect.isExtensible,
      Reflect.defineProperty,
      Reflect.deleteProperty,
      Reflect.preventExtensions,
      ArrayBuffer.isView,
      WeakMap,
      WeakSet,
      WeakRef,
    ]
  ) {
    setKind(f, (self, args, type) => {
      if (CHANGERS.has(f)) changed(args[0]);
      if (!(self instanceof Active || args[0] instanceof Active)) return native(f)(self, args, type);
      // Given an active number, they return it, or answer as for a plain number.
      if (KEEPERS.has(f)) return args[0];
      return native(f)(strip(self), [strip(args[0]), ...args.slice(1)], type);
    });
  }
  // These read the properties of an object; those of a typed array would be plain numbers.
  for (
    const f of [
      Object.assign,
      Object.values,
      Object.entries,
      Object.getOwnPropertyDescriptor,
      Object.getOwnPropertyDescriptors,
      Reflect.getOwnPropertyDescriptor,
    ]
  ) {
    setKind(f, (self, args) => {
      return Reflect.apply(
        f as Callable,
        self,
        args.map((x, i) => f === Object.assign && i === 0 ? changed(x) : objectOf(x)),
      );
    });
  }
  setKind(Object.is, (_self, [a, b]) => Object.is(strip(a), strip(b)));
  setKind(Reflect.get, (_self, [o, k]) => get(o, k));
  setKind(Reflect.set, (_self, [o, k, x]) => (set(o, k, x), true));
  setKind(Reflect.apply, (_self, [f, self, args]) => call(f, self, listOf(args)));
  setKind(
    Reflect.construct,
    (_self, args) =>
      args.length > 2 ? native(Reflect.construct)(undefined, args) : construct(args[0], ...listOf(args[1])),
  );
  setKind(Function.prototype.call, (f, [self, ...args]) => call(f, self, args));
  setKind(Function.prototype.apply, (f, [self, args]) => call(f, self, listOf(args)));
  setKind(Function.prototype.bind, (f, [self, ...first]) => {
    const bound = Reflect.apply(Function.prototype.bind, f as Callable, [self, ...first]) as Callable;
    setKind(
      bound,
      (_self, args, type) => type === undefined ? call(f, self, [...first, ...args]) : construct(f, ...first, ...args),
    );
    return bound;
  });

  for (const name of Object.getOwnPropertyNames(Math)) {
    const own = math[name];
    if (own !== undefined) setKind((Math as unknown as Table)[name], (_self, args) => own(...args));
  }
  looks(Number, "isFinite isInteger isNaN isSafeInteger");
  looks(globalThis, "isFinite isNaN");
  setKind(
    Number,
    (_self, args, type) => {
      const x = operand(args[0]);
      if (!(x instanceof Active)) return native(Number)(undefined, args.length === 0 ? [] : [x], type);
      if (type !== undefined) throw notFollowed("is put into a Number object here", "use the number as it is");
      return x;
    },
  );
  setKind(Boolean, (_self, args, type) => native(Boolean)(undefined, args.map(strip), type));

  setKind(Map.groupBy, (_self, [items, f]) =>
    Map.groupBy(items as Iterable<unknown>, (x, i) => {
      const key = call(f, undefined, [x, i]);
      if (key instanceof Active) throw notFollowed("is used as a key here");
      return key;
    }));
  keyed(Map, "get set has delete");
  keyed(Set, "add has delete");
  keyed(WeakMap, "get set has delete");
  moves(Map.prototype, "clear forEach entries keys values");
  moves(Set.prototype, "clear forEach entries keys values");
  for (const [type, what] of [[Map, "a key"], [Set, "a member of a Set"]] as const) {
    setKind(type, (_self, [source], by) => {
      if (by === undefined) return native(type)(undefined, []);
      if (source === undefined || source === null) return new (type as SetConstructor)();
      const list = [...source as Iterable<unknown>];
      if (list.some((x) => (type === Set ? x : (x as unknown[])[0]) instanceof Active)) {
        throw notFollowed(`is used as ${what} here`);
      }
      return new (type as SetConstructor)(list);
    });
  }

  const generator = prototypeOf((function* () {})());
  const iterators = [
    prototypeOf(generator),
    prototypeOf((async function* () {})()),
    [].values(),
    new Map().values(),
    new Set().values(),
    ""[Symbol.iterator](),
    "".matchAll(/a/g),
  ].map(prototypeOf);
  for (const owner of [prototypeOf(generator), ...iterators]) {
    for (const name of ["next", "return", "throw"]) {
      if (Object.hasOwn(owner, name)) setKind(owner[name], native(owner[name]));
    }
  }
  for (const name of ["map", "take", "drop", "flatMap", "reduce", "toArray", "forEach"]) {
    callsBack((Iterator.prototype as unknown as Table)[name]);
  }
  tests(Iterator.prototype, "filter some every find");
  setKind(Iterator.from, native(Iterator.from));

  for (
    const f of [
      Promise.all,
      Promise.allSettled,
      Promise.any,
      Promise.race,
      Promise.resolve,
      Promise.reject,
    ]
  ) {
    setKind(f, native(f));
  }
  const { then, catch: caught, finally: ended } = Promise.prototype;
  callsBack(then, caught, ended, Object.groupBy, globalThis.setTimeout, globalThis.setInterval, queueMicrotask);
  setKind(
    Promise,
    (_self, [executor], type) =>
      type === undefined ? native(Promise)(undefined, [executor]) : new Promise((resolve, reject) => {
        setKind(resolve, native(resolve));
        setKind(reject, native(reject));
        call(executor, undefined, [resolve, reject]);
      }),
  );
  setKind(Promise.withResolvers, () => {
    const made = Promise.withResolvers();
    for (const f of [made.resolve, made.reject]) setKind(f, native(f));
    return made;
  });
  setKind(
    ArrayBuffer,
    (_self, args, type) =>
      type === undefined
        ? native(ArrayBuffer)(undefined, args)
        : ownBuffer(new ArrayBuffer(...args.map(strip) as [number])),
  );
  // They only wrap the functions that they are given.
  for (const f of [checkpoint, customDerivative]) setKind(f, native(f));
  const { structuredClone } = globalThis;
  setKind(structuredClone, (_self, args) => {
    if (args.length === 1) return clone(args[0]);
    if (hasActive(args)) throw notFollowed("is given to structuredClone(…) with options here", "give it no options");
    return Reflect.apply(structuredClone, undefined, args);
  });
  knowArrayMakers();
  knowTypedArrays();
  setKind(DataView, (_self, args, type) => {
    if (type === undefined) throw new TypeError("Constructor DataView requires 'new'");
    return viewOfBytes(args);
  });
}

function viewOfBytes([buffer, ...rest]: unknown[]): unknown {
  return buffer instanceof ArrayBuffer
    ? construct(Uint8Array, buffer) && new DataView(buffer, ...rest.map(strip) as [number, number])
    : new DataView(buffer as ArrayBuffer, ...rest.map(strip) as [number, number]);
}
