import { type Node, unwrap } from "./node.ts";

/** A key of a record: a number where its schema asks for numbers, since in JSON all keys are strings. */
export function keyValue(key: string, node: Node): unknown {
  const wantsNumber = node.kind === "leaf" &&
    (node.type === "number" || node.type === "integer" || !!node.values?.some((value) => typeof value === "number"));
  return wantsNumber && key.trim() !== "" && !Number.isNaN(Number(key)) && !node.values?.includes(key)
    ? Number(key)
    : key;
}

/** Branch names by kind of node (of leaves: by type): Python's type names, as in the faults of the Python program. */
const BRANCHES: Readonly<Record<string, string>> = {
  list: "list",
  tuple: "tuple",
  record: "dict",
  path: "str",
  integer: "int",
  number: "float",
  string: "str",
  boolean: "bool",
  literal: "literal",
  enum: "literal",
};

/** How a branch of a union is named in the `loc` of its faults. */
export function branchName(option: Node, position: number): string | number {
  const node = unwrap(option);
  if (node.id !== undefined) return node.id;
  return BRANCHES[node.kind === "leaf" ? node.type : node.kind] ?? position;
}
