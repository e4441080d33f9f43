/**
 * Why a value cannot be an array of the expected type. The walk over the schema adds the place of the value.
 * @module
 */
import { cut } from "../message_text.ts";
import { NumberList } from "./number_list.ts";

/** The kinds of faults that arrays can have, as clients know them. */
type ArrayFaultType =
  | "missing"
  | "extra_forbidden"
  | "literal_error"
  | "value_error"
  | "array_invalid_dtype"
  | "array_dimensionality_mismatch"
  | "array_shape_mismatch"
  | "array_dtype_mismatch"
  | "array_value_out_of_range"
  | "array_non_numeric"
  | "array_expected_integer"
  | "array_decode_error";

/** A fault of an array: its type, and the facts that its message is made of. */
export class ArrayFault extends Error {
  override name = "ArrayFault";
  constructor(readonly type: ArrayFaultType, readonly ctx: Readonly<Record<string, unknown>> = {}) {
    super(type);
  }
}

/**
 * The fault of one element, with where it is (`index`; not for scalars) and, unless the fault has a `value`, what it is
 * (`got`, in words).
 */
export function atElement(fault: ArrayFault, shape: readonly number[], position: number, element: unknown): ArrayFault {
  const index = shape.length > 0 && { index: indexOf(shape, position) };
  const got = !("value" in fault.ctx) && { got: inWords(element) };
  return new ArrayFault(fault.type, { ...fault.ctx, ...index, ...got });
}

/** The index of the element at a position in C order. */
export function indexOf(shape: readonly number[], position: number): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1, rest = position; d >= 0; d--) {
    index.unshift(rest % shape[d]!);
    rest = Math.floor(rest / shape[d]!);
  }
  return index;
}

/** What messages call a value of the wrong kind: `"abc"`, `a list`, `null`. */
export function inWords(element: unknown): string {
  if (typeof element === "string") return JSON.stringify(cut(element, 40));
  if (Array.isArray(element) || element instanceof NumberList) return "a list";
  if (element instanceof Promise) return "a promise; is an await missing?";
  if (typeof element === "function") return "a function";
  if (ArrayBuffer.isView(element)) return `a ${element.constructor.name}`;
  return typeof element === "object" && element !== null ? "an object" : cut(String(element), 40);
}

/** What a function returns, or the fault that it throws. */
export function orFault<T>(make: () => T): T | ArrayFault {
  try {
    return make();
  } catch (error) {
    if (error instanceof ArrayFault) return error;
    throw error;
  }
}
