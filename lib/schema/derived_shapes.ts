import type { ArrayType } from "../arrays/ndarray.ts";
import { NamedSizes, parseDimension } from "./named_sizes.ts";
import { inputSide, type Node, partsOf } from "./node.ts";
import { formatPath, type Segment } from "./paths.ts";
import { validate } from "./validate.ts";
import { ShapeDType } from "./validated_values.ts";

/** An `abstractEval`, or why there can be none. */
export type DerivedShapes = { readonly evaluate: (inputs: unknown) => unknown } | { readonly reason: string };

/** Makes the part of the abstract outputs that a node describes, given the sizes of the names in the inputs. */
type Make = (sizes: NamedSizes) => unknown;

/**
 * Derives `abstractEval` from the schemas. That works if every output is an array of fixed dtype, each size of which is
 * a number, or a name that is also in an input array that every call has (given, or by default).
 */
export function deriveShapes(inputs: Node, outputs: Node): DerivedShapes {
  try {
    const make = makerOf(outputs, [], new Set(namesIn(inputs)));
    return {
      evaluate: (abstractInputs) => {
        const sizes = new NamedSizes();
        validate(inputs, abstractInputs, "abstract input", { sizes });
        return make(sizes);
      },
    };
  } catch (error) {
    if (error instanceof CannotTell) return { reason: error.message };
    throw error;
  }
}

class CannotTell extends Error {}

/** The names in the arrays that every input has: not those in lists, records, unions, or optional fields. */
function namesIn(node: Node): string[] {
  if (node.kind === "array") {
    return node.type.shape?.filter((size) => typeof size === "string").map((n) => parseDimension(n)!.name) ?? [];
  }
  return node.kind === "default" ? namesIn(node.inner) : partsOf(node).flatMap(namesIn);
}

function makerOf(node: Node, path: readonly Segment[], known: ReadonlySet<string>): Make {
  const output = `the output '${formatPath(path)}'`;
  switch (node.kind) {
    case "array":
      return arrayMaker(node.type, output, known);
    case "object": {
      const parts = [...node.fields].filter(([, field]) => !isLeftOut(field));
      const fields = parts.map(([name, field]) => [name, makerOf(field, [...path, name], known)] as const);
      return (sizes) => Object.fromEntries(fields.map(([name, make]) => [name, make(sizes)]));
    }
    case "tuple": {
      const items = node.items.map((item, i) => makerOf(item, [...path, i], known));
      return (sizes) => items.map((make) => make(sizes));
    }
    case "pipe":
      return makerOf(inputSide(node), path, known);
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
  throw new CannotTell(`${output} is not an array`);
}

/** Can it be left out of a result without losing an array? */
const isLeftOut = (node: Node): boolean => (node.kind === "optional" || node.kind === "default") && !node.hasArrays;

function arrayMaker({ shape, dtype }: ArrayType, output: string, known: ReadonlySet<string>): Make {
  if (dtype === null) throw new CannotTell(`the schema does not fix the dtype of ${output}`);
  if (shape === null) throw new CannotTell(`the schema does not fix the rank of ${output}`);
  for (const [axis, dimension] of shape.entries()) {
    const which = `the size of dimension ${axis} of ${output}`;
    if (dimension === null) throw new CannotTell(`the schema does not fix ${which}`);
    const name = typeof dimension === "string" ? parseDimension(dimension)!.name : undefined;
    if (name !== undefined && !known.has(name)) {
      throw new CannotTell(`${which} is ${dimension}, and no input array that is always there has ${name}`);
    }
  }
  return (sizes) => new ShapeDType(sizes.resolve(shape) as number[], dtype);
}
