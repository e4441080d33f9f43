/**
 * What the payloads of the derivative endpoints have in common: inputs, lists of paths, tangents.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { toArray } from "../arrays/coerce.ts";
import { ArrayFault } from "../arrays/fault.ts";
import { type ArrayType, isNdArray } from "../arrays/ndarray.ts";
import type { Fault } from "../schema/faults.ts";
import type { Node, ObjectNode } from "../schema/node.ts";
import { objectNode, vectorNode } from "../schema/node.ts";
import { type PathList, typeAtPath } from "../schema/path_list.ts";
import { differentiablePatterns, getPath, parsePath } from "../schema/paths.ts";

/** The differentiable arrays of a module's inputs and outputs, by pattern. */
export interface Patterns {
  readonly inputs: ReadonlyMap<string, ArrayType>;
  readonly outputs: ReadonlyMap<string, ArrayType>;
}

const known = new WeakMap<TesseractModule, Patterns>();

/** The differentiable arrays of a module. */
export function patternsOf(module: TesseractModule): Patterns {
  let patterns = known.get(module);
  if (!patterns) {
    patterns = { inputs: differentiablePatterns(module.inputs), outputs: differentiablePatterns(module.outputs) };
    known.set(module, patterns);
  }
  return patterns;
}

/** The schema of a payload: `inputs`, `<prefix>_inputs`, `<prefix>_outputs` and, if there is one, the vector. */
export function derivativePayload(
  module: TesseractModule,
  prefix: string,
  vectors: Readonly<Record<string, ReadonlyMap<string, ArrayType>>> = {},
): ObjectNode {
  const { inputs, outputs } = patternsOf(module);
  const fields: Record<string, Node> = {
    inputs: module.inputs,
    [`${prefix}_inputs`]: { kind: "paths", patterns: inputs, hasArrays: false },
    [`${prefix}_outputs`]: { kind: "paths", patterns: outputs, hasArrays: false },
  };
  for (const [name, patterns] of Object.entries(vectors)) fields[name] = vectorNode(patterns);
  return objectNode(fields);
}

/** Is there a fault at or below this field of the payload? */
export const isFaulty = (faults: readonly Fault[], field: string): boolean =>
  faults.some(({ loc }) => loc[0] === field);

/** The sizes of the array at a path of the given inputs; `undefined`, if there is none. */
export function sizesAt(inputs: unknown, path: string): readonly number[] | undefined {
  const value = getPath(inputs, parsePath(path)!);
  if (value === undefined || value === null) return undefined;
  return isNdArray(value) ? value.shape : [];
}

/** Input paths must name something that is there. */
export function checkInputPaths(inputs: unknown, list: PathList, field: string): Fault[] {
  const faults: Fault[] = [];
  for (const [path, position] of list) {
    if (sizesAt(inputs, path) === undefined) {
      const message = `The inputs have no array at '${path}'`;
      faults.push({ type: "value_error", loc: [field, position], input: path, message });
    }
  }
  return faults;
}

/**
 * The arrays of a tangent or cotangent: one for each path, cast to the dtype and the sizes that `typeOf` gives.
 * Replaces them in the payload.
 */
export function checkVector(
  payload: Record<string, unknown>,
  field: string,
  list: PathList,
  typeOf: (path: string) => ArrayType,
): Fault[] {
  const given = payload[field] as Readonly<Record<string, unknown>>;
  const keys = Object.keys(given);
  if (keys.length !== list.size || !keys.every((key) => list.has(key))) {
    const quoted = (paths: Iterable<string>) => [...paths].map((path) => `'${path}'`).join(", ") || "nothing";
    const message = `Expected an array for each of ${quoted(list.keys())}; got ${quoted(keys)}`;
    return [{ type: "value_error", loc: [field], input: given, message }];
  }
  const faults: Fault[] = [];
  const arrays: Record<string, unknown> = {};
  for (const path of list.keys()) {
    const value = given[path];
    try {
      if (value instanceof ArrayFault) throw value;
      arrays[path] = toArray(value, typeOf(path));
    } catch (error) {
      if (!(error instanceof ArrayFault)) throw error;
      faults.push({ type: error.type, loc: [field, path], input: value, ctx: error.ctx });
    }
  }
  payload[field] = arrays;
  return faults;
}

/** The type of a tangent of an input: its dtype, and the sizes of the given input. */
export function tangentType(module: TesseractModule, inputs: unknown, path: string): ArrayType {
  return { ...typeAtPath(patternsOf(module).inputs, path)!, shape: sizesAt(inputs, path)! };
}
