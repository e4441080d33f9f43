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
  // Rounded as the dtype of the input rounds.
  const moved = (by: number) => {
    const values = array.values.slice();
    values[position]! += by;
    return values;
  };
  const ahead = moved(eps), behind = moved(-eps), step = ahead[position]! - behind[position]!;
  // The same point twice: nothing to evaluate.
  if (step === 0) return { step, of: (_output: string, rows: readonly number[]) => new Float64Array(rows.length) };

  const there = await probe.outputsWith([[array, ahead]]);
  const changes = minus(there, await probe.outputsWith([[array, behind]]));
  const of = (output: string, rows: readonly number[]) => {
    const { data } = changes.get(output)!;
    return Float64Array.from(rows, (row) => data[row]! / step);
  };
  return { step, of };
}
