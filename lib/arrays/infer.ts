import { type Complex, type DType, DTYPES, type Kind } from "./dtypes.ts";
import { ArrayFault, atElement, indexOf } from "./fault.ts";
import { eachRow, raggedList } from "./nesting.ts";
import { NumberList } from "./number_list.ts";
import { parseComplex, parseNotFinite } from "./numbers.ts";

/**
 * The highest kind among the elements of nested lists of shape `shape`, and the dtype that the array gets if its type
 * does not fix one:
 * - whole numbers, also `1.0`: the first of `int64`, `uint64` and `float64` that holds them all; the kind is "integer"
 *   in any case;
 * - numbers with a fraction, `null`, `"NaN"`: `float64`;
 * - `"1+2j"`: `complex128`.
 *
 * Throws the fault `array_non_numeric` for anything else.
 */
export function inferDType(value: unknown, shape: readonly number[]): { readonly kind: Kind; readonly dtype: DType } {
  let [bools, floats, complexes] = [false, false, false];
  let [low, high] = [Infinity, -Infinity];
  let [bigLow, bigHigh] = [0n, 0n];
  const visit = (row: ArrayLike<unknown>, start: number): void => {
    for (let i = 0; i < row.length; i++) {
      const element = row[i];
      if (typeof element === "number") {
        if (!Number.isInteger(element)) floats = true;
        else {
          if (element < low) low = element;
          if (element > high) high = element;
        }
      } else if (typeof element === "boolean") bools = true;
      else if (typeof element === "bigint") {
        if (element < bigLow) bigLow = element;
        if (element > bigHigh) bigHigh = element;
        if (low > high) low = high = 0;
      } else if (element === null || parseNotFinite(element) !== undefined) floats = true;
      else if (readComplex(element) !== undefined) complexes = true;
      else if (Array.isArray(element) || element instanceof NumberList) {
        throw raggedList(
          indexOf(shape, start + i),
          element instanceof NumberList ? element.sizes[0] : element.length,
        );
      } else throw atElement(new ArrayFault("array_non_numeric"), shape, start + i, element);
    }
  };
  eachRow(value, shape, visit);
  if (complexes) return { kind: "complex", dtype: "complex128" };
  if (floats) return { kind: "float", dtype: "float64" };
  if (low <= high) {
    if (low < bigLow) bigLow = BigInt(low);
    if (high > bigHigh) bigHigh = BigInt(high);
    return { kind: "integer", dtype: smallestInteger(bigLow, bigHigh) };
  }
  // Without any element (an empty list): the lowest kind, which can be cast to every dtype, and float64 by default.
  return bools ? { kind: "bool", dtype: "bool" } : { kind: "bool", dtype: "float64" };
}

function smallestInteger(low: bigint, high: bigint): DType {
  if (low >= DTYPES.int64.min && high <= DTYPES.int64.max) return "int64";
  return low >= 0n && high <= DTYPES.uint64.max ? "uint64" : "float64";
}

/** A complex number as a string or as `{re, im}`. */
export function readComplex(element: unknown): Complex | undefined {
  if (typeof element === "string") return parseComplex(element);
  if (typeof element !== "object" || element === null) return undefined;
  const { re, im } = element as Partial<Complex>;
  return typeof re === "number" && typeof im === "number" ? { re, im } : undefined;
}

/** Is there an object in nested lists? User code may write complex numbers as `{re, im}`, payloads may not. */
export function holdsObjects(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsObjects);
  return typeof value === "object" && value !== null && !(value instanceof NumberList);
}
