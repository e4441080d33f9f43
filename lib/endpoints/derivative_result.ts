/**
 * Checks of what the user's derivatives return: the keys, the shapes and that they hold numbers.
 * @module
 */
import { toArray } from "../arrays/coerce.ts";
import { ArrayFault, inWords, orFault } from "../arrays/fault.ts";
import { ANY_ARRAY, type ArrayType, isNdArray, type NdArray, type Shape } from "../arrays/ndarray.ts";
import { describeFault, quotedNames } from "../schema/messages.ts";
import { describeMismatch, type NamedSizes } from "../schema/named_sizes.ts";
import { BadResult } from "./bad_result.ts";

/** The entries of a result, which must have exactly the keys asked for. */
export function entriesOf(result: unknown, asked: Iterable<string>, what: string): Record<string, unknown> {
  if (typeof result !== "object" || result === null || Array.isArray(result) || ArrayBuffer.isView(result)) {
    throw new BadResult(`${what} is ${inWords(result)}; expected an object with the keys ${quotedNames(asked)}`);
  }
  const wanted = new Set(asked);
  const entries = Object.entries(result).filter(([, value]) => value !== undefined);
  const keys = entries.map(([key]) => key);
  if (keys.length !== wanted.size || !keys.every((key) => wanted.has(key))) {
    throw new BadResult(
      `${what} has the keys ${quotedNames(keys)}; expected ${quotedNames(wanted)}, which is what the call asks for`,
    );
  }
  return Object.fromEntries(entries);
}

/**
 * The array of a result. `dtype`: what it is cast to; `fallback`: the dtype of a plain number or list, which has none.
 * `shape`: the sizes that it must have exactly.
 */
export function arrayOf(
  value: unknown,
  { dtype, fallback }: { dtype: ArrayType["dtype"]; fallback: ArrayType["dtype"] },
  shape: readonly (number | null)[] | null,
  what: string,
): NdArray {
  const hasDType = isNdArray(value) || ArrayBuffer.isView(value);
  const array = orFault(() => toArray(value, { ...ANY_ARRAY, dtype: dtype ?? (hasDType ? null : fallback) }));
  if (array instanceof ArrayFault) {
    throw new BadResult(`${what}: ${describeFault({ type: array.type, loc: [], ctx: array.ctx })}`);
  }
  const found: readonly number[] = array.shape;
  if (shape && (found.length !== shape.length || found.some((size, i) => (shape[i] ?? size) !== size))) {
    throw wrongShape(what, found, shape);
  }
  return array;
}

/** Checks that a named size is the same in all results. `from` names this array in messages about later ones. */
export function bindSizes(sizes: NamedSizes, type: Shape, found: readonly number[], from: string, what: string): void {
  const mismatch = sizes.check(type, found, () => from);
  if (mismatch) throw new BadResult(`${what}: ${describeMismatch(mismatch)}`);
}

export function wrongShape(what: string, found: readonly number[], expected: readonly (number | null)[]): BadResult {
  const words = expected.map((size) => size ?? "any").join(", ");
  return new BadResult(`${what} has the shape [${found.join(", ")}]; expected [${words}]`);
}
