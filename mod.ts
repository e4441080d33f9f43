/**
 * All that a user module imports.
 *
 * @example
 * ```ts
 * import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
 *
 * const vector = () => differentiable(array([null], "float32"));
 *
 * export default defineTesseract({
 *   description: "Multiplies a vector a by s, and adds a vector b.",
 *   InputSchema: z.object({ a: vector(), b: vector(), s: differentiable(scalar("float32")).default(1) }),
 *   OutputSchema: z.object({ result: vector() }),
 *
 *   apply({ a, b, s }) {
 *     return { result: a.data.map((x, i) => s * x + b.data[i]!) };
 *   },
 * });
 * ```
 *
 * @module
 */
export { z } from "zod";
export type { DType } from "./lib/arrays/dtypes.ts";
export type { NdArray, Shape } from "./lib/arrays/ndarray.ts";
export { anyShape, array, differentiable, scalar } from "./lib/schema/array_types.ts";
export { inputPath, outputPath } from "./lib/schema/file_types.ts";
export { defineTesseract, type Tesseract } from "./lib/api/define.ts";
export type { Context, Inputs, Outputs, Path } from "./lib/api/functions.ts";
export { checkpoint } from "./lib/autodiff/checkpoint.ts";
export { customDerivative } from "./lib/autodiff/custom_derivative.ts";
export { stopGradient } from "./lib/autodiff/stop_gradient.ts";
export { requireFile } from "./lib/api/required_files.ts";
export { like, ndarray } from "./lib/api/make_array.ts";
export {
  finiteDifferences,
  jacobianFromJvp,
  jacobianFromVjp,
  jvpFromJacobian,
  vjpFromJacobian,
} from "./lib/gradients/helpers.ts";
