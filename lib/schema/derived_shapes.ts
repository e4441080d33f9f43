import type { ArrayType } from "../arrays/ndarray.ts";
import { parseDimension } from "./named_sizes.ts";
import { inputSide, type Node } from "./node.ts";
import { formatPath, getPath, type Segment } from "./paths.ts";
import { ShapeDType } from "./validated_values.ts";

/** An `abstractEval`, or why there can be none. */
export type DerivedShapes = { readonly evaluate: (inputs: unknown) => unknown } | { readonly reason: string };

/** Where the size of a name is read: the size of this dimension of the input, less the offset. */
interface Binding {
  readonly path: readonly Segment[];
  readonly axis: number;
  readonly offset: number;
}

/** Makes the part of the outputs under a node. */
type Make = (sizeOf: (name: string) => number) => unknown;

/**
 * The `abstractEval` that follows from the schemas: every output is an array of one dtype whose sizes are numbers or
 * names, each of which some input array has that is always there.
 */
export function deriveShapes(inputs: Node, outputs: Node): DerivedShapes {
  const bindings = new Map<string, Binding>();
  collectBindings(inputs, [], bindings);
  try {
    const make = makerOf(outputs, [], bindings);
    return {
      evaluate: (abstractInputs) =>
        make((name) => {
          const { path, axis, offset } = bindings.get(name)!;
          return (getPath(abstractInputs, path) as ShapeDType).shape[axis]! - offset;
        }),
    };
  } catch (error) {
    if (error instanceof CannotTell) return { reason: error.message };
    throw error;
  }
}

class CannotTell extends Error {}

/** Notes the names of the arrays that all inputs have: none in lists, records, unions, or what may be left out. */
function collectBindings(node: Node, path: readonly Segment[], bindings: Map<string, Binding>): void {
  switch (node.kind) {
    case "array":
      for (const [axis, dimension] of (node.type.shape ?? []).entries()) {
        const named = typeof dimension === "string" ? parseDimension(dimension)! : undefined;
        if (named && !bindings.has(named.name)) bindings.set(named.name, { path, axis, offset: named.offset });
      }
      return;
    case "object":
      for (const [name, field] of node.fields) collectBindings(field, [...path, name], bindings);
      return;
    case "tuple":
      for (const [i, item] of node.items.entries()) collectBindings(item, [...path, i], bindings);
      return;
    case "default":
      return collectBindings(node.inner, path, bindings);
    case "pipe":
      return collectBindings(inputSide(node), path, bindings);
  }
}

function makerOf(node: Node, path: readonly Segment[], bindings: ReadonlyMap<string, Binding>): Make {
  const output = `the output '${formatPath(path)}'`;
  switch (node.kind) {
    case "array":
      return arrayMaker(node.type, output, bindings);
    case "object": {
      const parts = [...node.fields].filter(([, field]) => !isLeftOut(field));
      const fields = parts.map(([name, field]) => [name, makerOf(field, [...path, name], bindings)] as const);
      return (sizeOf) => Object.fromEntries(fields.map(([name, make]) => [name, make(sizeOf)]));
    }
    case "tuple": {
      const items = node.items.map((item, i) => makerOf(item, [...path, i], bindings));
      return (sizeOf) => items.map((make) => make(sizeOf));
    }
    case "pipe":
      return makerOf(inputSide(node), path, bindings);
    case "optional":
    case "nullable":
    case "default":
    case "catch":
      throw new CannotTell(`${output} is not always there`);
    case "list":
    case "record":
      throw new CannotTell(`the schema does not fix how many parts ${output} has`);
    case "leaf":
      if (node.type !== "literal" || node.values?.length !== 1) break;
      return () => node.values![0];
  }
  throw new CannotTell(`${output} is no array`);
}

/** Nothing is lost without it. */
const isLeftOut = (node: Node): boolean => (node.kind === "optional" || node.kind === "default") && !node.hasArrays;

function arrayMaker({ shape, dtype }: ArrayType, output: string, bindings: ReadonlyMap<string, Binding>): Make {
  if (dtype === null) throw new CannotTell(`the schema does not fix the dtype of ${output}`);
  if (shape === null) throw new CannotTell(`the schema does not fix the rank of ${output}`);
  const sizes = shape.map((dimension, axis) => {
    const which = `the size of dimension ${axis} of ${output}`;
    if (dimension === null) throw new CannotTell(`the schema does not fix ${which}`);
    if (typeof dimension === "number") return () => dimension;
    const { name, offset } = parseDimension(dimension)!;
    if (!bindings.has(name)) {
      throw new CannotTell(`${which} is ${dimension}, and no input array that is always there has ${name}`);
    }
    return (sizeOf: (name: string) => number) => sizeOf(name) + offset;
  });
  return (sizeOf) => new ShapeDType(sizes.map((size) => size(sizeOf)), dtype);
}
