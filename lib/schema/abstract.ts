/**
 * Validation of what stands for an array in abstract evaluation: its shape and dtype.
 * @module
 */
import { canCast } from "../arrays/cast.ts";
import { DTYPE_NAMES, isDType } from "../arrays/dtypes.ts";
import type { ArrayType, Dimension } from "../arrays/ndarray.ts";
import type { Fault, Faults, Loc } from "./faults.ts";
import { orList, shapeText } from "./messages.ts";
import { describeMismatch, type NamedSizes } from "./named_sizes.ts";
import { ShapeDType } from "./validated_values.ts";

const isSize = (n: unknown): n is number => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;

/** Where the value is, and what is known of the call. */
interface Place {
  readonly loc: Loc;
  readonly faults: Faults;
  readonly sizes: NamedSizes;
  /** The place in words, for messages about other arrays. */
  readonly from: () => string;
}

/** Checks `{shape, dtype}` against an array type; other keys, such as the data of an encoded array, are ignored. */
export function validateShapeDType(type: ArrayType, value: unknown, place: Place): ShapeDType | undefined {
  const { loc, faults, sizes, from } = place;
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
    const mismatch = sizes.check(expected, found, from);
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
