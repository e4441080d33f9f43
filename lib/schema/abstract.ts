/**
 * Validation of what stands for an array in abstract evaluation: its shape and dtype.
 * @module
 */
import { canCast } from "../arrays/cast.ts";
import { DTYPE_NAMES, isDType } from "../arrays/dtypes.ts";
import type { ArrayType } from "../arrays/ndarray.ts";
import type { Fault, Loc } from "./faults.ts";
import { orList } from "./leaf.ts";
import { ShapeDType } from "./views.ts";

const isSize = (n: unknown): n is number => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;

/** Checks `{shape, dtype}` against an array type; other keys, such as the data of an encoded array, are ignored. */
export function validateShapeDType(
  type: ArrayType,
  value: unknown,
  loc: Loc,
  faults: Fault[],
): ShapeDType | undefined {
  const before = faults.length;
  const fault = (kind: string, key?: string, ctx?: Fault["ctx"], message?: string) => {
    faults.push({ type: kind, loc: key === undefined ? [...loc] : [...loc, key], input: value, ctx, message });
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
  if (faults.length > before || !isDType(dtype)) return undefined;

  const sizes = shape as number[];
  const expected = type.shape;
  if (expected && (sizes.length !== expected.length || sizes.some((n, i) => (expected[i] ?? n) !== n))) {
    const words = expected.map((n) => n ?? "any").join(", ");
    fault("value_error", undefined, undefined, `Expected shape [${words}], found [${sizes.join(", ")}]`);
  }
  if (type.dtype !== null && !canCast(dtype, type.dtype)) {
    fault("array_dtype_mismatch", undefined, { actual_dtype: dtype, expected_dtype: type.dtype });
  }
  return faults.length > before ? undefined : new ShapeDType(sizes, type.dtype ?? dtype);
}
