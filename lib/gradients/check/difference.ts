import type { Place } from "../places.ts";
import type { Probe, Values } from "../probe.ts";

/** The derivatives of all outputs by one element of an input, by central differences. */
export interface ElementDifference {
  /** The distance of the two points, which floats round; 0, if the whole step was lost. */
  readonly step: number;
  /** The derivatives of some elements of an output. */
  of(output: string, rows: readonly number[]): Float64Array;
}

/** Evaluates `apply` with one element moved by ± `eps`. */
export async function differenceAt(
  probe: Probe,
  { place, eps }: { readonly place: Place; readonly eps: number },
  position: number,
): Promise<ElementDifference> {
  const by = new Float64Array(place.values.length);
  by[position] = eps;
  if (rounded(place, position, eps) === rounded(place, position, -eps)) {
    // The same point twice: nothing to evaluate.
    return { step: 0, of: (_, rows) => new Float64Array(rows.length) };
  }
  const { outputs, steps } = await probe.across([{ place, by }]);
  const step = steps[0]![position]!;
  return { step, of: (output, rows) => derivatives(outputs, output, rows, step) };
}

function rounded({ values }: Place, position: number, by: number): number {
  const moved = values.slice(position, position + 1);
  moved[0]! += by;
  return moved[0]!;
}

function derivatives(changes: Values, output: string, rows: readonly number[], step: number): Float64Array {
  const { data } = changes.get(output)!;
  const result = new Float64Array(rows.length);
  for (let r = 0; r < rows.length; r++) result[r] = data[rows[r]!]! / step;
  return result;
}
