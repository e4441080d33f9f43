/** Five functions with exact Jacobians that are not symmetric, the mistakes that people make, and noise. */
import { isNdArray, type NdArray } from "../../lib/arrays/ndarray.ts";
import type { GradientFunctions, Schemas } from "../../lib/gradients/check/types.ts";
import { Random } from "../../lib/gradients/random.ts";
import { objectNode } from "../../lib/schema/node.ts";

export type Matrix = readonly Float64Array[];

/** y = f(x), as many elements as x; its Jacobian is the sum of some terms. */
export interface Example {
  readonly name: string;
  readonly at: readonly number[];
  readonly apply: (x: Float64Array) => number[];
  readonly terms: (x: Float64Array) => Matrix[];
}

const matrix = (n: number, element: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => element(i, j)));
const times = (a: Matrix, x: Float64Array): number[] =>
  a.map((row) => row.reduce((sum, aij, j) => sum + aij * x[j]!, 0));
const diagonal = (i: number, j: number, value: number): number => i === j ? value : 0;

const A = matrix(4, (i, j) => Math.sin(3 * i + 5 * j + 1));
const W = matrix(5, (i, j) => Math.cos(2 * i - 3 * j) / 2);
const COMPETITION = matrix(3, (i, j) => [[1, 0.4, 0.9], [0.2, 1, 0.3], [0.7, 0.1, 1]][i]![j]!);

export const EXAMPLES: readonly Example[] = [
  {
    name: "linear map",
    at: [1, -2, 3, 0.5],
    apply: (x) => times(A, x),
    terms: () => [matrix(4, (i, j) => i < 2 ? A[i]![j]! : 0), matrix(4, (i, j) => i < 2 ? 0 : A[i]![j]!)],
  },
  {
    name: "Lotka-Volterra competition",
    at: [0.5, 1.5, 0.8],
    apply: (x) => times(COMPETITION, x).map((crowd, i) => x[i]! * (1 + i - crowd)),
    terms: (x) => {
      const crowd = times(COMPETITION, x);
      return [
        matrix(3, (i, j) => diagonal(i, j, 1 + i - crowd[i]!)),
        matrix(3, (i, j) => -x[i]! * COMPETITION[i]![j]!),
      ];
    },
  },
  {
    name: "Lorenz system",
    at: [1.2, -0.7, 15],
    apply: ([x, y, z]: Float64Array) => [10 * (y! - x!), x! * (28 - z!) - y!, x! * y! - 8 / 3 * z!],
    terms: ([x, y, z]: Float64Array) => [
      [Float64Array.of(-10, 10, 0), Float64Array.of(0, -1, 0), Float64Array.of(0, 0, -8 / 3)],
      [Float64Array.of(0, 0, 0), Float64Array.of(28 - z!, 0, -x!), Float64Array.of(y!, x!, 0)],
    ],
  },
  {
    name: "layer of tanh",
    at: [0.3, -0.8, 1.1, 0.2, -0.4],
    apply: (x) => times(W, x).map(Math.tanh),
    terms: (x) => {
      const slopes = times(W, x).map((z) => 1 - Math.tanh(z) ** 2);
      const half = (from: number, to: number) => matrix(5, (i, j) => j >= from && j < to ? slopes[i]! * W[i]![j]! : 0);
      return [half(0, 3), half(3, 5)];
    },
  },
  {
    name: "Burgers' equation, upwind",
    at: [1, 1.4, 1.9, 1.6, 1.1, 0.7, 0.5, 0.8],
    apply: (u) => Array.from(u, (ui, i) => ui - 0.2 * ui * (ui - u.at(i - 1)!)),
    terms: (u) => [
      matrix(8, (i, j) => diagonal(i, j, 1)),
      matrix(8, (i, j) => diagonal(i, j, -0.2 * (2 * u[i]! - u.at(i - 1)!))),
      matrix(8, (i, j) => diagonal((i + 7) % 8, j, 0.2 * u[i]!)),
    ],
  },
];

export const MISTAKES = ["right", "one term 3 % off", "transposed", "wrong sign", "one wrong element"] as const;
export type Mistake = (typeof MISTAKES)[number];

/** The Jacobian of an example, with a mistake that depends on the seed. */
function jacobianOf({ terms }: Example, x: Float64Array, mistake: Mistake, random: Random): Matrix {
  const parts = terms(x);
  const n = x.length;
  const right = matrix(n, (i, j) => parts.reduce((sum, part) => sum + part[i]![j]!, 0));
  const [a, b, c] = [random.next() % parts.length, random.next() % n, random.next() % n];
  switch (mistake) {
    case "right":
      return right;
    case "one term 3 % off":
      return matrix(n, (i, j) => right[i]![j]! + 0.03 * parts[a]![i]![j]!);
    case "transposed":
      return matrix(n, (i, j) => right[j]![i]!);
    case "wrong sign":
      return matrix(n, (i, j) => -right[i]![j]!);
    case "one wrong element": {
      const value = right[b]![c]! === 0 ? 0.01 : 0.9 * right[b]![c]!;
      return matrix(n, (i, j) => i === b && j === c ? value : right[i]![j]!);
    }
  }
}

/** `{ x: [null] float64 } → { y: [null] float64 }`, both differentiable. */
const vector = {
  kind: "array",
  type: { dtype: "float64", shape: [null], differentiable: true },
  hasArrays: true,
} as const;
export const SCHEMAS: Schemas = { inputs: objectNode({ x: vector }), outputs: objectNode({ y: vector }) };

export const float64 = (shape: number[], data: Iterable<number>): NdArray<"float64"> => ({
  dtype: "float64",
  shape,
  data: Float64Array.from(data),
});

/** The endpoints of a function of one vector, from the function and its Jacobian. */
export function functionsOf(
  apply: (x: Float64Array) => Iterable<number>,
  jacobian: (x: Float64Array) => Matrix,
): Required<Omit<GradientFunctions, "differences">> {
  const at = (inputs: unknown): Float64Array => {
    const { x } = inputs as { x: unknown };
    if (!isNdArray(x)) throw new TypeError("x is no array");
    return x.data as Float64Array;
  };
  return {
    apply: (inputs) => {
      const y = [...apply(at(inputs))];
      return { y: float64([y.length], y) };
    },
    jacobian: (inputs) => {
      const rows = jacobian(at(inputs));
      return { y: { x: float64([rows.length, at(inputs).length], rows.flatMap((row) => [...row])) } };
    },
    jacobian_vector_product: (inputs, _in, _out, { x: tangent }) => {
      const y = times(jacobian(at(inputs)), tangent!.data as Float64Array);
      return { y: float64([y.length], y) };
    },
    vector_jacobian_product: (inputs, _in, _out, { y: cotangent }) => {
      const rows = jacobian(at(inputs));
      const x = at(inputs).map((_, j) =>
        rows.reduce((sum, row, i) => sum + row[j]! * (cotangent!.data[i] as number), 0)
      );
      return { x: float64([x.length], x) };
    },
  };
}

/** An example at a point near its own, with a mistake in all its derivatives and noise in its values. */
export function noisyCase(example: Example, mistake: Mistake, seed: number, noise = 1e-9) {
  const random = new Random(seed, 100);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const mistakeSeed = random.next();
  const inputs = { x: float64([example.at.length], example.at.map((x) => x + 0.2 * (random.uniform() - 0.5))) };
  const functions = functionsOf(
    (x) => example.apply(x).map((y) => y + noise * normal()),
    (x) => jacobianOf(example, x, mistake, new Random(mistakeSeed)),
  );
  return { functions, inputs };
}
