/**
 * Destructuring.
 * @module
 */
import { changed } from "./assignments.ts";
import { child, list, nameOf, type Node, nodes } from "./nodes.ts";
import { Unsupported } from "./emitter.ts";
import { Refused } from "./refused.ts";
import type { Rewriter } from "./rewriter.ts";
import type { Handler } from "./syntax.ts";
import { beginsWith, type Marked } from "./text.ts";

/** The elements of a list or an iterable: typed arrays give theirs with derivatives. */
export const arrayPattern: Handler = (rewriter, node) => {
  const parts = list(node, "elements").map((part) => part === null ? "" : target(rewriter, part));
  return `[${parts.join(", ")}${list(node, "elements").at(-1) === null ? "," : ""}]`;
};

export const objectPattern: Handler = (rewriter, node) => {
  // In a declaration or an assignment, sourceOf() converts what the outermost pattern reads; elsewhere nothing does.
  if (!checkedPatterns.has(node) && readsElements(node)) {
    throw new Refused(
      "elements are taken out of an object by number, by a computed name or as the rest here, which cannot be followed " +
        "for typed arrays; take the object apart in a declaration of its own",
      node.start,
    );
  }
  const parts = nodes(node, "properties").map((part) => {
    if (part.type === "RestElement") return `...${target(rewriter, child(part, "argument"))}`;
    const key = child(part, "key"), value = child(part, "value");
    if (nameOf(key) === "buffer" && part["computed"] === false) {
      throw new Refused("the bytes of an array are taken here; write x.buffer instead", part.start);
    }
    const name = rewriter.key(part), made = target(rewriter, value);
    return part["shorthand"] === true && beginsWith(made, name) && !beginsWith(made, `${name}${rewriter.ad}`)
      ? made
      : `${name}: ${made}`;
  });
  return `{${parts.join(", ")}}`;
};

const checkedPatterns = new WeakSet<Node>();

/** Does it name what may be an element of a typed array? */
function readsElements(pattern: Node): boolean {
  if (pattern.type !== "ObjectPattern") return false;
  const parts = nodes(pattern, "properties");
  const named = parts.filter((part) =>
    part.type === "Property" && part["computed"] === false && nameOf(child(part, "key"))
  );
  return parts.some((part) =>
    part.type === "RestElement" ? named.length === 0 : !named.includes(part) && !isText(part)
  );
}

const isText = (part: Node): boolean => {
  const value = child(part, "key")["value"];
  return part["computed"] === false && typeof value === "string" && !/^\d/.test(value);
};

/** The source of a pattern, converted where the pattern may read elements of a typed array. */
export function sourceOf(rewriter: Rewriter, pattern: Node, source: Marked): Marked {
  if (pattern.type !== "ObjectPattern" || !readsElements(pattern)) return source;
  return rewriter.op("objectOf", source);
}

/** Notes that the source of a pattern goes through sourceOf(). */
export function check(pattern: Node): void {
  checkedPatterns.add(pattern);
}

/** What is assigned to: a variable, a pattern, a member. */
export function target(rewriter: Rewriter, node: Node): Marked {
  if (node.type === "AssignmentPattern") {
    return `${target(rewriter, child(node, "left"))} = ${rewriter.make(child(node, "right"))}`;
  }
  if (node.type === "RestElement") return `...${target(rewriter, child(node, "argument"))}`;
  if (node.type === "Identifier" && !rewriter.renamed.has(node) && rewriter.kindOf(node)) throw new Unsupported();
  if (node.type !== "MemberExpression") return rewriter.make(node);
  const object = child(node, "object");
  if (node["computed"] === false || object.type === "Super") return rewriter.member(changed(rewriter, object), node);
  return `${rewriter.op("ref", rewriter.make(object), rewriter.make(child(node, "property")))}.v`;
}
