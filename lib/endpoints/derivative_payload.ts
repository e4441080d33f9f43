/**
 * What the payloads of the derivative endpoints have in common: inputs, lists of paths, tangents.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { toArray } from "../arrays/coerce.ts";
import { ArrayFault } from "../arrays/fault.ts";
import { type ArrayType, isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { type Fault, Faults, type FoundFaults } from "../schema/faults.ts";
import { quotedNames } from "../schema/messages.ts";
import { hasNames, type NamedSizes } from "../schema/named_sizes.ts";
import { type Node, type ObjectNode, objectNode } from "../schema/node.ts";
import type { PathList } from "../schema/path_list.ts";
import { differentiablePatterns, getPath, parsePath, typeAtPath } from "../schema/paths.ts";
import { ShapeDType } from "../schema/validated_values.ts";

/** The schema of a payload: `inputs`, `<prefix>_inputs`, `<prefix>_outputs` and, if there is one, the vector. */
export function derivativePayload(
  { inputs, outputs }: TesseractModule,
  prefix: string,
  vector: Readonly<Record<string, Node>> = {},
): ObjectNode {
  const paths = (node: Node): Node => ({ kind: "paths", patterns: differentiablePatterns(node), hasArrays: false });
  return objectNode({
    inputs,
    [`${prefix}_inputs`]: paths(inputs),
    [`${prefix}_outputs`]: paths(outputs),
    ...vector,
  });
}

/** May there be a fault at or below this field? Faults that are only counted may be anywhere. */
export const isFaulty = ({ faults, omitted }: FoundFaults, field: string): boolean =>
  omitted > 0 || faults.some(({ loc }) => loc[0] === field);

/** The paths in a list that is valid. */
export const pathsIn = (payload: Readonly<Record<string, unknown>>, field: string): ReadonlySet<string> =>
  new Set((payload[field] as PathList).keys());

/** The shape of the array at a path of the given inputs; `undefined` if it is absent. */
export function sizesAt(inputs: unknown, path: string): readonly number[] | undefined {
  const value = getPath(inputs, parsePath(path)!);
  if (value === undefined || value === null) return undefined;
  return isNdArray(value) || value instanceof ShapeDType ? value.shape : [];
}

/** The faults of `<prefix>_inputs` if the inputs are valid: each path must lead to an array in them. */
export function refinePaths(
  payload: Readonly<Record<string, unknown>>,
  prefix: string,
  found: FoundFaults,
): Faults["list"] {
  const field = `${prefix}_inputs`;
  const list = payload[field] as PathList | undefined;
  const faults = new Faults();
  if (isFaulty(found, "inputs") || !list) return faults.list;
  for (const [path, position] of list) {
    if (sizesAt(payload["inputs"], path) !== undefined) continue;
    faults.add("value_error", [field, position], { input: path, message: `The inputs have no array at '${path}'` });
  }
  return faults.list;
}

/**
 * Checks the arrays of a tangent or cotangent, one for each path, and replaces them in the payload by arrays of the
 * dtype and the sizes that `typeOf` gives.
 */
export function checkVector(
  payload: Record<string, unknown>,
  field: string,
  paths: ReadonlySet<string>,
  typeOf: (path: string) => ArrayType,
  sizes: NamedSizes,
): readonly Fault[] {
  const given = payload[field] as Readonly<Record<string, unknown>>;
  const keys = Object.keys(given);
  const faults = new Faults();
  if (keys.length !== paths.size || !keys.every((key) => paths.has(key))) {
    const message = `Expected an array for each of ${quotedNames(paths)}; got ${quotedNames(keys)}`;
    faults.add("value_error", [field], { input: given, message });
    return faults.list;
  }
  const arrays: Record<string, unknown> = {};
  for (const path of paths) {
    const value = given[path];
    try {
      if (value instanceof ArrayFault) throw value;
      arrays[path] = vectorArray(value, typeOf(path), sizes, `${field}.${path}`);
    } catch (error) {
      if (!(error instanceof ArrayFault)) throw error;
      faults.add(error.type, [field, path], { input: value, ctx: error.ctx });
    }
  }
  payload[field] = arrays;
  return faults.list;
}

/** An array of a vector. Unlike in inputs, sizes of 1 are broadcast to a named size, too. */
function vectorArray(value: unknown, type: ArrayType, sizes: NamedSizes, from: string): NdArray {
  const check = (shape: readonly number[]) => {
    const mismatch = sizes.check(type.shape, shape, () => from);
    if (mismatch) throw new ArrayFault("array_shape_mismatch", { ...mismatch });
  };
  try {
    return toArray(value, { ...type, shape: sizes.resolve(type.shape) }, check);
  } catch (error) {
    if (error instanceof ArrayFault && error.type === "array_shape_mismatch" && hasNames(type.shape)) {
      const { actual_shape, expected_shape } = error.ctx as Record<string, number[] | undefined>;
      if (actual_shape && expected_shape) check(actual_shape.map((size, i) => size === 1 ? expected_shape[i]! : size));
    }
    throw error;
  }
}

/** The type of the array at a path: for inputs with the sizes of the given one. */
export function typeAt(
  module: TesseractModule,
  side: "inputs" | "outputs",
  inputs: unknown,
  path: string,
): ArrayType {
  const type = typeAtPath(differentiablePatterns(module[side]), path)!;
  return side === "outputs" ? type : { ...type, shape: sizesAt(inputs, path)! };
}
