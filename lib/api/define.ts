import type { z } from "zod";
import type { Abstract } from "./abstract_types.ts";
import type { Exact, Literal, MaybePromise } from "./exact.ts";
import type { Functions, ObjectSchema, Outputs } from "./functions.ts";
import { addInProcess } from "./in_process.ts";
import type { Blocks, EntriesOf, Products } from "./path_types.ts";

/** A Tesseract: its schemas and functions. */
export interface Tesseract<I extends z.core.$ZodType = ObjectSchema, O extends z.core.$ZodType = ObjectSchema>
  extends Pick<Functions<I, O>, "apply">, Partial<Omit<Functions<I, O>, "apply">> {
  readonly description?: string;
  readonly InputSchema: I;
  readonly OutputSchema: O;
  /** `"auto"`: the derivatives that it does not define are made from the code of `apply`. */
  readonly derivatives?: "auto";
}

/** A function of these parameters; what it returns is checked once its type is known. */
type Bound<F extends (...args: never) => unknown> = (...args: Parameters<F>) => MaybePromise<ReturnType<F> | Literal>;

/**
 * Defines a Tesseract: gives the definition back as it is, and types it. Inside the functions the inputs, paths and
 * tangents are typed, and what they return is checked: a wrong dtype or rank, a missing or an extra key do not compile.
 * The compiler's message names the field. It points at the field itself if the function is an arrow function whose body
 * is the result, or declares its return type, `apply({ a, s }): Outputs<typeof OutputSchema> { … }`; else at the name
 * of the function.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
 *
 * const tesseract = defineTesseract({
 *   description: "Multiplies a vector by a scalar.",
 *   InputSchema: z.object({
 *     a: differentiable(array([null], "float64")),
 *     s: scalar("float64").default(1),
 *   }),
 *   OutputSchema: z.object({ result: differentiable(array([null], "float64")) }),
 *
 *   apply({ a, s }) {
 *     return { result: a.data.map((x) => s * x) };
 *   },
 *   jacobianVectorProduct({ s }, _inputs, _outputs, tangentVector) {
 *     return { result: tangentVector.a!.data.map((x) => s * x) };
 *   },
 * });
 *
 * const { result } = tesseract.apply(tesseract.InputSchema.parse({ a: [1, 2], s: 3 }));
 * assert.deepEqual([...result], [3, 6]);
 * ```
 */
export function defineTesseract<
  I extends ObjectSchema,
  O extends ObjectSchema,
  // A type of its own for each function: TypeScript then keeps literals such as "float32" in what it returns
  // (the result is inferred against these bounds), and `Exact` sees the keys that it really has.
  Apply extends Bound<Functions<I, O>["apply"]>,
  Jacobian extends Bound<Functions<I, O>["jacobian"]>,
  Jvp extends Bound<Functions<I, O>["jacobianVectorProduct"]>,
  Vjp extends Bound<Functions<I, O>["vectorJacobianProduct"]>,
  AbstractEval extends Bound<Functions<I, O>["abstractEval"]>,
>(definition: {
  readonly description?: string;
  readonly InputSchema: I;
  readonly OutputSchema: O;
  readonly derivatives?: "auto";
  apply: Exact<Apply, Parameters<Functions<I, O>["apply"]>, Outputs<O>>;
  jacobian?: Exact<Jacobian, Parameters<Functions<I, O>["jacobian"]>, Blocks<EntriesOf<O>, EntriesOf<I>>>;
  jacobianVectorProduct?: Exact<Jvp, Parameters<Functions<I, O>["jacobianVectorProduct"]>, Products<EntriesOf<O>>>;
  vectorJacobianProduct?: Exact<Vjp, Parameters<Functions<I, O>["vectorJacobianProduct"]>, Products<EntriesOf<I>>>;
  // `Abstract` is `unknown` until the schemas are known, which without `NonNullable` would hide the bound's `Literal`.
  abstractEval?: Exact<AbstractEval, Parameters<Functions<I, O>["abstractEval"]>, NonNullable<Abstract<O, "input">>>;
}): Omit<Tesseract<I, O>, "apply"> & { apply: Apply } {
  addInProcess(definition);
  // The bounds leave open what the functions return; with the schemas known, this is their type.
  return definition as unknown as Omit<Tesseract<I, O>, "apply"> & { apply: Apply };
}
