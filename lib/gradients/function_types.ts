import type { AnyDerivedArray, DerivedArray } from "../api/path_types.ts";
import type { Context } from "../api/functions.ts";

/** The paths that a derivative is asked for. */
export type Paths = ReadonlySet<string>;

/** A value for each of the paths that were asked for, which are some of `P`. */
export type ByAskedPath<P extends string, T> = string extends P ? Readonly<Record<string, T>>
  : { readonly [path in P]?: T };

/** Products with the Jacobian, by path. */
export type DerivedProducts<P extends string> = ByAskedPath<P, DerivedArray>;

/** The blocks of a Jacobian of outputs `Q` by inputs `P`. */
export type DerivedBlocks<P extends string, Q extends string> = ByAskedPath<Q, ByAskedPath<P, AnyDerivedArray>>;

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
