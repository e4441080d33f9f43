import { copyOf } from "../arrays/ndarray.ts";
import { getPath, parsePath, type Segment } from "../schema/paths.ts";
import { type InputArray, replace } from "./input_array.ts";
import { type RealArray, toRealArray } from "./real_array.ts";

/** What is added to each element of an input. */
export interface Move {
  readonly array: InputArray;
  readonly by: ArrayLike<number>;
}

/** Outputs by path. */
export type Values = ReadonlyMap<string, RealArray>;

/** How outputs change between two points. */
export interface Change {
  readonly outputs: Values;
  /** How far the elements of each input were really moved: floats round. */
  readonly steps: readonly Float64Array[];
}

/** An input, and the elements that replace its own. */
type Replaced = readonly [InputArray, InputArray["values"]];

/** Evaluates `apply` at a point and around it. */
export class Probe {
  private atPoint: Promise<Values> | undefined;
  private readonly segments: ReadonlyMap<string, readonly Segment[]>;

  /** `apply` may return any outputs that have an array or a number at each of `paths`. */
  constructor(
    private readonly apply: (inputs: unknown) => unknown,
    private readonly inputs: unknown,
    paths: Iterable<string>,
  ) {
    this.segments = new Map([...paths].map((path) => [path, parsePath(path) ?? []]));
  }

  /** The outputs at the point itself, computed once. */
  center(): Promise<Values> {
    return this.atPoint ??= this.evaluate([]).then(({ outputs }) => outputs);
  }

  /** The outputs after some arrays were moved by `factor` times their moves, and the elements there, rounded. */
  async evaluate(moves: readonly Move[], factor = 1): Promise<{ outputs: Values; positions: Float64Array[] }> {
    const positions: Float64Array[] = [];
    const replaced = moves.map(({ array, by }): Replaced => {
      const values = array.values.slice();
      for (let i = 0; i < values.length; i++) values[i]! += factor * by[i]!;
      positions.push(new Float64Array(values));
      return [array, values];
    });
    return { outputs: await this.outputsWith(replaced), positions };
  }

  /** The outputs after the elements of some arrays were replaced. */
  async outputsWith(replaced: readonly Replaced[]): Promise<Values> {
    // Fresh each time: user code may change what it is given, and keep or return it.
    const inputs = copyOf(this.inputs);
    for (const [array, values] of replaced) replace(inputs, array, values);
    const result = await this.apply(inputs);
    const outputs = new Map<string, RealArray>();
    for (const [path, segments] of this.segments) outputs.set(path, outputAt(result, path, segments));
    return outputs;
  }

  /** From the point minus the moves, or `fromCenter`, to the point plus the moves: a difference, before it is divided. */
  async change(moves: readonly Move[], fromCenter: boolean): Promise<Change> {
    const there = await this.evaluate(moves);
    const here = fromCenter
      ? { outputs: await this.center(), positions: moves.map(({ array }) => array.values) }
      : await this.evaluate(moves, -1);
    return {
      outputs: minus(there.outputs, here.outputs),
      steps: there.positions.map((to, k) => distances(to, here.positions[k]!)),
    };
  }
}

function distances(to: Float64Array, from: ArrayLike<number>): Float64Array {
  const distances = new Float64Array(to.length);
  for (let i = 0; i < to.length; i++) distances[i] = to[i]! - from[i]!;
  return distances;
}

function outputAt(outputs: unknown, path: string, segments: readonly Segment[]): RealArray {
  const value = getPath(outputs, segments);
  if (value === undefined || value === null) throw new TypeError(`the outputs have no array at '${path}'`);
  return toRealArray(value, `'${path}'`);
}

/** What outputs differ by. Throws a `TypeError` where they differ in shape. */
export function minus(a: Values, b: Values): Values {
  const difference = new Map<string, RealArray>();
  for (const [path, { shape, data }] of a) {
    const other = b.get(path)!;
    if (other.shape.length !== shape.length || other.shape.some((size, i) => size !== shape[i])) {
      const shapes = `[${other.shape.join(", ")}] here, [${shape.join(", ")}] there`;
      throw new TypeError(`the shape of '${path}' changes with the inputs: ${shapes}`);
    }
    const change = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) change[i] = data[i]! - other.data[i]!;
    difference.set(path, { shape, data: change });
  }
  return difference;
}
