/** What the module does wrong with the arrays of a derivative. */

export const MODES = [
  "ok",
  "raise",
  "raise_value_error",
  "wrong_rank",
  "wrong_size",
  "size_one",
  "wrong_dtype",
  "other_dtype",
  "non_numeric",
  "missing_key",
  "extra_key",
  "none",
  "prints",
  "wrong_values",
  "half_wrong",
  "raise_second",
] as const;
export type Mode = (typeof MODES)[number];

/** The module's own class of errors. */
export class SolverError extends Error {
  override name = "SolverError";
}

export interface Float64 {
  readonly dtype: "float64";
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A right array of float64. */
export function float64(shape: readonly number[], data: Iterable<number>): Float64 {
  return { dtype: "float64", shape, data: Float64Array.from(data) };
}

/** Throws or prints, in the modes that do so in every endpoint. `where` is the endpoint's Python name. */
export function misbehave(mode: Mode, where: string): void {
  if (mode === "raise") throw new SolverError(`diverged in ${where}`);
  if (mode === "raise_value_error") throw new Error(`bad value in ${where}`);
  if (mode === "prints") {
    console.log(`printed by ${where}`);
    console.error(`printed to stderr by ${where}`);
    // past console and Deno.stdout, as native code would
    Deno.writeTextFileSync("/dev/fd/1", "written to descriptor 1\n", { append: true, create: false });
  }
}

/** Real numbers as complex ones. */
export function complex128({ shape, data }: Float64) {
  return { dtype: "complex128" as const, shape, data: Float64Array.from([...data].flatMap((x) => [x, 0])) };
}

/** Nested lists of the letter a, of the same shape. */
function letters(shape: readonly number[]): unknown {
  const [n, ...rest] = shape;
  return n === undefined ? "a" : Array.from({ length: n }, () => letters(rest));
}

/** One array of a derivative's result, spoilt. */
export function spoil(mode: Mode, array: Float64): unknown {
  const { shape, data } = array;
  const filled = (sizes: readonly number[], value: number) =>
    float64(sizes, new Float64Array(sizes.reduce((size, n) => size * n, 1)).fill(value));
  switch (mode) {
    case "wrong_rank":
      return { ...array, shape: [1, ...shape] };
    case "wrong_size":
      return filled(shape.map((n) => n + 1), 0);
    case "size_one":
      return filled(shape.map(() => 1), 1);
    case "wrong_dtype":
      return complex128(array);
    case "other_dtype":
      return { dtype: "float32", shape, data: Float32Array.from(data) };
    case "non_numeric":
      return letters(shape);
    default:
      return array;
  }
}

/** A product's result, spoilt: its arrays and its keys. */
export function spoilAll(mode: Mode, result: Readonly<Record<string, Float64>>): unknown {
  if (mode === "none") return null;
  if (mode === "missing_key") return {};
  const spoilt = Object.entries(result).map(([path, array]): [string, unknown] => [path, spoil(mode, array)]);
  if (mode === "extra_key") spoilt.push(["z", spoilt[0]![1]]);
  return Object.fromEntries(spoilt);
}
