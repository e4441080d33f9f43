import { copyOf } from "../arrays/ndarray.ts";
import { STOP } from "./marks.ts";

/**
 * A copy of a number, an array, or a list or plain object of them, that counts as a constant in derivatives.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stopGradient } from "@tesseract/runtime";
 *
 * const weights = new Float64Array([1, 2]);
 * const fixed = stopGradient(weights);
 * assert.deepEqual(fixed, weights);
 * assert.notEqual(fixed, weights);
 * ```
 */
export function stopGradient<T>(x: T): T {
  return copyOf(x);
}
Object.defineProperty(stopGradient, STOP, { value: true });
