/**
 * The syntax tree that acorn makes (ESTree), as lib/autodiff uses it.
 * @module
 */
import type { Node as AcornNode } from "acorn";

/** A node of any type, with the fields that ESTree defines for its type. */
export interface Node extends AcornNode {
  readonly [field: string]: unknown;
}

const isNode = (x: unknown): x is Node => typeof x === "object" && x !== null && typeof (x as Node).type === "string";

/** The node in a field; only where ESTree has one. */
export const child = (node: Node, field: string): Node => node[field] as Node;
export const optional = (node: Node, field: string): Node | null => (node[field] ?? null) as Node | null;
export const list = (node: Node, field: string): readonly (Node | null)[] => node[field] as (Node | null)[];
export const nodes = (node: Node, field: string): readonly Node[] =>
  list(node, field).filter((part): part is Node => part !== null);

const children = new WeakMap<Node, readonly Node[]>();

/** All nodes directly in a node, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  const known = children.get(node);
  if (known) return known;
  const found = findChildren(node);
  children.set(node, found);
  return found;
}

function findChildren(node: Node): Node[] {
  const found: Node[] = [];
  for (const field in node) {
    const value = node[field];
    // A shorthand property has its name twice, at the same place.
    if (field === "key" && node["shorthand"] === true) continue;
    if (isNode(value)) found.push(value);
    else if (Array.isArray(value)) found.push(...value.filter(isNode));
  }
  return found.sort((a, b) => a.start - b.start);
}

export const isFunction = (node: Node): boolean =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";

/** A name, if the node is one. */
export const nameOf = (node: Node | null): string | undefined =>
  node?.type === "Identifier" ? node["name"] as string : undefined;

/** The name of a member `o.name`. */
export const memberName = (node: Node): string | undefined =>
  node.type === "MemberExpression" && node["computed"] === false ? nameOf(child(node, "property")) : undefined;

/** Calls `visit` for a node and all nodes in it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const part of childrenOf(node)) walk(part, visit);
}

/** What a chain of members begins with; it goes on through the calls for which `follows` says so. */
export function rootOf(node: Node, follows: (call: Node) => boolean = () => false): Node {
  if (node.type === "MemberExpression") return rootOf(child(node, "object"), follows);
  return node.type === "CallExpression" && follows(node) ? rootOf(child(node, "callee"), follows) : node;
}

/** The expression that a function returns, if it does nothing else. */
export function returnedBy(f: Node): Node | undefined {
  const body = child(f, "body");
  if (body.type !== "BlockStatement") return body;
  const [only, ...others] = nodes(body, "body");
  return only?.type === "ReturnStatement" && others.length === 0 ? optional(only, "argument") ?? undefined : undefined;
}

/** The names and members that a pattern assigns to, or the names that it declares. */
function targetsIn(pattern: Node): Node[] {
  switch (pattern.type) {
    case "ObjectPattern":
      return nodes(pattern, "properties").flatMap((part) =>
        targetsIn(part.type === "RestElement" ? part : child(part, "value"))
      );
    case "ArrayPattern":
      return nodes(pattern, "elements").flatMap(targetsIn);
    case "AssignmentPattern":
      return targetsIn(child(pattern, "left"));
    case "RestElement":
      return targetsIn(child(pattern, "argument"));
    default:
      return [pattern];
  }
}

/** The names that a pattern declares, or assigns to. */
export const namesIn = (pattern: Node): Node[] => targetsIn(pattern).filter(({ type }) => type === "Identifier");

/** The names and members that a node assigns to, counts up or down, or deletes. */
export function targetsOf(node: Node): Node[] {
  switch (node.type) {
    case "AssignmentExpression":
    case "ForOfStatement":
    case "ForInStatement": {
      const left = child(node, "left");
      return left.type === "VariableDeclaration" ? [] : targetsIn(left);
    }
    case "UpdateExpression":
      return [child(node, "argument")];
    case "UnaryExpression": {
      if (node["operator"] !== "delete") return [];
      const argument = child(node, "argument");
      return [argument.type === "ChainExpression" ? child(argument, "expression") : argument];
    }
    default:
      return [];
  }
}
