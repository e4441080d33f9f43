import { type ArrayType, sizeOf } from "../arrays/ndarray.ts";
import { nest } from "../arrays/number_list.ts";
import { checkKeywords } from "./json_checks.ts";
import { asJson } from "./json_default.ts";
import { parseDimension } from "./named_sizes.ts";
import { inputSide, type LeafNode, type Node } from "./node.ts";
import { STRING_FORMATS } from "./string_formats.ts";

/** The size of dimensions that the type does not fix: `null` and names. */
const SIZE = 3;

/**
 * An example of what a schema takes, as JSON: the first of its `examples`, its default, or a value that is made up.
 * Optional fields are left out. Patterns and refinements are ignored, so it may be invalid.
 */
export function exampleValue(node: Node): unknown {
  if (node.examples?.length) return asJson(node.examples[0]);
  switch (node.kind) {
    case "array":
      return exampleArray(node.type);
    case "object": {
      const present = [...node.fields].filter(([, field]) => field.kind !== "optional");
      return Object.fromEntries(present.map(([name, field]) => [name, exampleValue(field)]));
    }
    case "list": {
      const { minItems = 1 } = checkKeywords(node);
      return Array.from({ length: Number(minItems) }, () => exampleValue(node.item));
    }
    case "tuple":
      return node.items.map(exampleValue);
    case "record": {
      const keys = node.required.length > 0 ? node.required : [String(exampleValue(node.key))];
      return Object.fromEntries(keys.map((key) => [key, exampleValue(node.value)]));
    }
    case "union":
      // Of a union of nothing but nulls no option is left.
      return node.options[0] === undefined ? null : exampleValue(node.options[0]);
    case "default":
      return asJson(node.value()) ?? exampleValue(node.inner);
    case "optional":
    case "nullable":
    case "catch":
      return exampleValue(node.inner);
    case "pipe":
      return exampleValue(inputSide(node));
    case "path":
      return "file.txt";
    case "leaf":
      return exampleLeaf(node);
    default:
      return null;
  }
}

/** Numbers 1, 2, 3 … in nested lists: small enough for every dtype, and no two neighbours alike. */
export function exampleArray({ shape: dimensions, dtype }: Pick<ArrayType, "shape" | "dtype">): unknown {
  const shape = (dimensions ?? [SIZE]).map((dimension) => {
    if (typeof dimension === "number") return dimension;
    return dimension === null ? SIZE : Math.max(0, SIZE + parseDimension(dimension)!.offset);
  });
  const size = sizeOf(shape);
  // The shape of an array without elements cannot be seen from nested lists.
  if (size === 0) return { shape, dtype: dtype ?? "float64", data: { buffer: [], encoding: "json" } };
  return nest(Array.from({ length: size }, (_, i) => dtype === "bool" ? i % 2 === 0 : i % 100 + 1), shape);
}

function exampleLeaf(node: LeafNode): unknown {
  switch (node.type) {
    case "boolean":
      return true;
    case "number":
    case "integer":
      return exampleNumber(node);
    case "string": {
      const { format, minLength = 0, maxLength = Infinity } = checkKeywords(node);
      const { example } = Object.values(STRING_FORMATS).find(({ json }) => json === format) ?? {};
      return example ?? "example".padEnd(Number(minLength), ".").slice(0, Number(maxLength));
    }
    case "literal":
    case "enum":
      return node.values?.[0] ?? null;
    default:
      return null;
  }
}

function exampleNumber(node: LeafNode): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf: step = 1 } = checkKeywords(node) as {
    readonly [keyword: string]: number | undefined;
  };
  const least = Math.max(minimum ?? -Infinity, exclusiveMinimum === undefined ? -Infinity : exclusiveMinimum + step);
  const most = Math.min(maximum ?? Infinity, exclusiveMaximum === undefined ? Infinity : exclusiveMaximum - step);
  if (least > most) return ((exclusiveMinimum ?? minimum ?? 0) + (exclusiveMaximum ?? maximum ?? 0)) / 2;
  const near = Math.min(Math.max(step, least), most);
  const rounded = Math.ceil(near / step) * step;
  return rounded <= most ? rounded : near;
}
