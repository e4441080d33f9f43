import { isUpward } from "./cast.ts";
import { type DataOf, type DType, DTYPES } from "./dtypes.ts";
import { ArrayFault } from "./fault.ts";
import { fill } from "./fill.ts";
import { inferDType } from "./infer.ts";
import type { NdArray } from "./ndarray.ts";
import { shapeOfLists } from "./nesting.ts";

/** Nested lists whose shape is known; whether their elements are numbers is not checked yet. */
export interface Lists {
  readonly value: unknown;
  readonly shape: readonly number[];
  /** Each element is a pair `[re, im]`. */
  readonly pairs: boolean;
}

/**
 * Finds the shape of nested lists. Their elements may be pairs `[re, im]` where a complex dtype and the rank are given.
 */
export function measureLists(value: unknown, dtype: DType | null, rank: number | undefined): Lists {
  const shape = shapeOfLists(value);
  const pairs = dtype !== null && DTYPES[dtype].kind === "complex" && shape.length - 1 === rank && shape.at(-1) === 2;
  return { value, shape: pairs ? shape.slice(0, -1) : shape, pairs };
}

/** The array of nested lists that were measured; its dtype is `dtype` or, if that is `null`, what the lists hold. */
export function readLists({ value, shape, pairs }: Lists, dtype: DType | null): NdArray {
  if (pairs) {
    // In memory a complex array is an array of pairs of floats.
    const floats = dtype === "complex64" ? "float32" : "float64";
    return { dtype: dtype!, shape, data: readElements(value, [...shape, 2], floats) };
  }
  dtype ??= inferDType(value, shape).dtype;
  return { dtype, shape, data: readElements(value, shape, dtype) };
}

/** Throws the fault of lists that have other elements than numbers. */
export function checkNumeric({ value, shape, pairs }: Lists): void {
  inferDType(value, pairs ? [...shape, 2] : shape);
}

function readElements(value: unknown, shape: readonly number[], dtype: DType): DataOf<DType> {
  try {
    // `fill` takes any number for a bool; an array of bools is made of bools only.
    if (dtype === "bool") checkKind(value, shape, dtype);
    return fill(value, shape, dtype);
  } catch (fault) {
    // A fault of all elements, their kind, counts before the fault of a single one.
    checkKind(value, shape, dtype, fault);
    throw fault;
  }
}

/** `found`: the fault of an element, which is an example of what is wrong with all. */
function checkKind(value: unknown, shape: readonly number[], dtype: DType, found?: unknown): void {
  const { kind, dtype: actual } = inferDType(value, shape);
  if (!isUpward(kind, dtype)) {
    const element = found instanceof ArrayFault && "got" in found.ctx &&
      { index: found.ctx["index"], got: found.ctx["got"] };
    throw new ArrayFault("array_dtype_mismatch", { actual_dtype: actual, expected_dtype: dtype, ...element });
  }
}
