/**
 * The Jacobian from products with it, and the products from the Jacobian: what the helpers of helpers.ts compute.
 * @module
 */
import { arrayOfData } from "../arrays/data.ts";
import { isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { getPath, parsePath } from "../schema/paths.ts";
import { inputArrayAt } from "./input_array.ts";
import { dot, type FloatDType, isFloat, type RealArray, toRealArray, unitVector, zeros } from "./real_array.ts";

type ByPath = Readonly<Record<string, unknown>>;
/** A product with tangents of one input, or a cotangent of one output. */
type ProductCall = (path: string, vector: NdArray) => unknown;
type Blocks = Record<string, Record<string, NdArray<FloatDType>>>;

/** The Jacobian, a column at a time: one product for each element of the inputs. */
export async function jacobianOfColumns(
  inputs: unknown,
  by: Iterable<string>,
  of: ReadonlySet<string>,
  jvp: ProductCall,
) {
  const blocks: Blocks = {};
  for (const input of by) {
    const { shape, dtype, values } = inputArrayAt(inputs, input);
    const columns = values.length;
    // an input without elements still has to show the shapes of the outputs
    for (let j = 0; j < Math.max(columns, 1); j++) {
      const products = await jvp(input, unitVector(dtype, shape, j)) as ByPath;
      for (const output of of) {
        const column = arrayAt(products, output, `the product of '${output}' with a tangent of '${input}'`);
        const block = (blocks[output] ??= {})[input] ??= zeros(column.dtype, [...column.shape, ...shape]);
        if (j < columns) column.data.forEach((x, i) => block.data[i * columns + j] = x);
      }
    }
  }
  return blocks;
}

/** The Jacobian, a row at a time: one product for each element of the outputs, whose shapes are those of `values`. */
export async function jacobianOfRows(
  inputs: unknown,
  values: unknown,
  by: Iterable<string>,
  of: Iterable<string>,
  vjp: ProductCall,
) {
  const columns = [...by].map((input) => inputArrayAt(inputs, input));
  const blocks: Blocks = {};
  for (const output of of) {
    const shape = shapeAt(values, output);
    const block: Record<string, NdArray<FloatDType>> = blocks[output] = {};
    const rows = sizeOf(shape);
    for (let i = 0; i < rows; i++) {
      const products = await vjp(output, unitVector("float64", shape, i)) as ByPath;
      for (const { path, shape: by, values } of columns) {
        const row = arrayAt(products, path, `the product of '${path}' with a cotangent of '${output}'`);
        block[path] ??= zeros(row.dtype, [...shape, ...by]);
        block[path].data.set(row.data, i * values.length);
      }
    }
    for (const { path, shape: by } of columns) block[path] ??= zeros("float64", [...shape, ...by]);
  }
  return blocks;
}

/** `Σ J·v` over the inputs, for each of the outputs. */
export function timesTangents(blocks: unknown, tangents: ByPath, by: ReadonlySet<string>, of: ReadonlySet<string>) {
  const what = (path: string) => `the tangent of '${path}'`;
  return products(of, by, (output, input) => {
    return timesTangent(blockAt(blocks, output, input), toRealArray(tangents[input], what(input)));
  });
}

/** `Σ w·J` over the outputs, for each of the inputs. */
export function timesCotangents(blocks: unknown, cotangents: ByPath, by: ReadonlySet<string>, of: ReadonlySet<string>) {
  const what = (path: string) => `the cotangent of '${path}'`;
  return products(by, of, (input, output) => {
    return timesCotangent(blockAt(blocks, output, input), toRealArray(cotangents[output], what(output)));
  });
}

function products(
  to: Iterable<string>,
  from: Iterable<string>,
  product: (to: string, from: string) => RealArray,
): Record<string, NdArray> {
  const sums: Record<string, NdArray> = {};
  for (const path of to) {
    let sum: RealArray | undefined;
    for (const other of from) {
      const next = product(path, other);
      if (sum === undefined) sum = next;
      else for (let i = 0; i < sum.data.length; i++) sum.data[i]! += next.data[i]!;
    }
    if (sum) sums[path] = { dtype: "float64", ...sum };
  }
  return sums;
}

/** A block `[...out, ...in]` times a tangent of shape `in`. */
function timesTangent(block: RealArray, tangent: RealArray): RealArray {
  const shape = block.shape.slice(0, block.shape.length - tangent.shape.length);
  const columns = tangent.data.length;
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = dot(block.data.subarray(i * columns, (i + 1) * columns), tangent.data);
  }
  return { shape, data };
}

/** A cotangent of shape `out` times a block `[...out, ...in]`. */
function timesCotangent(block: RealArray, cotangent: RealArray): RealArray {
  const shape = block.shape.slice(cotangent.shape.length);
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < cotangent.data.length; i++) {
    const weight = cotangent.data[i]!;
    for (let j = 0; j < data.length; j++) data[j]! += weight * block.data[i * data.length + j]!;
  }
  return { shape, data };
}

function blockAt(blocks: unknown, output: string, input: string): RealArray {
  const byInput = (blocks as Readonly<Record<string, ByPath | undefined>>)[output] ?? {};
  return arrayAt(byInput, input, `the Jacobian of '${output}' with respect to '${input}'`);
}

/** A result of user code in float64, and its own dtype if that is a float, else float64. */
function arrayAt(results: ByPath, path: string, what: string): RealArray & { readonly dtype: FloatDType } {
  const value = results[path];
  if (value === undefined) throw new TypeError(`${what} is missing`);
  const dtype = isNdArray(value) ? value.dtype : ArrayBuffer.isView(value) ? arrayOfData(value)?.dtype : undefined;
  return { ...toRealArray(value, what), dtype: dtype !== undefined && isFloat(dtype) ? dtype : "float64" };
}

/** The shape of the array, or of what has a shape only, at a path of outputs. */
function shapeAt(outputs: unknown, path: string): readonly number[] {
  const value = getPath(outputs, parsePath(path) ?? []);
  if (typeof value === "object" && value !== null && !isNdArray(value) && "shape" in value) {
    return value.shape as readonly number[];
  }
  if (value === undefined || value === null) throw new TypeError(`the outputs have no array at '${path}'`);
  return toRealArray(value, `'${path}'`).shape;
}
