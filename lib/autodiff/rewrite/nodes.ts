/**
 * The syntax tree that acorn makes (ESTree), as lib/autodiff uses it.
 * @module
 */
import type { Node as AcornNode } from "acorn";

/** A node of any type, with the fields that ESTree defines for its type. */
export interface Node extends AcornNode {
  readonly [field: string]: unknown;
}

export const isNode = (x: unknown): x is Node =>
  typeof x === "object" && x !== null && typeof (x as Node).type === "string";

/** The node in a field; only where ESTree has one. */
export const child = (node: Node, field: string): Node => node[field] as Node;
export const optional = (node: Node, field: string): Node | null => (node[field] ?? null) as Node | null;
export const list = (node: Node, field: string): readonly (Node | null)[] => node[field] as (Node | null)[];
export const nodes = (node: Node, field: string): readonly Node[] =>
  list(node, field).filter((part): part is Node => part !== null);

/** All nodes directly in a node, in the order of the text. They are cached. */
export function childrenOf(node: Node): readonly Node[] {
  const kept = (node as WithChildren)[CHILDREN];
  // A node made from another one, as `{ ...node, … }`, has the cache of that one: not valid for it.
  if (kept?.of === node) return kept.found;
  const found = findChildren(node);
  (node as WithChildren)[CHILDREN] = { of: node, found };
  return found;
}

const CHILDREN: unique symbol = Symbol("children");

interface WithChildren {
  [CHILDREN]?: { readonly of: object; readonly found: readonly Node[] };
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
