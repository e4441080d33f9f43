/**
 * Outputs of the copy, with the derivative parts of their numbers.
 * @module
 */
import { toArray } from "../arrays/coerce.ts";
import type { DType } from "../arrays/dtypes.ts";
import { type ArrayType, isNdArray } from "../arrays/ndarray.ts";
import { getPath, parsePath } from "../schema/paths.ts";
import { Active, partOf } from "./runtime/active.ts";
import { isFloatArray, partsOf } from "./runtime/shadows.ts";

/** An output, and the derivative part of each of its elements: a tangent or the number of a statement; 0: passive. */
export interface Output {
  readonly path: string;
  readonly dtype: DType | undefined;
  readonly shape: readonly number[];
  readonly parts: Float64Array;
}

/** The output at a path, with the shape that it has after validation. */
export function outputAt(outputs: unknown, path: string, type: ArrayType): Output {
  const value = getPath(outputs, parsePath(path)!);
  if (value === undefined || value === null) throw new TypeError(`the outputs have no array at '${path}'`);
  const dtype = isNdArray(value) ? value.dtype : undefined;
  const data = isNdArray(value) ? value.data : value, shape = isNdArray(value) ? value.shape : undefined;
  if (isFloatArray(data)) {
    const given = shape ?? [data.length];
    if (fits(given, type.shape)) {
      return { path, dtype, shape: given, parts: partsOf(data) ?? new Float64Array(data.length) };
    }
  }
  const parts: number[] = [];
  // The conversion may broadcast. Applied to the positions of the elements in `parts`, it shows where each one goes.
  const numbered = withPositions(value, parts, path);
  const numbers = toArray(numbered, { dtype: null, shape: type.shape, differentiable: false });
  const order = numbers.data as ArrayLike<number>;
  return { path, dtype, shape: numbers.shape, parts: Float64Array.from(order, (i) => parts[Number(i)]!) };
}

/** Is an array of this shape sent as it is? To a size that is a number, it may have to be broadcast. */
const fits = (found: readonly number[], expected: ArrayType["shape"]): boolean =>
  expected === null ||
  (found.length === expected.length &&
    found.every((size, i) => typeof expected[i] !== "number" || expected[i] === size));

/** The value with each number replaced by its position in `parts`, to which its derivative part is added. */
function withPositions(value: unknown, parts: number[], path: string): unknown {
  if (value instanceof Active) return parts.push(partOf(value)) - 1;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return parts.push(0) - 1;
  if (Array.isArray(value)) return value.map((part) => withPositions(part, parts, path));
  if (ArrayBuffer.isView(value)) return positions(value as Float64Array, parts);
  const { dtype, shape, data } = value as { dtype: string; shape: number[]; data: Float64Array };
  if (!ArrayBuffer.isView(data)) throw new TypeError(`the output '${path}' is no array of numbers`);
  if (dtype === "complex64" || dtype === "complex128") {
    throw new TypeError(`'${path}' is ${dtype}; derivatives are of real numbers only`);
  }
  return { dtype: "float64", shape: shape.map((size) => size), data: positions(data, parts) };
}

function positions(data: Float64Array, parts: number[]): Float64Array {
  const found = isFloatArray(data) ? partsOf(data) : null;
  const start = parts.length;
  for (let i = 0; i < data.length; i++) parts.push(found?.[i] ?? 0);
  return Float64Array.from({ length: data.length }, (_, i) => start + i);
}
