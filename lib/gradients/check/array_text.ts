import type { RealArray } from "../real_array.ts";

/** The most digits after the point. */
const PRECISION = 8;
const LINE_WIDTH = 75;
/** Arrays with more elements are shortened to `EDGE` items at both ends of each dimension. */
const THRESHOLD = 1000;
const EDGE = 3;

/**
 * An array as NumPy prints it, which is how the Python runtime's reports show arrays: `[1. 0.5 0. ]`. `dtype` says how
 * many digits its numbers have.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(arrayText({ shape: [2], data: Float64Array.of(1.5, 12) }, "float64"), "[ 1.5 12. ]");
 * assert.equal(arrayText({ shape: [], data: Float64Array.of(99) }, "float32"), "99.0");
 * ```
 */
export function arrayText({ shape, data }: RealArray, dtype: string): string {
  if (shape.length === 0) return scalarText(data[0]!, dtype);
  if (data.length === 0) return "[]";
  const shorten = data.length > THRESHOLD;
  const shown = positions(shape, shorten).map((i) => data[i]!);
  const format = formatFor(shown, dtype);
  const lines = (axis: number, offset: number, width: number, indent: number): string => {
    const size = shape[axis]!;
    const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    const last = axis === shape.length - 1;
    const items = shownIndices(size, shorten).map((i) => {
      if (i === undefined) return "...";
      return last ? format(data[offset + i]!) : lines(axis + 1, offset + i * stride, width - 1, indent + 1);
    });
    if (last) return `[${wrapped(items, width, indent + 1)}]`;
    return `[${items.join("\n".repeat(shape.length - 1 - axis) + " ".repeat(indent + 1))}]`;
  };
  return lines(0, 0, LINE_WIDTH, 0);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The indices of a dimension that are shown; `undefined` stands for those left out between them. */
function shownIndices(size: number, shorten: boolean): (number | undefined)[] {
  if (!shorten || size <= 2 * EDGE) return range(0, size);
  return [...range(0, EDGE), undefined, ...range(size - EDGE, size)];
}

/** The positions that are shown. */
function positions(shape: readonly number[], shorten: boolean): number[] {
  let found = [0];
  for (const size of shape) {
    const indices = shownIndices(size, shorten).filter((i) => i !== undefined);
    found = found.flatMap((position) => indices.map((i) => position * size + i));
  }
  return found;
}

function wrapped(items: readonly string[], width: number, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line !== "" && indent + line.length + 1 + item.length > width - 1) {
      lines.push(line.trimEnd());
      line = item;
    } else line = line === "" ? item : `${line} ${item}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

/** The shortest decimal form that reads as the same number of this dtype: digits and exponent of ten. */
function shortest(x: number, dtype: string): [digits: string, exponent: number] {
  const round = dtype === "float32" ? Math.fround : dtype === "float16" ? Math.f16round : (y: number) => y;
  const target = round(Math.abs(x));
  let text = target.toExponential();
  if (dtype !== "float64") {
    for (let digits = 0; digits < 10; digits++) {
      text = target.toExponential(digits);
      if (round(Number(text)) === target) break;
    }
  }
  return split(text);
}

const special = (x: number): string => Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

/** One number, as Python prints it. */
function scalarText(x: number, dtype: string): string {
  if (!Number.isFinite(x)) return special(x);
  const [digits, exponent] = shortest(x, dtype);
  const sign = isNegative(x) ? "-" : "";
  if (x !== 0 && Math.abs(x) < 1e-4 || exponent >= 16) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}e${exponentText(exponent)}`;
  }
  const [whole, fraction] = placed(digits, exponent);
  return `${sign}${whole}.${fraction || "0"}`;
}

const exponentText = (exponent: number): string =>
  `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;

/** Digits with the point in its place: before it, and after it. */
function placed(digits: string, exponent: number): [string, string] {
  if (exponent < 0) return ["0", "0".repeat(-exponent - 1) + digits.replace(/^0+$/, "")];
  const padded = digits.padEnd(exponent + 1, "0");
  return [padded.slice(0, exponent + 1), padded.slice(exponent + 1)];
}

/** How the numbers of one array are printed: all with as many digits as the one that needs most, points aligned. */
function formatFor(values: readonly number[], dtype: string): (x: number) => string {
  const finite = values.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((x) => x !== 0);
  const [least, most] = [sizes.reduce((a, b) => Math.min(a, b), Infinity), sizes.reduce((a, b) => Math.max(a, b), 0)];
  const exponential = sizes.length > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000);
  const parts = (x: number): { whole: string; fraction: string; tail: string } => {
    let [digits, exponent] = shortest(x, dtype);
    const kept = exponential ? PRECISION : exponent + PRECISION;
    if (digits.length > kept + 1) {
      [digits, exponent] = split(exponential ? Math.abs(x).toExponential(PRECISION) : fixedOf(x));
    }
    const [whole, fraction] = exponential ? [digits[0]!, digits.slice(1)] : placed(digits, exponent);
    return {
      whole: (isNegative(x) ? "-" : "") + whole,
      fraction: fraction.replace(/0+$/, ""),
      tail: exponential ? `e${exponentText(exponent)}` : "",
    };
  };
  const all = finite.map(parts);
  const wholeWidth = Math.max(...all.map(({ whole }) => whole.length), 0);
  const fractionWidth = Math.max(...all.map(({ fraction }) => fraction.length), 0);
  const odd = values.filter((x) => !Number.isFinite(x)).map((x) => special(x).length);
  const tailWidth = Math.max(...all.map(({ tail }) => tail.length), 0);
  const width = Math.max(wholeWidth + 1 + fractionWidth + tailWidth, ...odd);
  return (x) => {
    if (!Number.isFinite(x)) return special(x).padStart(width);
    const { whole, fraction, tail } = parts(x);
    if (exponential) {
      // here all have the same number of digits, beyond those that tell a number from its neighbours
      const digits = Math.abs(x).toExponential(fractionWidth).split("e")[0]!;
      return `${isNegative(x) ? "-" : ""}${fractionWidth === 0 ? `${digits}.` : digits}${tail}`.padStart(width);
    }
    return `${whole}.${fraction.padEnd(fractionWidth)}`.padStart(width);
  };
}

/** A number rounded to the digits after the point that are printed. */
const fixedOf = (x: number): string => Number(Math.abs(x).toFixed(PRECISION)).toExponential();

function split(text: string): [string, number] {
  const [mantissa, exponent] = text.split("e") as [string, string];
  return [mantissa.replace(".", ""), Number(exponent)];
}
