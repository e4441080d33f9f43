/**
 * The helpers by which module authors make derivatives. The code of each is loaded at the first call of its function.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Context } from "../api/functions.ts";
import type { DerivedBlocks, DerivedProducts, Jacobian, Product, Vectors } from "./function_types.ts";

const products = () => importLater<typeof import("./jacobian_products.ts")>("gradients/jacobian_products.ts");

/**
 * The `jacobianVectorProduct` of a module from its `jacobian`: `Σ J·v` over the inputs, in float64.
 *
 * For functions of real numbers only: complex arrays throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, type Context, defineTesseract, differentiable, type Inputs, jvpFromJacobian, ndarray, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({ x: differentiable(array([2], "float64")) });
 * const OutputSchema = z.object({ y: differentiable(array([2], "float64")) });
 *
 * const jacobian = ({ x: { data: [a, b] } }: Inputs<typeof InputSchema>) => ({ y: { x: [[b!, a!], [1, 0]] } });
 * const tesseract = defineTesseract({
 *   InputSchema,
 *   OutputSchema,
 *   apply: ({ x: { data: [a, b] } }) => ({ y: [a! * b!, a!] }),
 *   jacobian,
 *   jacobianVectorProduct: jvpFromJacobian(jacobian),
 * });
 *
 * const vector = (...data: number[]) => ndarray("float64", [2], data);
 * const product = await jvpFromJacobian(jacobian)(
 *   { x: vector(3, 5) },
 *   new Set(["x"]),
 *   new Set(["y"]),
 *   { x: vector(1, 10) },
 *   {} as Context,
 * );
 * assert.deepEqual(product, { y: vector(35, 1) });
 * assert(tesseract.jacobianVectorProduct);
 * ```
 */
export function jvpFromJacobian<In, P extends string, Q extends string>(
  jacobian: Jacobian<In, P, Q, unknown>,
): Product<In, P, Q, Vectors, Promise<DerivedProducts<Q>>> {
  return async (inputs, by, of, tangents, context) => {
    const { timesTangents } = await products();
    return timesTangents(await jacobian(inputs, by, of, context), tangents, by, of) as DerivedProducts<Q>;
  };
}

/**
 * The `vectorJacobianProduct` of a module from its `jacobian`: `Σ w·J` over the outputs, in float64.
 *
 * For functions of real numbers only: complex arrays throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, ndarray, vjpFromJacobian } from "@tesseract/runtime";
 *
 * const jacobian = ({ x }: { x: number }) => ({ y: { x: [1, 2 * x] } }); // of y = (x, x²)
 * const vectorJacobianProduct = vjpFromJacobian(jacobian);
 *
 * const product = await vectorJacobianProduct({ x: 3 }, new Set(["x"]), new Set(["y"]), { y: [1, 10] }, {} as Context);
 * assert.deepEqual(product, { x: ndarray("float64", [], [61]) });
 * ```
 */
export function vjpFromJacobian<In, P extends string, Q extends string>(
  jacobian: Jacobian<In, P, Q, unknown>,
): Product<In, P, Q, Vectors, Promise<DerivedProducts<P>>> {
  return async (inputs, by, of, cotangents, context) => {
    const { timesCotangents } = await products();
    return timesCotangents(await jacobian(inputs, by, of, context), cotangents, by, of) as DerivedProducts<P>;
  };
}

/**
 * The `jacobian` of a module from its `jacobianVectorProduct`: one product for each element of the inputs asked for.
 *
 * A tangent has the dtype of its input, float64 for a scalar; a block has the dtype of the products that it is made
 * from. For real floating-point inputs only: others throw a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, jacobianFromJvp, type NdArray, ndarray } from "@tesseract/runtime";
 *
 * // y = a·x
 * const jacobianVectorProduct = (
 *   { a }: { a: number; x: NdArray<"float32"> },
 *   _inputs: ReadonlySet<"x">,
 *   _outputs: ReadonlySet<"y">,
 *   { x: tangent }: { x?: NdArray<"float32"> },
 * ) => ({ y: tangent!.data.map((t) => a * t) });
 * const jacobian = jacobianFromJvp(jacobianVectorProduct);
 *
 * const x = ndarray("float32", [2], [7, 8]);
 * const result = await jacobian({ a: 3, x }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert.deepEqual(result, { y: { x: ndarray("float32", [2, 2], [3, 0, 0, 3]) } });
 * ```
 */
export function jacobianFromJvp<In, P extends string, Q extends string, V>(
  jvp: Product<In, P, Q, V, unknown>,
): Jacobian<In, P, Q, Promise<DerivedBlocks<P, Q>>> {
  return async (inputs, by, of, context) => {
    const { jacobianOfColumns } = await products();
    const blocks = await jacobianOfColumns(inputs, by, of, (input, tangent) => {
      return jvp(inputs, new Set([input as P]), of, { [input]: tangent } as V, context);
    });
    return blocks as DerivedBlocks<P, Q>;
  };
}

/**
 * The `jacobian` of a module from its `vectorJacobianProduct`: one product for each element of the outputs asked for.
 *
 * The shapes of the outputs come from `outputs`: the module's `apply`, called once with the same inputs, or anything
 * cheaper that returns an array, or only its `{ shape }`, at the paths of the outputs. Cotangents are float64; a block
 * has the dtype of the products that it is made from. For functions of real numbers only: complex arrays throw a
 * `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, jacobianFromVjp, type NdArray, ndarray } from "@tesseract/runtime";
 *
 * // y = a·x
 * const vectorJacobianProduct = (
 *   { a }: { a: number; x: NdArray<"float64"> },
 *   _inputs: ReadonlySet<"x">,
 *   _outputs: ReadonlySet<"y">,
 *   { y: cotangent }: { y?: NdArray<"float64"> },
 * ) => ({ x: cotangent!.data.map((w) => a * w) });
 * const jacobian = jacobianFromVjp(vectorJacobianProduct, ({ x }) => ({ y: { shape: x.shape } }));
 *
 * const x = ndarray("float64", [2], [7, 8]);
 * const result = await jacobian({ a: 3, x }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert.deepEqual(result, { y: { x: ndarray("float64", [2, 2], [3, 0, 0, 3]) } });
 * ```
 */
export function jacobianFromVjp<In, P extends string, Q extends string, V>(
  vjp: Product<In, P, Q, V, unknown>,
  outputs: (inputs: In, context: Context) => unknown,
): Jacobian<In, P, Q, Promise<DerivedBlocks<P, Q>>> {
  return async (inputs, by, of, context) => {
    const { jacobianOfRows } = await products();
    const blocks = await jacobianOfRows(inputs, await outputs(inputs, context), by, of, (output, cotangent) => {
      return vjp(inputs, by, new Set([output as Q]), { [output]: cotangent } as V, context);
    });
    return blocks as DerivedBlocks<P, Q>;
  };
}

/** How derivatives are approximated. */
export interface DifferenceOptions {
  /**
   * - `central` (default): `(f(x + eps·e) − f(x − eps·e)) / 2eps`; the error falls with `eps²`.
   * - `forward`: `(f(x + eps·e) − f(x)) / eps`; half the calls of `apply`, the error falls with `eps`.
   * - `stochastic`: central differences with all elements moved at once, by ±eps at random, averaged over `samples`:
   *   2·`samples` calls of `apply`, however many elements there are, for a noisy estimate without bias (J. C. Spall,
   *   Multivariate stochastic approximation using a simultaneous perturbation gradient approximation, IEEE
   *   Transactions on Automatic Control 37 (1992), 332–341).
   */
  readonly method?: "central" | "forward" | "stochastic";
  /** The step, in the unit of the input: one for all inputs, or one for each path that is differentiated. */
  readonly eps: number | Readonly<Record<string, number>>;
  /** How many random directions `stochastic` averages over; 100 by default. */
  readonly samples?: number;
  /** Of `stochastic`, 0 by default: the same seed gives the same directions. */
  readonly seed?: number;
}

/** The three derivatives of a module. */
export interface FiniteDifferences<In> {
  readonly jacobian: Jacobian<In, string, string, Promise<DerivedBlocks<string, string>>>;
  readonly jacobianVectorProduct: Product<In, string, string, Vectors, Promise<DerivedProducts<string>>>;
  readonly vectorJacobianProduct: Product<In, string, string, Vectors, Promise<DerivedProducts<string>>>;
}

/**
 * All three derivatives of a module from its `apply` alone, by finite differences.
 *
 * `jacobianVectorProduct` moves the inputs along the tangent, so that the largest move of an element is `eps`: one
 * difference for all inputs with the same step, with every method (`stochastic` takes a central one: no random
 * direction is as good as the one that is asked for). The elements of the differences are computed in float64 from the
 * steps that the dtype of the input really made. Throws a `TypeError` for options that make no sense, and, when a
 * derivative is asked for, for inputs that are no real floating-point numbers.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Context, finiteDifferences } from "@tesseract/runtime";
 *
 * const apply = ({ x }: { x: number }) => ({ y: x ** 3 });
 * const { jacobian } = finiteDifferences(apply, { eps: 1e-5 });
 *
 * const { y } = await jacobian({ x: 2 }, new Set(["x"]), new Set(["y"]), {} as Context);
 * assert(Math.abs(y!["x"]!.data[0]! - 12) < 1e-8);
 * ```
 */
export function finiteDifferences<In>(
  apply: (inputs: In, context: Context) => unknown,
  options: DifferenceOptions,
): FiniteDifferences<In> {
  checkOptions(options);
  const load = async () => {
    const { DifferenceFunctions } = await importLater<typeof import("./finite_differences.ts")>(
      "gradients/finite_differences.ts",
    );
    return new DifferenceFunctions(apply as (inputs: unknown, context: Context) => unknown, options);
  };
  const calling = (name: keyof FiniteDifferences<In>) => async (...args: readonly unknown[]) =>
    ((await load())[name] as (...args: readonly unknown[]) => unknown)(...args);
  const functions = {
    jacobian: calling("jacobian"),
    jacobianVectorProduct: calling("jacobianVectorProduct"),
    vectorJacobianProduct: calling("vectorJacobianProduct"),
  };
  for (const f of Object.values(functions)) differences.add(f);
  return functions as unknown as FiniteDifferences<In>;
}

const differences = new WeakSet<object>();

/** Is a function one that `finiteDifferences` made? */
export const isDifference = (f: unknown): boolean => typeof f === "function" && differences.has(f);

function checkOptions(options: DifferenceOptions): void {
  // Authors who write JavaScript are not told by the compiler.
  const { method = "central", eps, samples = 1 }: Partial<DifferenceOptions> = options ?? {};
  if (eps === undefined || eps === null) {
    throw new TypeError("finiteDifferences needs a step: finiteDifferences(apply, { eps: 1e-4 })");
  }
  if (!["central", "forward", "stochastic"].includes(method)) {
    throw new TypeError(`there is no method '${method}': it is central, forward or stochastic`);
  }
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new TypeError("samples must be a whole number of at least 1");
  }
  for (const step of typeof eps === "number" ? [eps] : Object.values(eps)) {
    if (!(step > 0 && Number.isFinite(step))) {
      throw new TypeError(`a step must be a finite number above 0, not ${step}`);
    }
  }
}
