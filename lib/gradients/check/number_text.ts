/** A number with three digits. */
export function shortNumber(x: number): string {
  const rounded = Number(x.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** Indices as Python writes a tuple: `()`, `(1,)`, `(0, 2)`. */
export function indexText(index: readonly number[]): string {
  return `(${index.join(", ")}${index.length === 1 ? "," : ""})`;
}
