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
import { hasActive } from "./deep.ts";
import { type BuiltIn, kindOf, setKind } from "./kinds.ts";
import { math } from "./math.ts";
import { notFollowed } from "./not_followed.ts";
import { operand, v } from "./operators.ts";
import { changed } from "./shared_objects.ts";
import { get, objectOf, set } from "./members.ts";
import { element, isActiveArray } from "./shadows.ts";
import { ownBuffer } from "./views.ts";
import { knowTypedArrays } from "./typed_arrays.ts";

type Callable = (...args: unknown[]) => unknown;
type Table = Readonly<Record<PropertyKey, unknown>>;

const native = (f: unknown): BuiltIn => (self, args, type) =>
  type === undefined ? Reflect.apply(f as Callable, self, args) : Reflect.construct(f as new () => object, args);

/** Registers functions, called with the arguments that `given` makes. They throw when called on an active typed array. */
function register(
  owner: unknown,
  names: string,
  given: (args: unknown[]) => unknown[],
  selfOf = (self: unknown) => self,
): void {
  for (const name of names.split(" ")) {
    const f = (owner as Table)[name] as Callable;
    setKind(f, (self, args) => {
      if (!isActiveArray(self)) return Reflect.apply(f, selfOf(self), given(args));
      throw notFollowed(
        `has its elements read by ${name}(…) here`,
        "use a method of the array itself",
        "An array that depends on a differentiable input",
      );
    });
  }
}

/** For functions that move values without looking at them. */
const unchanged = (args: unknown[]) => args;

/** For functions of numbers that are piecewise constant, and for searches: numbers count by their value. */
const stripped = (args: unknown[]) => args.map(strip);

/** For functions that call the functions which they are given: one that is not rewritten (`Math.sin`) is called by `call`. */
const followed = (args: unknown[]) =>
  args.map((f) =>
    typeof f !== "function" || kindOf(f) === "followed" ? f : function (this: unknown, ...args: unknown[]): unknown {
      return call(f, this, args);
    }
  );

/** For functions with a callback that answers true or false. */
const tested = ([test, ...rest]: unknown[]) => [
  typeof test !== "function" ? test : function (this: unknown, ...args: unknown[]): boolean {
    return truth(call(test, this, args));
  },
  ...rest,
];

/** For sorting: the answer of the comparison function counts by its value. */
const compared = ([compare]: unknown[]) => [
  typeof compare !== "function" ? compare : (a: unknown, b: unknown) => strip(call(compare, undefined, [a, b])),
];

/**
 * Registers functions that read or change which properties an object has, not their values. About an active number they
 * answer as about a plain one.
 */
function aboutObjects(owner: unknown, names: string): void {
  for (const name of names.split(" ")) {
    const f = (owner as Table)[name], changes = /^(?:define|delete|setPrototypeOf)/.test(name);
    setKind(f, (self, [first, ...rest], type) => {
      if (changes) changed(first);
      return native(f)(strip(self), [strip(first), ...rest], type);
    });
  }
}

/** For methods of maps and sets: an active number may be a value, but not a key or a member of a set. */
function keyed(args: unknown[]): unknown[] {
  if (args[0] instanceof Active) throw notFollowed("is used as a key here");
  return args;
}

/** The arguments of a call that are given as a list or an array: `f.apply(self, list)`. */
const listOf = (x: unknown): unknown[] =>
  x === undefined || x === null
    ? []
    : ArrayBuffer.isView(x)
    ? Array.from(x as Float64Array, (_, i) => element(x as Float64Array, i))
    : Array.from(x as ArrayLike<unknown>);

const prototypeOf = (x: unknown): Table => Object.getPrototypeOf(x) as Table;

/** Registers all built-in functions. */
export function knowBuiltIns(): void {
  const lists = Array.prototype;
  register(
    lists,
    "push pop shift unshift concat slice splice reverse fill flat entries keys values at copyWithin with toReversed toSpliced",
    unchanged,
  );
  register(lists, "map forEach reduce reduceRight flatMap", followed);
  register(lists, "every some find findIndex findLast findLastIndex filter", tested);
  register(lists, "indexOf lastIndexOf includes", stripped, (self) => Array.isArray(self) ? self.map(strip) : self);
  register(lists, "sort toSorted", compared);
  register(Array, "of isArray", unchanged);
  register(Array, "from fromAsync", followed);
  setKind(Array, (_self, args, type) => native(Array)(undefined, args.length === 1 ? args.map(strip) : args, type));

  aboutObjects(
    Object,
    "isFrozen isSealed isExtensible getPrototypeOf setPrototypeOf create keys getOwnPropertyNames " +
      "getOwnPropertySymbols hasOwn defineProperty defineProperties fromEntries",
  );
  aboutObjects(Object.prototype, "hasOwnProperty isPrototypeOf propertyIsEnumerable");
  aboutObjects(
    Reflect,
    "ownKeys has getPrototypeOf setPrototypeOf isExtensible defineProperty deleteProperty preventExtensions",
  );
  aboutObjects(ArrayBuffer, "isView");
  aboutObjects(globalThis, "WeakMap WeakSet WeakRef");
  for (const f of [Object.freeze, Object.seal, Object.preventExtensions]) {
    setKind(f, (self, args) => args[0] instanceof Active ? args[0] : native(f)(self, args));
  }
  // These read the properties of an object; those of a typed array would be plain numbers.
  const seen = (args: unknown[]) => args.map(objectOf);
  register(Object, "values entries getOwnPropertyDescriptor getOwnPropertyDescriptors", seen);
  register(Reflect, "getOwnPropertyDescriptor", seen);
  register(Object, "assign", ([target, ...sources]) => [changed(target), ...seen(sources)]);
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
  register(Number, "isFinite isInteger isNaN isSafeInteger", stripped);
  register(globalThis, "isFinite isNaN", (args) => args.map(v));
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
  register(Map.prototype, "get set has delete", keyed);
  register(Set.prototype, "add has delete", keyed);
  register(WeakMap.prototype, "get set has delete", keyed);
  for (const { prototype } of [Map, Set]) {
    register(prototype, "clear entries keys values", unchanged);
    register(prototype, "forEach", followed);
  }
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
  register(Iterator.prototype, "map take drop flatMap reduce toArray forEach", followed);
  register(Iterator.prototype, "filter some every find", tested);
  register(Iterator, "from", unchanged);
  register(Promise, "all allSettled any race resolve reject", unchanged);
  register(Promise.prototype, "then catch finally", followed);
  register(Object, "groupBy", followed);
  register(globalThis, "setTimeout setInterval queueMicrotask", followed);
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
    // Its bytes can be read from now on, as by any view of integers.
    if (args[0] instanceof ArrayBuffer) construct(Uint8Array, args[0]);
    return new DataView(...args.map(strip) as [ArrayBuffer, number, number]);
  });
}
