/**
 * The symbols by which the differentiated copy knows functions that have a rule of their own. `mod.ts` loads this, so
 * it imports nothing.
 * @module
 */

/** On a function made by `customDerivative`: its rule. */
export const RULE: unique symbol = Symbol.for("tesseract-runtime.derivative-rule") as never;
/** On a function made by `checkpoint`: the function to run again in the reverse sweep. */
export const CHECKPOINT: unique symbol = Symbol.for("tesseract-runtime.checkpoint") as never;
/** On `stopGradient`. */
export const STOP: unique symbol = Symbol.for("tesseract-runtime.stop-gradient") as never;

/**
 * On an object that calls another Tesseract (lib/client puts it there): its value is a `Connection`. In the copy, calls
 * of the object's `apply` are differentiated by the derivative functions of that connection.
 */
export const CONNECTION: unique symbol = Symbol.for("tesseract-runtime.connection") as never;

/**
 * What the copy asks of the object that calls another Tesseract. All arrays are `{ dtype, shape, data }` or numbers;
 * `options` are those that the author gave to `apply`: the signal and the run id, mostly.
 */
export interface Connection {
  /** The patterns of the differentiable arrays of the other side, as its schemas list them. */
  patterns(...options: unknown[]): Promise<{ readonly inputs: readonly string[]; readonly outputs: readonly string[] }>;
  apply(inputs: unknown, ...options: unknown[]): Promise<unknown>;
  jacobianVectorProduct(
    inputs: unknown,
    inputPaths: readonly string[],
    outputPaths: readonly string[],
    tangents: Readonly<Record<string, unknown>>,
    ...options: unknown[]
  ): Promise<Readonly<Record<string, unknown>>>;
  vectorJacobianProduct(
    inputs: unknown,
    inputPaths: readonly string[],
    outputPaths: readonly string[],
    cotangents: Readonly<Record<string, unknown>>,
    ...options: unknown[]
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** The rule of a function: one of the two directions at least. */
export interface Rule {
  readonly jvp?: ((args: never, tangents: never, result: never) => unknown) | undefined;
  readonly vjp?: ((args: never, cotangent: never, result: never) => unknown) | undefined;
  /** The function that it is the rule of. */
  readonly f?: (...args: never) => unknown;
}
