import { type ArrayType, isNdArray, sizeOf } from "../../arrays/ndarray.ts";
import type { Node } from "../../schema/node.ts";
import { differentiablePatterns, expandPattern, getPath, parsePath } from "../../schema/paths.ts";
import { type InputArray, inputArrayAt } from "../input_array.ts";
import { Random } from "../random.ts";
import { type FloatDType, isFloat, type RealArray, toRealArray } from "../real_array.ts";
import {
  type CheckOptions,
  GRADIENT_ENDPOINTS,
  type GradientEndpoint,
  type GradientFunctions,
  GradientOptionError,
  NoGradients,
} from "./types.ts";

/** The endpoints to check: those asked for, in their order; by default, all. */
export function plannedEndpoints(
  functions: GradientFunctions,
  asked: readonly string[] | undefined,
): GradientEndpoint[] {
  const defined = GRADIENT_ENDPOINTS.filter((name) => functions[name] !== undefined);
  if (defined.length === 0) {
    throw new NoGradients(
      `the module defines no gradients: none of ${GRADIENT_ENDPOINTS.join(", ")}; ` +
        'derivatives: "auto" makes all of them',
    );
  }
  if (asked === undefined || asked.length === 0) return defined;
  for (const name of asked) {
    if (!defined.some((endpoint) => endpoint === name)) {
      throw new GradientOptionError(
        "endpoints",
        `the module has no endpoint '${name}' to check; it has ${defined.join(", ")}`,
      );
    }
  }
  return [...new Set(asked)] as GradientEndpoint[];
}

/** An input to check. */
export interface PlannedInput {
  readonly array: InputArray;
  /** Positions of the elements to check. */
  readonly elements: readonly number[];
  readonly eps: number;
}

/** An output to check. */
export interface PlannedOutput {
  readonly path: string;
  readonly dtype: FloatDType;
  /** Its value at the inputs. */
  readonly center: RealArray;
  /** Positions of all elements. */
  readonly all: readonly number[];
  /** Positions of the elements that vector-Jacobian products are checked for. */
  readonly elements: readonly number[];
}

/** The paths of all differentiable arrays of a value. */
function differentiablePaths(schema: Node, value: unknown): Map<string, ArrayType> {
  const paths = new Map<string, ArrayType>();
  for (const [pattern, type] of differentiablePatterns(schema)) {
    for (const path of expandPattern(pattern, value)) paths.set(path, type);
  }
  return paths;
}

function chosenPaths(
  all: ReadonlyMap<string, ArrayType>,
  asked: readonly string[] | undefined,
  option: "inputPaths" | "outputPaths" | "epsFor",
): Map<string, ArrayType> {
  if (asked === undefined || asked.length === 0) return new Map(all);
  return new Map(asked.map((path) => {
    const type = all.get(path);
    if (type) return [path, type];
    const what = option === "outputPaths" ? "output" : "input";
    const names = [...all.keys()].map((name) => `'${name}'`).join(", ") || "none";
    throw new GradientOptionError(option, `'${path}' is not a differentiable ${what} here; there are ${names}`);
  }));
}

/** The inputs to check, and their elements. */
export function plannedInputs(
  schema: Node,
  inputs: unknown,
  { inputPaths, eps = 1e-4, epsFor = {}, maxEvals = 1000 }: CheckOptions,
  seed: number,
): PlannedInput[] {
  const all = differentiablePaths(schema, inputs);
  for (const path of Object.keys(epsFor)) chosenPaths(all, [path], "epsFor");
  const arrays = [...chosenPaths(all, inputPaths, "inputPaths")].map(([path, { dtype }]) =>
    inputArrayAt(inputs, path, dtype !== null && isFloat(dtype) ? dtype : "float64")
  );
  const sizes = arrays.map(({ shape }) => sizeOf(shape));
  const counts = elementCounts(sizes, maxEvals);
  const random = new Random(seed);
  return arrays.map((array, i) => ({
    array,
    elements: random.sample(sizes[i]!, counts[i]!),
    eps: Object.hasOwn(epsFor, array.path) ? epsFor[array.path]! : eps,
  }));
}

/**
 * How many elements of each input are checked: as many of `maxEvals` as its share of all elements gives, at least one,
 * none twice.
 */
export function elementCounts(sizes: readonly number[], maxEvals: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size === 0 ? 0 : Math.min(size, Math.max(1, Math.floor(maxEvals * size / total))));
}

/** The outputs to check. */
export function plannedOutputs(
  schema: Node,
  outputs: unknown,
  { outputPaths, maxOutputSamples }: CheckOptions,
  seed: number,
): PlannedOutput[] {
  const random = new Random(seed, 1);
  return [...chosenPaths(differentiablePaths(schema, outputs), outputPaths, "outputPaths").keys()].map((path) => {
    const value = getPath(outputs, parsePath(path)!);
    const dtype = isNdArray(value) ? value.dtype : "float64";
    if (!isFloat(dtype)) throw new TypeError(`'${path}' is ${dtype}; derivatives are of floats only`);
    const center = toRealArray(value, `'${path}'`);
    const size = center.data.length;
    const all = Array.from({ length: size }, (_, i) => i);
    const elements = maxOutputSamples === undefined || maxOutputSamples >= size
      ? all
      : random.sample(size, maxOutputSamples).sort((a, b) => a - b);
    return { path, dtype, center, all, elements };
  });
}
