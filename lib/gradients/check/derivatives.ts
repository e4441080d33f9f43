import { type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { copyOf } from "../input_array.ts";
import { dot, toFloat, toRealArray, unitVector } from "../real_array.ts";
import type { PlannedInput, PlannedOutput } from "./plan.ts";
import type { GradientEndpoint, GradientFunctions } from "./types.ts";

/** Random vectors: tangents for each input, a cotangent for each output. */
export interface Vectors {
  readonly tangents: readonly Float64Array[];
  readonly cotangent: Float64Array;
}

/** A derivative. Whatever an endpoint throws comes out of the method that needed it. */
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

/** The derivative of `output` by `input` at a point, by an endpoint. */
export function derivativeBy(
  endpoint: GradientEndpoint,
  point: Point,
  pair: { readonly input: PlannedInput; readonly output: PlannedOutput; readonly vectors: Vectors },
): Derivative {
  switch (endpoint) {
    case "jacobian":
      return new ByJacobian(point, pair);
    case "jacobian_vector_product":
      return new ByTangents(point, pair);
    case "vector_jacobian_product":
      return new ByCotangents(point, pair);
  }
}

type Pair = Parameters<typeof derivativeBy>[2];

const products = (a: Float64Array, b: Float64Array) => {
  let size = 0;
  for (let i = 0; i < a.length; i++) size += Math.abs(a[i]! * b[i]!);
  return { value: dot(a, b), size };
};

/** The values of a result; its shape was checked by the endpoint, but not against this very output. */
function valuesOf(array: NdArray | undefined, shape: readonly number[], what: string): Float64Array {
  const { data } = toRealArray(array, what);
  if (data.length === sizeOf(shape)) return data;
  throw new TypeError(`${what} has the shape [${array!.shape.join(", ")}]; expected [${shape.join(", ")}]`);
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

/** A derivative of all elements of the output, of which the endpoint gives the product with a tangent. */
abstract class OfAllRows implements Derivative {
  readonly rows: readonly number[];
  abstract column(position: number): Promise<Float64Array>;
  abstract along(k: number): Promise<Float64Array>;

  constructor(protected readonly point: Point, protected readonly pair: Pair) {
    this.rows = pair.output.all;
  }

  async bilinear() {
    return products(this.pair.vectors.cotangent, await this.along(0));
  }
}

class ByJacobian extends OfAllRows {
  private block: Promise<Float64Array> | undefined;
  private readonly columns = sizeOf(this.pair.input.array.shape);

  private async call(): Promise<Float64Array> {
    const { functions, inputs, tick } = this.point;
    const { input: { array }, output } = this.pair;
    await tick();
    const blocks = await functions.jacobian!(copyOf(inputs), new Set([array.path]), new Set([output.path]));
    const shape = [...output.center.shape, ...array.shape];
    return valuesOf(blocks[output.path]?.[array.path], shape, `the Jacobian of '${output.path}'`);
  }

  async column(position: number): Promise<Float64Array> {
    const block = await (this.block ??= this.call());
    const column = new Float64Array(this.rows.length);
    for (let i = 0; i < column.length; i++) column[i] = block[i * this.columns + position]!;
    return column;
  }

  async along(k: number): Promise<Float64Array> {
    const block = await (this.block ??= this.call());
    const tangent = this.pair.vectors.tangents[k]!;
    const along = new Float64Array(this.rows.length);
    for (let i = 0; i < along.length; i++) {
      along[i] = dot(block.subarray(i * this.columns, (i + 1) * this.columns), tangent);
    }
    return along;
  }
}

class ByTangents extends OfAllRows {
  private readonly known = new Map<number, Promise<Float64Array>>();

  private times(tangent: NdArray): Promise<Float64Array> {
    return productBy("jacobian_vector_product", this.point, this.pair, tangent);
  }

  column(position: number): Promise<Float64Array> {
    const { dtype, shape } = this.pair.input.array;
    return this.times(unitVector(dtype, shape, position));
  }

  along(k: number): Promise<Float64Array> {
    const { input: { array: { dtype, shape } }, vectors } = this.pair;
    if (!this.known.has(k)) this.known.set(k, this.times(toFloat(dtype, { shape, data: vectors.tangents[k]! })));
    return this.known.get(k)!;
  }
}

class ByCotangents implements Derivative {
  readonly rows: readonly number[];
  private swept: ReturnType<ByCotangents["sweep"]> | undefined;
  /** Where the column of a position is in the sweep. */
  private readonly columns: ReadonlyMap<number, number>;

  constructor(private readonly point: Point, private readonly pair: Pair) {
    this.rows = pair.output.elements;
    this.columns = new Map(pair.input.elements.map((position, c) => [position, c]));
  }

  private times(cotangent: NdArray): Promise<Float64Array> {
    return productBy("vector_jacobian_product", this.point, this.pair, cotangent);
  }

  /**
   * One product for each element of the output serves all elements of the input: `columns` has one column for each
   * checked element of the input, one after the other; `along` the derivatives along each random tangent.
   */
  private async sweep() {
    const { input: { elements }, output: { dtype, center: { shape } }, vectors: { tangents } } = this.pair;
    const height = this.rows.length;
    const columns = new Float64Array(elements.length * height);
    const along = tangents.map(() => new Float64Array(height));
    for (let r = 0; r < height; r++) {
      const gradient = await this.times(unitVector(dtype, shape, this.rows[r]!));
      for (let c = 0; c < elements.length; c++) columns[c * height + r] = gradient[elements[c]!]!;
      for (let k = 0; k < along.length; k++) along[k]![r] = dot(gradient, tangents[k]!);
    }
    return { columns, along };
  }

  async column(position: number): Promise<Float64Array> {
    const { columns } = await (this.swept ??= this.sweep());
    const start = this.columns.get(position)! * this.rows.length;
    return columns.subarray(start, start + this.rows.length);
  }

  async along(k: number): Promise<Float64Array> {
    return (await (this.swept ??= this.sweep())).along[k]!;
  }

  async bilinear() {
    const { output: { dtype, center: { shape } }, vectors: { cotangent, tangents } } = this.pair;
    return products(await this.times(toFloat(dtype, { shape, data: cotangent })), tangents[0]!);
  }
}
