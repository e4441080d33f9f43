/**
 * The functions of a Tesseract as TypeScript types, all of which follow from its two schemas.
 * @module
 */
import type { z } from "zod";
import type { Abstract } from "./abstract_types.ts";
import type { MaybePromise } from "./exact.ts";
import type { Blocks, EntriesOf, Products, Tangents } from "./path_types.ts";

/** A schema of objects: what `InputSchema` and `OutputSchema` are. */
export type ObjectSchema = z.ZodType<unknown, Record<string, unknown>>;

/**
 * What user code is given of a schema: arrays are `{ dtype, shape, data }`, scalars plain values, defaults are filled
 * in.
 *
 * @example
 * ```ts
 * import { array, type Inputs, type Outputs, z } from "@tesseract/runtime";
 *
 * export const InputSchema = z.object({ a: array([null], "float64") });
 * export const OutputSchema = z.object({ double: array([null], "float64") });
 *
 * export function apply({ a }: Inputs<typeof InputSchema>): Outputs<typeof OutputSchema> {
 *   return { double: a.data.map((x) => 2 * x) };
 * }
 * ```
 */
export type Inputs<Schema extends z.core.$ZodType> = z.output<Schema>;

/**
 * What user code may return for a schema: arrays may also be nested lists or, in one dimension, typed arrays, and what
 * has a default may be left out. `Inputs` has an example.
 */
export type Outputs<Schema extends z.core.$ZodType> = z.input<Schema>;

/**
 * The paths of the differentiable arrays of a schema, exact to a depth of 7.
 *
 * @example
 * ```ts
 * import { differentiable, type Path, scalar, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({
 *   x: differentiable(scalar("float64")),
 *   layers: z.array(z.object({ weight: differentiable(scalar("float64")) })),
 * });
 * const paths: Path<typeof InputSchema>[] = ["x", "layers.[0].weight"]; // "y" would not compile
 * ```
 */
export type Path<Schema extends z.core.$ZodType> = EntriesOf<Schema>["path"];

/**
 * What a function of a Tesseract is given besides its inputs: the run, and ways to log. Its parts are made when they
 * are first used: take them out by name, as a copy (`{ ...context }`) lacks them.
 */
export interface Context {
  /** Names the call in logs and files. */
  readonly runId: string;
  /** Absolute local folder or URI that relative references in the payload start from. */
  readonly inputPath: string;
  /**
   * Absolute local folder or URI that files of this call go to. On the command line nothing is kept of a run, and this
   * is the current directory, unless an output path is given.
   */
  readonly outputPath: string;
  /** Fires when the caller goes away or the time is up. Pass it on, or check it now and then. */
  readonly signal: AbortSignal;
  /**
   * Reports the progress of the call: a fraction from 0 to 1, and what it is doing. A long run over HTTP shows it in
   * its status and its events, the command line as a bar on a terminal. It may be called as often as you like: only the
   * newest report counts, at most twenty times a second. Throws a `TypeError` for another fraction, and for a message
   * that is no string.
   *
   * @example
   * ```ts
   * import { defineTesseract, scalar, z } from "@tesseract/runtime";
   *
   * export default defineTesseract({
   *   InputSchema: z.object({ steps: z.number().int() }),
   *   OutputSchema: z.object({ sum: scalar("float64") }),
   *   apply({ steps }, { progress }) {
   *     let sum = 0;
   *     for (let i = 1; i <= steps; i++) {
   *       sum += 1 / i ** 2;
   *       progress(i / steps, `step ${i} of ${steps}`);
   *     }
   *     return { sum };
   *   },
   * });
   * ```
   */
  readonly progress: (fraction: number, message?: string) => void;
  /**
   * Adds a line to the run's `logs/metrics.csv`. The step is the number of values of the key so far, if none is given.
   * Throws a `TypeError` if the value is not a number.
   */
  readonly logMetric: (key: string, value: number, step?: number) => void;
  /** Writes a value into the run's `logs/parameters.json`, over one of the same key. */
  readonly logParameter: (key: string, value: unknown) => void;
  /** Puts a copy of a file into the run's `logs/artifacts`. */
  readonly logArtifact: (path: string) => void;
}

/** The functions that a Tesseract may define. */
export interface Functions<I extends z.core.$ZodType, O extends z.core.$ZodType> {
  /** The computation itself. */
  apply: (inputs: Inputs<I>, context: Context) => MaybePromise<Outputs<O>>;
  /** The derivatives of `jacOutputs` by `jacInputs`: arrays of shape `[...out.shape, ...in.shape]`. */
  jacobian: (
    inputs: Inputs<I>,
    jacInputs: ReadonlySet<Path<I>>,
    jacOutputs: ReadonlySet<Path<O>>,
    context: Context,
  ) => MaybePromise<Blocks<EntriesOf<O>, EntriesOf<I>>>;
  /** The Jacobian times `tangentVector`, which has an array of the shape of each of `jvpInputs`. */
  jacobianVectorProduct: (
    inputs: Inputs<I>,
    jvpInputs: ReadonlySet<Path<I>>,
    jvpOutputs: ReadonlySet<Path<O>>,
    tangentVector: Tangents<EntriesOf<I>>,
    context: Context,
  ) => MaybePromise<Products<EntriesOf<O>>>;
  /** `cotangentVector`, which has an array of the shape of each of `vjpOutputs`, times the Jacobian. */
  vectorJacobianProduct: (
    inputs: Inputs<I>,
    vjpInputs: ReadonlySet<Path<I>>,
    vjpOutputs: ReadonlySet<Path<O>>,
    cotangentVector: Tangents<EntriesOf<O>>,
    context: Context,
  ) => MaybePromise<Products<EntriesOf<I>>>;
  /** The shapes and dtypes of the outputs from those of the inputs, computing nothing. */
  abstractEval: (abstractInputs: Abstract<I, "output">) => MaybePromise<Abstract<O, "input">>;
}
