/**
 * Why a value cannot be an array of the expected type. The walk over the schema adds the place of the value.
 * @module
 */

/** The kinds of faults that arrays can have, as clients know them. */
export type ArrayFaultType =
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

/** What a function returns, or the fault that it throws. */
export function orFault<T>(make: () => T): T | ArrayFault {
  try {
    return make();
  } catch (error) {
    if (error instanceof ArrayFault) return error;
    throw error;
  }
}
