/**
 * User code and the code that decodes payloads and encodes answers share the same globals. What user code replaces (a
 * patched `JSON.stringify` or `Array.prototype.map`, a field of `Object.prototype`) must not change the answer to this
 * call or to later ones. So builtins are compared with their original state, and restored, whenever user code has run.
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TesseractModule } from "../../api/tesseract.ts";

type Key = string | symbol;

const bytes = Uint8Array.prototype;
const above = (object: object): object => Object.getPrototypeOf(object);
const ListIterator = above([].values());
const Generator = above(function* () {}.prototype);
const AsyncGenerator = above(async function* () {}.prototype);

/** The objects whose properties are all restored: the builtins that this program uses. */
const OBJECTS: readonly object[] = [
  ...[Object, Array, Number, String, BigInt, Symbol, Promise, Reflect, JSON, Math, Uint8Array, ArrayBuffer, Atomics],
  ...[Object.prototype, Function.prototype, Array.prototype, Number.prototype, String.prototype, BigInt.prototype],
  ...[RegExp.prototype, Promise.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Error.prototype],
  ...[above(bytes), bytes, ArrayBuffer.prototype, DataView.prototype],
  ...[
    ListIterator,
    above(ListIterator),
    above(new Map().values()),
    above(new Set().values()),
    above(""[Symbol.iterator]()),
  ],
  ...[above("".matchAll(/./g)), Generator, AsyncGenerator, above(AsyncGenerator)],
  ...[TextEncoder.prototype, TextDecoder.prototype, AbortController.prototype, EventTarget.prototype],
  ...[AsyncLocalStorage.prototype],
];
/** The global variables that are restored. */
const GLOBALS: readonly string[] = [
  ...["Object", "Array", "Number", "String", "BigInt", "Symbol", "Promise", "Reflect", "JSON", "Math", "Map", "Set"],
  ...["WeakMap", "Error", "TypeError", "RangeError", "RegExp", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array"],
  ...["Uint32Array", "Int32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
  ...["Uint8ClampedArray", "ArrayBuffer", "DataView", "TextEncoder", "TextDecoder", "AbortController", "isNaN"],
  ...["isFinite", "Function", "performance", "setTimeout", "clearTimeout", "setImmediate"],
];

// Copies: what restores the other builtins must not depend on them.
const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { entries, fromEntries } = Object;
const { then } = Promise.prototype;
const { exit } = Deno;

/** How an object was before user code ran. */
class Original {
  readonly keys: readonly Key[];
  readonly descriptors: readonly PropertyDescriptor[];
  readonly #known: Readonly<Record<Key, true>> = Object.create(null);

  constructor(readonly object: object, keys: readonly Key[]) {
    this.keys = keys;
    this.descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key)!);
    const known = this.#known as Record<Key, true>;
    for (const key of keys) known[key] = true;
  }

  putBack(): void {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i]!, original = this.descriptors[i]!;
      const now = getOwnPropertyDescriptor(this.object, key);
      if (now === undefined || now.value !== original.value || now.get !== original.get || now.set !== original.set) {
        defineProperty(this.object, key, original);
      }
    }
    if (this.object === globalThis) return;
    // New methods do no harm, unless they hide an inherited one. But those of `Object.prototype` would appear as fields of
    // every payload.
    const above = getPrototypeOf(this.object);
    const keys = ownKeys(this.object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (!this.#known[key] && (above === null || key in above)) deleteProperty(this.object, key);
    }
  }
}

const originals = [
  ...OBJECTS.map((object) => new Original(object, ownKeys(object))),
  new Original(globalThis, GLOBALS),
];

/**
 * Makes a function that compares all properties that can be assigned to with their original values. It runs several times
 * in every call, so it is generated as one expression, which takes 0.2 µs where a loop takes 8.
 */
function makeComparison(): () => boolean {
  const objects: object[] = [], keys: Key[] = [], values: unknown[] = [], terms: string[] = [];
  for (const { object, keys: ownKeys, descriptors } of originals) {
    const o = objects.push(object) - 1;
    descriptors.forEach((descriptor, i) => {
      if (!("value" in descriptor) || !descriptor.writable && !descriptor.configurable) return;
      const n = values.push(descriptor.value) - 1;
      keys.push(ownKeys[i]!);
      terms.push(`o${o}[${typeof ownKeys[i] === "string" ? JSON.stringify(ownKeys[i]) : `k${n}`}] === v${n}`);
    });
  }
  const names = (letter: string, { length }: readonly unknown[]) => Array.from({ length }, (_, i) => letter + i).join();
  const body = `const [${names("o", objects)}] = O, [${names("k", keys)}] = K, [${names("v", values)}] = V;
    return () => ${terms.join(" && ")};`;
  return new Function("O", "K", "V", body)(objects, keys, values);
}

const areValuesUntouched = makeComparison();
const countOfObjectKeys = ownKeys(Object.prototype).length;
const buffer = new ArrayBuffer(32);
const list = new Float64Array(buffer, 8, 2);
const map = new Map([[1, 1]]), set = new Set([1]);

function isUntouched(): boolean {
  return areValuesUntouched() && ownKeys(Object.prototype).length === countOfObjectKeys &&
    // Getters, by what they return.
    list.length === 2 && list.byteLength === 16 && list.byteOffset === 8 && list.buffer === buffer &&
    buffer.byteLength === 32 && map.size === 1 && set.size === 1;
}

/** Restores what user code has replaced. If that fails, the process ends, because its answers could be wrong. */
export function putBackBuiltins(): void {
  if (isUntouched() || putBackAllBuiltins()) return;
  try {
    console.error("Error: user code has changed what the language gives in a way that cannot be undone");
  } finally {
    exit(1);
  }
}

/** Restores every builtin, without comparing first. Returns whether that succeeded. */
export function putBackAllBuiltins(): boolean {
  for (let i = 0; i < originals.length; i++) originals[i]!.putBack();
  return isUntouched();
}

/** The same module, with functions that restore the builtins after they have run. */
export function withBuiltins(module: TesseractModule): TesseractModule {
  const functions = entries(module.functions).map(([name, call]) => [name, (...args: readonly unknown[]) => {
    let result: unknown;
    try {
      result = call(...args);
    } catch (error) {
      return throwOn(error);
    }
    return result instanceof Promise ? apply(then, result, [passOn, throwOn]) : passOn(result);
  }]);
  return { ...module, functions: fromEntries(functions) };
}

function passOn(result: unknown): unknown {
  putBackBuiltins();
  return result;
}

function throwOn(error: unknown): never {
  putBackBuiltins();
  throw error;
}
