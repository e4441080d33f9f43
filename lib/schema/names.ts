/**
 * Names that validation gives to keys and branches.
 * @module
 */
import { type Node, unwrap } from "./node.ts";

/** A key of a record: a number where its schema asks for numbers, since in JSON all keys are strings. */
export function keyValue(key: string, node: Node): unknown {
  const wantsNumber = node.kind === "leaf" &&
    (node.type === "number" || node.type === "integer" || !!node.values?.some((value) => typeof value === "number"));
  return wantsNumber && key.trim() !== "" && !Number.isNaN(Number(key)) && !node.values?.includes(key)
    ? Number(key)
    : key;
}

/** How a branch of a union is named in the `loc` of its faults. */
export function branchName(option: Node, position: number): string | number {
  const node = unwrap(option);
  if (node.id !== undefined) return node.id;
  switch (node.kind) {
    case "list":
      return "list";
    case "tuple":
      return "tuple";
    case "record":
      return "dict";
    case "path":
      return "str";
    case "leaf":
      switch (node.type) {
        case "integer":
          return "int";
        case "number":
          return "float";
        case "string":
          return "str";
        case "boolean":
          return "bool";
        case "literal":
        case "enum":
          return "literal";
      }
  }
  return position;
}
