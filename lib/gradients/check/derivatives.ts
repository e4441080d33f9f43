import { copyOf, type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { dot, toFloat, toRealArray, unitVector } from "../real_array.ts";
import type { PlannedInput, PlannedOutput } from "./plan.ts";
import type { GradientEndpoint, GradientFunctions } from "./types.ts";

/** Random vectors: tangents for each input, a cotangent for each output. */
export interface RandomVectors {
  readonly tangents: readonly Float64Array[];
  readonly cotangent: Float64Array;
}

/** A derivative. If the endpoint throws, the method that called it rejects. */
export interface Derivative {
  /** Positions of the elements of the output that it is about. */
  readonly rows: readonly number[];
  /** The derivatives of those elements by one element of the input. */
  column(position: number): Promise<Float64Array>;
  /** The derivatives of those elements along the `k`th random tangent. */
  along(k: number): Promise<Float64Array>;
  /** `⟨w, J·v⟩` with the first random tangent `v` and the cotangent `w`, and the sum of its terms' absolute values. */
  bilinear(): Promise<{ value: number; size: number }>;
}

/** Where derivatives are taken. */
export interface Point {
  readonly functions: GradientFunctions;
  readonly inputs: unknown;
  /** Called before each call of an endpoint. */
  readonly tick: () => Promise<void>;
}

/** One output by one input, and the random vectors that they are multiplied with. */
interface Pair {
  readonly input: PlannedInput;
  readonly output: PlannedOutput;
  readonly vectors: RandomVectors;
}

/** The derivative of `output` by `input` at a point, by an endpoint. */
export function derivativeBy(endpoint: GradientEndpoint, point: Point, pair: Pair): Derivative {
  switch (endpoint) {
    case "jacobian":
      return byJacobian(point, pair);
    case "jacobian_vector_product":
      return byTangents(point, pair);
    case "vector_jacobian_product":
      return byCotangents(point, pair);
  }
}

/** The Jacobian, computed once, has all rows and columns. */
function byJacobian({ functions, inputs, tick }: Point, { input: { array }, output, vectors }: Pair): Derivative {
  const columns = sizeOf(array.shape);
  const block = once(async () => {
    await tick();
    const blocks = await functions.jacobian!(copyOf(inputs), new Set([array.path]), new Set([output.path]));
    const shape = [...output.center.shape, ...array.shape];
    return valuesOf(blocks[output.path]?.[array.path], shape, `the Jacobian of '${output.path}'`);
  });
  const column = async (position: number) => {
    const values = await block();
    return Float64Array.from(output.all, (row) => values[row * columns + position]!);
  };
  const along = async (k: number) => {
    const values = await block();
    const tangent = vectors.tangents[k]!;
    return Float64Array.from(output.all, (row) => dot(values.subarray(row * columns, (row + 1) * columns), tangent));
  };
  return { rows: output.all, column, along, bilinear: async () => bilinear(vectors.cotangent, await along(0)) };
}

/** One product for each column, and for each random tangent. */
function byTangents(point: Point, pair: Pair): Derivative {
  const { input: { array: { dtype, shape } }, output, vectors } = pair;
  const times = (tangent: NdArray) => productBy("jacobian_vector_product", point, pair, tangent);
  const products = vectors.tangents.map((data) => once(() => times(toFloat(dtype, { shape, data }))));
  return {
    rows: output.all,
    column: (position) => times(unitVector(dtype, shape, position)),
    along: (k) => products[k]!(),
    bilinear: async () => bilinear(vectors.cotangent, await products[0]!()),
  };
}

/** One product for each row serves all columns, and all random tangents. */
function byCotangents(point: Point, pair: Pair): Derivative {
  const { input: { elements }, output: { elements: rows, dtype, center: { shape } }, vectors } = pair;
  const times = (cotangent: NdArray) => productBy("vector_jacobian_product", point, pair, cotangent);
  const products = once(async () => {
    const columns = new Map(elements.map((position) => [position, new Float64Array(rows.length)]));
    const along = vectors.tangents.map(() => new Float64Array(rows.length));
    for (const [r, row] of rows.entries()) {
      const gradient = await times(unitVector(dtype, shape, row));
      for (const [position, column] of columns) column[r] = gradient[position]!;
      for (const [k, tangent] of vectors.tangents.entries()) along[k]![r] = dot(gradient, tangent);
    }
    return { columns, along };
  });
  return {
    rows,
    column: async (position) => (await products()).columns.get(position)!,
    along: async (k) => (await products()).along[k]!,
    async bilinear() {
      const product = await times(toFloat(dtype, { shape, data: vectors.cotangent }));
      return bilinear(product, vectors.tangents[0]!);
    },
  };
}

/** The product of an endpoint with a tangent of the input, or a cotangent of the output. */
async function productBy(
  endpoint: "jacobian_vector_product" | "vector_jacobian_product",
  { functions, inputs, tick }: Point,
  { input: { array: input }, output }: Pair,
  vector: NdArray,
): Promise<Float64Array> {
  const forwards = endpoint === "jacobian_vector_product";
  const [from, to] = forwards ? [input.path, output.path] : [output.path, input.path];
  await tick();
  const byPath = new Set([input.path]);
  const result = await functions[endpoint]!(copyOf(inputs), byPath, new Set([output.path]), { [from]: vector });
  const shape = forwards ? output.center.shape : input.shape;
  return valuesOf(result[to], shape, `the product for '${to}'`);
}

/** The values of a result; its shape was checked by the endpoint, but not against this very output. */
function valuesOf(array: NdArray | undefined, shape: readonly number[], what: string): Float64Array {
  const { data } = toRealArray(array, what);
  if (data.length === sizeOf(shape)) return data;
  throw new TypeError(`${what} has the shape [${array!.shape.join(", ")}]; expected [${shape.join(", ")}]`);
}

/** The product of two vectors, and the sum of its terms' absolute values. */
function bilinear(a: Float64Array, b: Float64Array): { value: number; size: number } {
  let size = 0;
  for (let i = 0; i < a.length; i++) size += Math.abs(a[i]! * b[i]!);
  return { value: dot(a, b), size };
}

/** A function that makes its result the first time it is called, and returns the same from then on. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
