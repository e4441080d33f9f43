/**
 * Walks through values: the numbers and arrays in lists and plain objects.
 * @module
 */
import { isDType } from "../../arrays/dtypes.ts";
import { inWords } from "../../arrays/fault.ts";
import { Active, partOf, state, V } from "./active.ts";
import { allocateLike, isActiveArray, isFloatArray, Memory, partsOf, SHADOW, Shadow } from "./shadows.ts";
import { bufferIsActive } from "./views.ts";
import { isKept } from "./kept_errors.ts";

let globals: Set<unknown> | undefined;

/** Is it `globalThis`, or an object that it names: `Deno`, `Math`? Nothing active can be stored on these. */
export function isGlobal(x: unknown): boolean {
  if (globals === undefined) {
    globals = new Set<unknown>([globalThis]);
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(globalThis))) {
      if (typeof value === "object") globals.add(value);
    }
  }
  return globals.has(x);
}

/** Is something in it active? Closures and private fields cannot be looked into. */
export function hasActive(x: unknown, seen = new Set<unknown>()): boolean {
  if (typeof x !== "object" || x === null || state.block.state !== "live") return false;
  if (x instanceof Active) return partOf(x) !== 0;
  if (ArrayBuffer.isView(x)) return isActiveArray(x);
  if (isKept(x)) return true;
  if (x instanceof ArrayBuffer) return bufferIsActive(x);
  if (seen.has(x) || isGlobal(x)) return false;
  seen.add(x);
  if (Array.isArray(x)) return x.some((part) => typeof part === "object" && hasActive(part, seen));
  if (x instanceof Map) return [...x.values()].some((part) => hasActive(part, seen));
  if (x instanceof Set) return [...x].some((part) => hasActive(part, seen));
  // The cause of an error is not enumerable.
  for (const key of Reflect.ownKeys(x)) {
    // A proxy may list a key and then not know it: `process.env` of Deno 2.4, for a variable that is empty.
    const value = Object.getOwnPropertyDescriptor(x, key)?.value;
    if (typeof value === "object" && hasActive(value, seen)) return true;
  }
  return false;
}

/** Is it an object without a class, and not a list? */
export function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== "object" || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** The fields of an object that derivatives are of: of an array, not its dtype and shape. */
function fieldsOf(x: Record<string, unknown>): string[] {
  const isArray = isDType(x["dtype"]) && Array.isArray(x["shape"]) && "data" in x;
  return Object.keys(x).filter((key) => !isArray || key !== "dtype" && key !== "shape");
}

/** A copy of a value with other leaves: its numbers (also active ones) and typed arrays; `other`: what is none of these. */
export function mapLeaves(x: unknown, leaf: (x: unknown) => unknown, other = (x: unknown) => x): unknown {
  if (x instanceof Active || ArrayBuffer.isView(x) || typeof x === "number") return leaf(x);
  if (Array.isArray(x)) return x.map((part) => mapLeaves(part, leaf, other));
  if (!isPlainObject(x)) return other(x);
  return { ...x, ...Object.fromEntries(fieldsOf(x).map((key) => [key, mapLeaves(x[key], leaf, other)])) };
}

/** These leaves, in order. */
export function leavesOf(x: unknown): unknown[] {
  if (x instanceof Active || ArrayBuffer.isView(x) || typeof x === "number") return [x];
  const parts = Array.isArray(x) ? x : isPlainObject(x) ? fieldsOf(x).map((key) => x[key]) : [];
  return parts.flatMap((part) => leavesOf(part));
}

/** Deep copies of objects, in which one that is in two places is one object, too. */
export class Copies {
  private readonly made = new Map<unknown, unknown>();

  /** `copy` copies an object or a function, with `of` for what is in it. */
  constructor(private readonly copy: (x: object, copies: Copies) => unknown) {}

  /** The copy of a value: made once; numbers and text stay. */
  of(x: unknown): unknown {
    if ((typeof x !== "object" && typeof x !== "function") || x === null || x instanceof Active) return x;
    return this.made.get(x) ?? this.begin(x, this.copy(x, this));
  }

  /** Notes the copy of an object before what is in it is copied, which may lead back to the object. */
  begin<T>(x: object, copy: T): T {
    this.made.set(x, copy);
    return copy;
  }

  /** The copy of a list or a plain object. */
  ofPlain(x: object): unknown {
    if (!Array.isArray(x)) return this.fill(x, Object.create(Object.getPrototypeOf(x)));
    const copy: unknown[] = this.begin(x, []);
    for (const part of x) copy.push(this.of(part));
    return copy;
  }

  /** Gives a new object copies of what is in another. */
  fill<T extends object>(x: object, copy: T): T {
    this.begin(x, copy);
    for (const key of Object.keys(x)) {
      const value = this.of((x as Record<string, unknown>)[key]);
      if (key !== "__proto__") (copy as Record<string, unknown>)[key] = value;
      else Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }
}

/** A copy without derivatives. */
export function copyPlain(x: unknown): unknown {
  return mapLeaves(x, plainLeaf);
}

/** A number or typed array without derivatives. */
export function plainLeaf(x: unknown): unknown {
  if (x instanceof Active) return x[V];
  if (!ArrayBuffer.isView(x) || x instanceof DataView) return x;
  if (!isFloatArray(x)) return (x as Float64Array).slice();
  return new (x.constructor as Float64ArrayConstructor)(x);
}

/** The value with float arrays that may become active: those that followed code did not make are copied. */
export function own(x: unknown): unknown {
  return mapLeaves(x, (leaf) => isFloatArray(leaf) && leaf[SHADOW] === undefined ? allocateLike(leaf, leaf) : leaf);
}

/** The derivative parts of a value, in its structure: a number for a number, an array or `null` for an array. */
export function partsIn(x: unknown): unknown {
  return mapLeaves(x, (leaf) => {
    if (leaf instanceof Active) return partOf(leaf);
    if (typeof leaf === "number") return 0;
    return isFloatArray(leaf) ? partsOf(leaf)?.slice() ?? null : null;
  });
}

/** A copy in which `part` gives each number and each element its derivative part, one after the other; 0: passive. */
export function activate(x: unknown, part: (value: number) => number): unknown {
  return mapLeaves(x, (leaf) => {
    if (typeof leaf === "number") {
      const d = part(leaf);
      return d === 0 ? leaf : new Active(leaf, d, state.block);
    }
    if (!isFloatArray(leaf)) return leaf;
    const copy = allocateLike(leaf, leaf);
    const parts = new Float64Array(leaf.length);
    for (let i = 0; i < parts.length; i++) parts[i] = part(leaf[i]!);
    copy[SHADOW] = new Shadow(parts, new Memory(state.block));
    return copy;
  });
}

/**
 * Calls `visit` for each number and each array's element in two values of one structure. Where the second value has
 * nothing, its numbers are 0; `null` in the first value stands for what is not visited.
 */
export function visitBoth(
  x: unknown,
  y: unknown,
  what: () => string,
  visit: (x: number, y: number) => void,
): void {
  const isMissing = y === undefined || y === null;
  const wrong = (expected: string) => new TypeError(`${what()}: expected ${expected}, got ${inWords(y)}`);
  if (typeof x === "number") {
    if (!isMissing && typeof y !== "number") throw wrong("a number");
    visit(x, isMissing ? 0 : y as number);
  } else if (ArrayBuffer.isView(x)) {
    const { length } = x as Float64Array, list = isMissing ? new Float64Array(length) : y as ArrayLike<number>;
    if (list.length !== length) {
      throw new TypeError(`${what()}: expected ${length} numbers, got ${list.length ?? inWords(y)}`);
    }
    for (let i = 0; i < length; i++) visit((x as Float64Array)[i]!, list[i]!);
  } else if (Array.isArray(x)) {
    if (!isMissing && !Array.isArray(y) && !ArrayBuffer.isView(y)) throw wrong(`a list of ${x.length}`);
    const list = isMissing ? [] : y as unknown[];
    if (!isMissing && list.length !== x.length) {
      throw new TypeError(`${what()}: expected a list of ${x.length}, got ${list.length}`);
    }
    for (const [i, part] of x.entries()) visitBoth(part, list[i], () => `${what()}[${i}]`, visit);
  } else if (isPlainObject(x)) {
    const fields = fieldsOf(x);
    // Of an array, the data alone may be given.
    if (`${fields}` === "data" && (Array.isArray(y) || ArrayBuffer.isView(y))) {
      return visitBoth(x["data"], y, what, visit);
    }
    if (!isMissing && !isPlainObject(y)) throw wrong("an object");
    const parts = (y ?? {}) as Record<string, unknown>;
    const surplus = Object.keys(parts).find((key) => !Object.hasOwn(x, key));
    if (surplus !== undefined) {
      throw new TypeError(`${what()}: there is no '${surplus}'; expected ${Object.keys(x).join(", ")}`);
    }
    if (!fields.includes("shape") && Array.isArray(parts["shape"]) && `${parts["shape"]}` !== `${x["shape"]}`) {
      throw new TypeError(`${what()}: expected the shape [${x["shape"]}], got [${parts["shape"]}]`);
    }
    for (const key of fields) visitBoth(x[key], parts[key], () => `${what()}.${key}`, visit);
  }
}
