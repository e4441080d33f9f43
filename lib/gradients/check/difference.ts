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
  // Written to an array of the same type, which rounds them as the input does.
  const points = array.values.slice(position, position + 1);
  const [center] = points as unknown as [number];
  points[0] = center + eps;
  const [ahead] = points as unknown as [number];
  points[0] = center - eps;
  const [behind] = points as unknown as [number];
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
