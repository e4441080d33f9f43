import { type Complex, DTYPES } from "../arrays/dtypes.ts";
import { indexOf } from "../arrays/fault.ts";
import { elementAt, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { complexText, realText } from "../arrays/numbers.ts";

/** Floats are equal if |obtained − expected| ≤ atol + rtol·|expected|, as in NumPy's `isclose`. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** How many differing elements are listed at most. */
const MOST_ROWS = 100;

/** Are two numbers equal within the tolerance? Of complex numbers the distance counts. NaN equals NaN. */
export function isClose(obtained: number | Complex, expected: number | Complex, { atol, rtol }: Tolerance): boolean {
  if (isSame(obtained, expected)) return true;
  const distance = magnitude(difference(obtained, expected));
  // rtol·|∞| is infinite: without this line ∞ would equal every number.
  if (!Number.isFinite(distance)) return false;
  return distance <= atol + rtol * magnitude(expected);
}

function isSame(a: number | Complex, b: number | Complex): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b || Number.isNaN(a) && Number.isNaN(b);
  const isNaNs = ({ re, im }: Complex) => Number.isNaN(re) || Number.isNaN(im);
  return a.re === b.re && a.im === b.im || isNaNs(a) && isNaNs(b);
}

/** What differs between two arrays of one dtype and shape, in words; `undefined` if nothing does. */
export function compareArrays(obtained: NdArray, expected: NdArray, tolerance: Tolerance): string | undefined {
  const differing = differingElements(obtained, expected, tolerance);
  if (differing.length === 0) return undefined;
  const size = sizeOf(expected.shape);
  const share = (100 * differing.length / size).toFixed(1);
  return [
    `Shape: [${expected.shape.join(", ")}]`,
    `Number of differences: ${differing.length} / ${size} (${share}%)`,
    ...statistics(obtained, expected, differing),
    "Individual differences:",
    ...differing.length > MOST_ROWS ? [`  Only the first ${MOST_ROWS} are shown.`] : [],
    row("Index", "Obtained", "Expected", "Difference"),
    ...differing.slice(0, MOST_ROWS).map((i) => {
      const [a, b] = [elementAt(obtained, i), elementAt(expected, i)];
      return row(indexText(i, expected.shape), text(a), text(b), text(difference(a, b)));
    }),
  ].join("\n");
}

function differingElements(obtained: NdArray, expected: NdArray, tolerance: Tolerance): number[] {
  const isInexact = ["float", "complex"].includes(DTYPES[expected.dtype].kind);
  const differing: number[] = [];
  const size = sizeOf(expected.shape);
  for (let i = 0; i < size; i++) {
    const a = elementAt(obtained, i);
    const b = elementAt(expected, i);
    if (isInexact ? !isClose(a as number, b as number, tolerance) : a !== b) differing.push(i);
  }
  return differing;
}

function statistics(obtained: NdArray, expected: NdArray, differing: readonly number[]): string[] {
  if (DTYPES[expected.dtype].kind === "bool") return [];
  const absolute = new Float64Array(differing.length);
  const relative: number[] = [];
  differing.forEach((i, k) => {
    const element = elementAt(expected, i);
    absolute[k] = magnitude(difference(elementAt(obtained, i), element));
    const size = magnitude(element);
    if (size !== 0) relative.push(absolute[k]! / size);
  });
  const lines = ["Of the elements that differ:", `  Absolute difference: ${summary(absolute)}`];
  if (relative.length === 0) lines.push("  Relative difference: none, all expected values are zero");
  else {
    const among = relative.length < differing.length ? ` (of ${relative.length} that are expected not to be zero)` : "";
    lines.push(`  Relative difference: ${summary(Float64Array.from(relative))}${among}`);
  }
  return lines;
}

function summary(values: Float64Array): string {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `largest ${sorted.at(-1)}, mean ${mean}, median ${median}`;
}

type Element = ReturnType<typeof elementAt>;

/** `obtained − expected`, exact for integers; `undefined` for booleans. */
function difference(obtained: Element, expected: Element): Element | undefined {
  if (typeof obtained === "bigint" && typeof expected === "bigint") return obtained - expected;
  if (typeof obtained === "number" && typeof expected === "number") return obtained - expected;
  if (typeof obtained !== "object" || typeof expected !== "object") return undefined;
  return { re: obtained.re - expected.re, im: obtained.im - expected.im };
}

function magnitude(value: Element | undefined): number {
  return typeof value === "object" ? Math.hypot(value.re, value.im) : Math.abs(Number(value));
}

function text(value: Element | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "object") return complexText(value.re, value.im);
  return typeof value === "number" ? realText(value) : String(value);
}

/** `(1, 0)` for an element of a matrix, `3` for one of a vector, `()` for a scalar. */
function indexText(position: number, shape: readonly number[]): string {
  const index = indexOf(shape, position);
  return index.length === 1 ? String(index[0]) : `(${index.join(", ")})`;
}

function row(index: string, ...columns: readonly string[]): string {
  return [index.padStart(15), ...columns.map((column) => column.padStart(20))].join("  ").trimEnd();
}
