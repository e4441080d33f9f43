import { arrayOfData } from "../arrays/data.ts";
import { isNdArray } from "../arrays/ndarray.ts";
import type { Loc } from "./faults.ts";

/** Deeper than this a value cannot be written as JSON and read back. */
const MAX_DEPTH = 256;

/** Classes whose values JSON would show as `{}`. */
const NOT_JSON = [Map, Set, WeakMap, WeakSet, RegExp, Promise, Error, ArrayBuffer, SharedArrayBuffer];

/**
 * A decoded value with the numbers that `JSON.parse` would give. (Decoding keeps whole numbers beyond ±(2^53−1) as
 * bigints, because it does not know whether the schema expects an int64.) Returns the same value if it has no bigints.
 * `onProto` is called for each key `__proto__`, which no object may have: where it is, and with what value.
 */
export function parsedJson(
  value: unknown,
  onProto: (loc: Loc, value: unknown) => void = () => {},
  loc: (string | number)[] = [],
): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return mapParts(value, (part, key) => {
    loc.push(key);
    if (key === "__proto__") onProto(loc, part);
    const parsed = parsedJson(part, onProto, loc);
    loc.pop();
    return parsed;
  });
}

/**
 * A value of a result as it can be sent: typed arrays become arrays. Calls `refuse` for what JSON cannot hold (a `Map`,
 * a function, an object that contains itself): where it is, and what it is.
 */
export function sendable(value: unknown, refuse: (loc: Loc, what: string) => void): unknown {
  const loc: (string | number)[] = [];
  const ancestors = new Set<object>();
  const visit = (part: unknown): unknown => {
    if (typeof part === "function" || typeof part === "symbol") return refuse(loc, `a ${typeof part}`);
    if (typeof part !== "object" || part === null || isNdArray(part)) return part;
    if (ArrayBuffer.isView(part)) return arrayOfData(part) ?? refuse(loc, `a ${part.constructor.name}`);
    const Class = NOT_JSON.find((Class) => part instanceof Class);
    if (Class) return refuse(loc, `a ${Class.name}`);
    if (ancestors.has(part)) return refuse(loc, "an object that contains itself");
    if (loc.length > MAX_DEPTH) return refuse(loc, `a value nested deeper than ${MAX_DEPTH} levels`);
    ancestors.add(part);
    const json = part as { toJSON?: () => unknown };
    const result = typeof json.toJSON === "function" ? visit(json.toJSON()) : mapParts(part, (item, key) => {
      loc.push(key);
      const mapped = visit(item);
      loc.pop();
      return mapped;
    });
    ancestors.delete(part);
    return result;
  };
  return visit(value);
}

/** A copy of the object or list with its parts replaced by `map`; the same object if no part changes. */
function mapParts(value: object, map: (part: unknown, key: string | number) => unknown): unknown {
  const parts = value as Record<string | number, unknown>;
  let copy: Record<string | number, unknown> | undefined;
  const visit = (key: string | number) => {
    const mapped = map(parts[key], key);
    if (mapped === parts[key] || Number.isNaN(mapped)) return; // NaN, which is unequal to itself, has not changed
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as unknown as Record<string | number, unknown>;
    copy[key] = mapped;
  };
  if (Array.isArray(value)) { for (let i = 0; i < value.length; i++) visit(i); }
  else for (const key of Object.keys(value)) visit(key);
  return copy ?? value;
}
