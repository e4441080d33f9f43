/**
 * The types of the functions that the helpers take and give.
 * @module
 */
import type { Context } from "../api/functions.ts";

/**
 * Arrays by path, as results. The helpers know the paths only when they run, so TypeScript is told that the arrays
 * suit any schema (`never` does); the endpoints check them.
 */
export interface Arrays {
  readonly [path: string]: never;
}

/** A `jacobian` of inputs `In` with the input paths `P` and the output paths `Q`, which returns `R`. */
export type Jacobian<In, P extends string, Q extends string, R> = (
  inputs: In,
  jacInputs: ReadonlySet<P>,
  jacOutputs: ReadonlySet<Q>,
  context: Context,
) => R;

/** A `jacobianVectorProduct`, or a `vectorJacobianProduct`: `V` is what the vector looks like. */
export type Product<In, P extends string, Q extends string, V, R> = (
  inputs: In,
  inputPaths: ReadonlySet<P>,
  outputPaths: ReadonlySet<Q>,
  vector: V,
  context: Context,
) => R;

/** Tangents or cotangents: an array or a number by path. */
export type Vectors = Readonly<Record<string, unknown>>;
