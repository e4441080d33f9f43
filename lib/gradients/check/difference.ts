import type { InputArray } from "../input_array.ts";
import { minus, type Probe } from "../probe.ts";

/**
 * Evaluates `apply` with one element moved by ± `eps`: `of` gives the derivatives of some elements of an output by
 * central differences. `step` is the distance of the two points after rounding; 0 if they are the same.
 */
export async function differenceAt(
  probe: Probe,
  { array, eps }: { readonly array: InputArray; readonly eps: number },
  position: number,
) {
  const rounded = (x: number): number => {
    const [y] = array.values.slice(0, 1).fill(x);
    return y!;
  };
  const center = array.values[position]!, ahead = rounded(center + eps), behind = rounded(center - eps);
  const step = ahead - behind;
  // The same point twice: nothing to evaluate.
  if (step === 0) return { step, of: (_output: string, rows: readonly number[]) => new Float64Array(rows.length) };

  const there = await probe.evaluateWith(array, position, ahead);
  const changes = minus(there, await probe.evaluateWith(array, position, behind));
  const of = (output: string, rows: readonly number[]) => {
    const { data } = changes.get(output)!;
    return Float64Array.from(rows, (row) => data[row]! / step);
  };
  return { step, of };
}
