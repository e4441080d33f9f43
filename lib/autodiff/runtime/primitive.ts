/**
 * Converts an object where an operator needs a number or text, by the object's own methods, which are followed.
 * @module
 */
import { Active } from "./active.ts";
import { call } from "./calls.ts";
import { kindOf } from "./kinds.ts";
import { notFollowed } from "./not_followed.ts";
import { isActiveArray } from "./shadows.ts";

type Callable = (...args: unknown[]) => unknown;

export type Hint = "default" | "number" | "string";

/** Is it an object or a function, and not an active number? */
export const isObject = (x: unknown): x is object =>
  typeof x === "object" ? x !== null && !(x instanceof Active) : typeof x === "function";

/** The primitive value of an object, as the standard defines it (ToPrimitive); other values unchanged. */
export function primitive(x: unknown, hint: Hint): unknown {
  if (!isObject(x)) return x;
  if (isActiveArray(x)) {
    throw notFollowed(
      "is turned into text here",
      undefined,
      "An array that depends on a differentiable input",
    );
  }
  const parts = x as Record<PropertyKey, unknown>;
  const convert = parts[Symbol.toPrimitive];
  if (convert !== undefined && convert !== null) {
    const found = ask(convert, x, [hint]);
    if (isObject(found)) throw new TypeError("Cannot convert object to primitive value");
    return found;
  }
  for (const name of hint === "string" ? ["toString", "valueOf"] : ["valueOf", "toString"]) {
    if (typeof parts[name] !== "function") continue;
    const found = ask(parts[name], x, []);
    if (!isObject(found)) return found;
  }
  throw new TypeError("Cannot convert object to primitive value");
}

/** Calls a conversion. A foreign one (JavaScript's own) is not checked: it throws when it reads an active number. */
const ask = (f: unknown, self: object, args: unknown[]): unknown =>
  typeof f === "function" && kindOf(f) === "foreign" ? Reflect.apply(f as Callable, self, args) : call(f, self, args);
