/**
 * User code shares its globals with the code that reads payloads and writes answers. What it replaces of them (a patched
 * `JSON.stringify` or `Array.prototype.map`, a field of `Object.prototype`) must not change the answers of this call or
 * of later ones, so it is put back whenever user code has run.
 * @module
 */
import type { TesseractModule } from "../../api/tesseract.ts";

type Key = string | symbol;

const bytes = Uint8Array.prototype;
const TypedArray = Object.getPrototypeOf(bytes);
const ListIterator = Object.getPrototypeOf([][Symbol.iterator]());
const Generator = Object.getPrototypeOf(function* () {}.prototype);

/** What is put back, whole: the objects that the language and Deno give, as far as this program uses them. */
const OBJECTS: readonly object[] = [
  ...[Object, Array, Number, String, BigInt, Symbol, Promise, Reflect, JSON, Math, Uint8Array, ArrayBuffer, Atomics],
  ...[Object.prototype, Function.prototype, Array.prototype, Number.prototype, String.prototype, BigInt.prototype],
  ...[RegExp.prototype, Promise.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Error.prototype],
  ...[TypedArray, bytes, ArrayBuffer.prototype, DataView.prototype, ListIterator, Generator],
  ...[TextEncoder.prototype, TextDecoder.prototype, AbortController.prototype, EventTarget.prototype],
];
const GLOBALS: readonly string[] = [
  ...["Object", "Array", "Number", "String", "BigInt", "Symbol", "Promise", "Reflect", "JSON", "Math", "Map", "Set"],
  ...["WeakMap", "Error", "TypeError", "RangeError", "RegExp", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array"],
  ...[
    "Uint32Array",
    "Int32Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
    "Uint8ClampedArray",
  ],
  ...["ArrayBuffer", "DataView", "TextEncoder", "TextDecoder", "AbortController", "isNaN", "isFinite", "Function"],
];

// Kept, as this is what puts back the others.
const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

/** How an object was before user code ran. */
class Original {
  readonly #keys: readonly Key[];
  readonly #descriptors: readonly PropertyDescriptor[];
  readonly #known: Readonly<Record<Key, true>> = Object.create(null);

  constructor(private readonly object: object, keys: readonly Key[]) {
    this.#keys = keys;
    this.#descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key)!);
    const known = this.#known as Record<Key, true>;
    for (const key of keys) known[key] = true;
  }

  putBack(): void {
    for (let i = 0; i < this.#keys.length; i++) {
      const key = this.#keys[i]!, original = this.#descriptors[i]!;
      const now = getOwnPropertyDescriptor(this.object, key);
      if (now === undefined || now.value !== original.value || now.get !== original.get || now.set !== original.set) {
        defineProperty(this.object, key, original);
      }
    }
    if (this.object === globalThis) return;
    // New methods harm nobody, unless they hide others; what is in every object is taken for a field of payloads.
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

// What a small call uses most. To compare all would take longer than the call.
const { JSON: json, TextEncoder: Encoder, TextDecoder: Decoder, Uint8Array: Bytes, Object: Obj } = globalThis;
const [lists, texts, maps, sets] = [Array.prototype, String.prototype, Map.prototype, Set.prototype];
const { stringify, parse } = JSON;
const { encode, encodeInto } = TextEncoder.prototype;
const { decode } = TextDecoder.prototype;
const { entries, fromEntries, keys, assign } = Object;
const { isArray, from } = Array;
const { map, push, join, some, filter, shift, slice, every, reduce, includes, [Symbol.iterator]: values } = lists;
const { charCodeAt, indexOf, split, slice: sliceText, startsWith, replace } = texts;
const { get, set, has: hasKey } = maps;
const { has, add } = sets;
const { set: setBytes, subarray, slice: sliceBytes } = bytes;
const { isInteger, isFinite, isSafeInteger } = Number;
const { then } = Promise.prototype;
const { exec, test } = RegExp.prototype;

function isUntouched(): boolean {
  return globalThis.JSON === json && globalThis.TextEncoder === Encoder && globalThis.TextDecoder === Decoder &&
    globalThis.Uint8Array === Bytes && globalThis.Object === Obj && json.stringify === stringify &&
    json.parse === parse && Encoder.prototype.encode === encode && Encoder.prototype.encodeInto === encodeInto &&
    Decoder.prototype.decode === decode && Obj.entries === entries && Obj.fromEntries === fromEntries &&
    Obj.keys === keys && Obj.assign === assign && Array.isArray === isArray && Array.from === from &&
    lists.map === map && lists.push === push && lists.join === join && lists.some === some &&
    lists.filter === filter && lists.shift === shift && lists.slice === slice && lists.every === every &&
    lists.reduce === reduce && lists.includes === includes && lists[Symbol.iterator] === values &&
    texts.charCodeAt === charCodeAt && texts.indexOf === indexOf && texts.split === split &&
    texts.slice === sliceText && texts.startsWith === startsWith && texts.replace === replace && maps.get === get &&
    maps.set === set && maps.has === hasKey && sets.has === has && sets.add === add && bytes.set === setBytes &&
    bytes.subarray === subarray && bytes.slice === sliceBytes && Number.isInteger === isInteger &&
    Number.isFinite === isFinite && Number.isSafeInteger === isSafeInteger && Promise.prototype.then === then &&
    RegExp.prototype.exec === exec && RegExp.prototype.test === test && isUnpolluted();
}

const empty: Record<string, unknown> = {};

/** Has `Object.prototype` no fields, seen or hidden, that would be taken for those of other objects? */
function isUnpolluted(): boolean {
  for (const _ in empty) return false;
  return empty.toJSON === undefined && empty.get === undefined && empty.set === undefined && empty.then === undefined;
}

/** Puts back what user code has replaced, if that is anything that a small call uses. */
export function putBackBuiltins(): void {
  if (!isUntouched()) putBackAllBuiltins();
}

/** Puts back whatever user code has replaced. */
export function putBackAllBuiltins(): void {
  for (let i = 0; i < originals.length; i++) originals[i]!.putBack();
}

/** The same module. After each of its functions the globals are as they were. */
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
