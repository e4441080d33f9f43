import { parsePath } from "../../schema/paths.ts";
import { copyOf } from "../../arrays/ndarray.ts";
import { Probe, type Values } from "../probe.ts";
import { Random } from "../random.ts";
import { randomTangent } from "./line.ts";
import { plannedInputs, type PlannedOutput, plannedOutputs } from "./plan.ts";
import type { GradientFunctions, Schemas } from "./types.ts";

/**
 * How far the elements of an input are moved, relative to their size: further than rounding, not far from the point.
 */
const STEP = 1 / 64;

/**
 * The pattern of some inputs, and the patterns of outputs that stay the same to the last bit when the elements of any
 * one of these inputs are changed. (By pattern: that one element of a list does not matter is not worth a warning.)
 */
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
  const all = new Set(outputs.map(({ path }) => patternOf(path)));
  const untouched = new Map<string, Set<string>>();
  for (const { array } of plannedInputs(schemas.inputs, inputs, {}, seed)) {
    if (signal.aborted) break;
    if (array.values.length === 0) continue;
    const by = randomTangent(array, random).map((x) => STEP * x);
    const moved = await probe.evaluate([{ array, by }]).catch(() => undefined); // out of the function's domain
    const touched = moved ? outputs.filter((output) => !isSame(output, moved.outputs)) : outputs;
    const pattern = patternOf(array.path), rest = new Set(untouched.get(pattern) ?? all);
    for (const { path } of touched) rest.delete(patternOf(path));
    untouched.set(pattern, rest);
  }
  return [...untouched].filter(([, rest]) => rest.size > 0).map(([input, rest]) => ({ input, outputs: [...rest] }));
}

/** The pattern of a path: `layers.[].weight` of `layers.[0].weight`. */
const patternOf = (path: string): string =>
  parsePath(path)!.map((step) => typeof step === "string" ? step : typeof step === "number" ? "[]" : "{}").join(".");

/** An output without elements depends on no input, and is not worth a warning. */
function isSame({ path, center: { data } }: PlannedOutput, values: Values): boolean {
  const moved = values.get(path)!.data;
  return data.length > 0 && data.length === moved.length && data.every((x, i) => Object.is(x, moved[i]));
}
