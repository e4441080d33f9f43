import { canCast } from "../arrays/cast.ts";
import { toArray } from "../arrays/coerce.ts";
import { DTYPE_NAMES, DTYPES, isDType } from "../arrays/dtypes.ts";
import { ArrayFault } from "../arrays/fault.ts";
import { holdsObjects } from "../arrays/infer.ts";
import { type ArrayType, type Dimension, isNdArray, isSize, scalarOf } from "../arrays/ndarray.ts";
import type { Fault, Faults, Loc } from "./faults.ts";
import { orList, shapeText } from "./messages.ts";
import { describeMismatch, hasNames, type NamedSizes } from "./named_sizes.ts";
import { ScalarArray, ShapeDType } from "./validated_values.ts";

/** Where an array is, and what is known about the call. */
export interface ArrayPlace {
  readonly loc: Loc;
  readonly faults: Faults;
  readonly sizes: NamedSizes;
  /** Is only its shape and dtype wanted? */
  readonly abstract: boolean;
  /** Is it part of a result? */
  readonly output: boolean;
  /** Is it a default, or part of one? */
  readonly isDefault: boolean;
  /** The place as text, for messages about other arrays with the same named size. */
  from(): string;
}

/** The array, as user code or the encoder gets it; `undefined`, after adding a fault, if the value does not fit. */
export function validateArray(type: ArrayType, value: unknown, place: ArrayPlace): unknown {
  const { abstract, output, isDefault } = place;
  try {
    if (value instanceof ArrayFault) throw value;
    const complex = type.dtype === null || DTYPES[type.dtype].kind === "complex";
    if (complex && !output && !isDefault && !isNdArray(value) && holdsObjects(value)) {
      throw new ArrayFault("array_non_numeric", { got: Array.isArray(value) ? "a list with objects" : "an object" });
    }
    let array = toArray(value, type, hasNames(type.shape) ? (shape) => checkNames(type, shape, place) : undefined);
    if (abstract) return new ShapeDType(array.shape, array.dtype);
    // A copy: user code may write to its inputs, and the next call needs the default unchanged.
    if (isDefault) array = { ...array, data: array.data.slice() };
    if (type.shape?.length !== 0) return array;
    return output ? new ScalarArray(array.dtype, array.data) : scalarOf(array);
  } catch (error) {
    if (!(error instanceof ArrayFault)) throw error;
    return place.faults.add(error.type, place.loc, { input: value, ctx: error.ctx });
  }
}

function checkNames({ shape }: ArrayType, found: readonly number[], place: ArrayPlace): void {
  const mismatch = place.sizes.check(shape, found, () => place.from());
  if (mismatch) throw new ArrayFault("array_shape_mismatch", { ...mismatch });
}

/** Checks `{shape, dtype}` against an array type; other keys, such as the data of an encoded array, are ignored. */
export function validateShapeDType(type: ArrayType, value: unknown, place: ArrayPlace): ShapeDType | undefined {
  const { loc, faults, sizes } = place;
  const before = faults.count;
  const fault = (kind: string, key?: string, ctx?: Fault["ctx"], message?: string) => {
    faults.add(kind, key === undefined ? loc : [...loc, key], { input: value, ctx, message });
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fault("model_attributes_type");
    return undefined;
  }
  const { shape, dtype } = value as { shape?: unknown; dtype?: unknown };
  if (shape === undefined) fault("missing", "shape");
  else if (!Array.isArray(shape) || !shape.every(isSize)) {
    fault("value_error", undefined, undefined, "The shape must be a list of whole numbers of zero or more");
  }
  if (dtype === undefined) fault("missing", "dtype");
  else if (!isDType(dtype)) fault("literal_error", "dtype", { expected: orList(DTYPE_NAMES) });
  if (faults.count > before || !isDType(dtype)) return undefined;

  const found = shape as number[];
  const expected = type.shape;
  if (expected && !fits(found, expected)) {
    const words = expected.map((n) => n ?? "any").join(", ");
    fault("value_error", undefined, undefined, `Expected shape [${words}], got ${shapeText(found)}`);
  } else {
    const mismatch = sizes.check(expected, found, () => place.from());
    if (mismatch) fault("value_error", undefined, { ...mismatch }, describeMismatch(mismatch));
  }
  if (type.dtype !== null && !canCast(dtype, type.dtype)) {
    fault("array_dtype_mismatch", undefined, { actual_dtype: dtype, expected_dtype: type.dtype });
  }
  return faults.count > before ? undefined : new ShapeDType(found, type.dtype ?? dtype);
}

/** Sizes of 1 are not broadcast here. */
const fits = (found: readonly number[], expected: readonly Dimension[]): boolean =>
  found.length === expected.length && found.every((n, i) => typeof expected[i] !== "number" || expected[i] === n);
