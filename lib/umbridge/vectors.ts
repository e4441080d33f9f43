/**
 * A Tesseract's differentiable arrays as the vectors of UM-Bridge.
 * @module
 */
import { type ArrayType, copyOf, isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { expandPattern, getPath, parsePath, type Segment } from "../schema/paths.ts";

/** An array of the inputs or outputs. */
export interface Place {
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly shape: readonly number[];
  readonly size: number;
}

/** The arrays whose elements, one after the other and row by row, are a vector. */
export type Vector = readonly Place[];

/** How many elements a vector has. */
export const sizeOfVector = (vector: Vector): number => vector.reduce((sum, { size }) => sum + size, 0);

/** The arrays in a validated value by these patterns, in the order of the value, which is that of its schema. */
export function placesIn(value: unknown, patterns: ReadonlyMap<string, ArrayType>): Place[] {
  const places = [...patterns.keys()].flatMap((pattern) => expandPattern(pattern, value)).map((path) => {
    const segments = parsePath(path)!, array = getPath(value, segments);
    // A scalar is a plain number in inputs.
    const shape = (array as Partial<NdArray>).shape ?? [];
    return { path, segments, shape, size: sizeOf(shape), position: positionOf(value, segments) };
  });
  return places.sort((a, b) => compare(a.position, b.position));
}

/** The position of each segment of a path among the fields or items of its parent: what `placesIn` sorts by. */
function positionOf(value: unknown, segments: readonly Segment[]): number[] {
  return segments.map((segment) => {
    const around = value;
    value = getPath(value, [segment]);
    if (typeof segment === "number") return segment;
    return Object.keys(around as object).indexOf(typeof segment === "object" ? segment.key : segment);
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((position, i) => position !== b[i]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}

/** The arrays that a vector stands for, by their paths. */
export function arraysOf(vector: Vector, elements: Float64Array): Record<string, NdArray> {
  let next = 0;
  return Object.fromEntries(vector.map(({ path, shape, size }) => {
    const data = elements.slice(next, next += size) as Float64Array<ArrayBuffer>;
    return [path, { dtype: "float64", shape: [...shape], data }];
  }));
}

/** The elements of a vector, whose arrays are found by their place. */
export function elementsOf(vector: Vector, arrayAt: (place: Place) => unknown): number[] {
  return vector.flatMap((place) => {
    const array = arrayAt(place);
    return isNdArray(array) ? Array.from(array.data as ArrayLike<number | bigint>, Number) : [Number(array)];
  });
}

/**
 * A copy of a payload's inputs with other arrays at some places, for a call that may change what it is given. What is
 * missing on the way there, as it has a default, is as in the `validated` inputs.
 */
export function withArrays(inputs: unknown, validated: unknown, arrays: Iterable<readonly [Place, unknown]>): unknown {
  const result = { inputs: copyOf(inputs) };
  for (const [{ segments }, array] of arrays) {
    let holder = result as Record<string | number, unknown>, key: string | number = "inputs", known = validated;
    for (const segment of segments) {
      if (holder[key] === undefined || holder[key] === null) holder[key] = copyOf(known);
      holder = holder[key] as typeof holder;
      key = typeof segment === "object" ? segment.key : segment;
      known = getPath(known, [segment]);
    }
    holder[key] = array;
  }
  return result.inputs;
}
