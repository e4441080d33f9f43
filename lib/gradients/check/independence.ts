import { copyOf } from "../input_array.ts";
import { Probe, type Values } from "../probe.ts";
import { Random } from "../random.ts";
import { randomTangent } from "./line.ts";
import { plannedInputs, type PlannedOutput, plannedOutputs } from "./plan.ts";
import type { GradientFunctions, Schemas } from "./types.ts";

/** How far the elements of an input are moved, relative to their size: further than rounding, not far from the point. */
const STEP = 1 / 64;

/** An input, and the outputs that stay the same to the last bit when all its elements are moved. */
export interface Independence {
  readonly input: string;
  readonly outputs: readonly string[];
}

/**
 * Which differentiable outputs do not depend on which differentiable inputs, at these inputs: one evaluation for each
 * input, in a random direction. Throws whatever `apply` throws at the inputs themselves.
 */
export async function findIndependence(
  functions: Pick<GradientFunctions, "apply">,
  schemas: Schemas,
  inputs: unknown,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<Independence[]> {
  const outputs = plannedOutputs(schemas.outputs, await functions.apply(copyOf(inputs)), {}, seed);
  const probe = new Probe((moved) => functions.apply(moved), inputs, outputs.map(({ path }) => path));
  const random = new Random(seed, 3);
  const found: Independence[] = [];
  for (const { array } of plannedInputs(schemas.inputs, inputs, {}, seed)) {
    if (signal.aborted) break;
    if (array.values.length === 0) continue;
    const by = randomTangent(array, random).map((x) => STEP * x);
    const moved = await probe.evaluate([{ array, by }]).catch(() => undefined); // out of the function's domain
    const same = moved ? outputs.filter((output) => isSame(output, moved.outputs)) : [];
    if (same.length > 0) found.push({ input: array.path, outputs: same.map(({ path }) => path) });
  }
  return found;
}

/** An output without elements depends on nothing, which is no news. */
function isSame({ path, center: { data } }: PlannedOutput, values: Values): boolean {
  const moved = values.get(path)!.data;
  return data.length > 0 && data.length === moved.length && data.every((x, i) => Object.is(x, moved[i]));
}
