/**
 * Statements, declarations, classes and properties.
 * @module
 */
import { MARK } from "../runtime/kinds.ts";
import { update } from "./assignments.ts";
import { child, isFunction, nameOf, namesIn, type Node, nodes, optional } from "./nodes.ts";
import { check, sourceOf, target } from "./patterns.ts";
import type { Rewriter } from "./rewriter.ts";
import type { Marked } from "./text.ts";

/** An import. In TypeScript an unused name may be a type, which does not exist at run time: it is blanked out. */
export function importDeclaration(rewriter: Rewriter, node: Node): Marked {
  const { source } = rewriter, names = nodes(node, "specifiers");
  const from = child(node, "source");
  if (names.length === 1 && /\.json$/.test(String(from["value"]))) {
    // All that import a JSON file share one object. The copy imports it by another URL than `apply`, and clones it.
    const local = child(names[0]!, "local"), name = nameOf(local)!, given = `${name}${rewriter.ad}`;
    return `${source.slice(node.start, local.start)}${given}${source.slice(local.end, from.end - 1)}?derivatives${
      source.slice(from.end - 1, node.end).replace(/;$/, "")
    }; const ${name} = structuredClone(${given});`;
  }
  const isNeeded = (part: Node) => rewriter.scopes.of(child(part, "local"))!.uses.length > 0;
  if (!rewriter.isTypeScript || !source.slice(node.start, child(node, "source").start).includes("from")) {
    return rewriter.text(node);
  }
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  if (!names.some(isNeeded)) return blank(rewriter.text(node));
  let text = "", at = node.start;
  for (const part of names.filter((part) => part.type !== "ImportNamespaceSpecifier" && !isNeeded(part))) {
    const end = part.end + /^(?:\s*,)?/.exec(source.slice(part.end))![0].length;
    text += source.slice(at, part.start) + blank(source.slice(part.start, end));
    at = end;
  }
  return text + source.slice(at, node.end);
}

export function expressionStatement(rewriter: Rewriter, node: Node): Marked {
  const expression = child(node, "expression");
  const rest = rewriter.source.slice(expression.end, node.end);
  // Brackets around the expression stay.
  const before = rewriter.source.slice(node.start, expression.start);
  if (before !== "") return rewriter.copy(node);
  const original = rewriter.source[node.start]!;
  const made = unused(rewriter, expression);
  return ("([`/+-".includes(original) ? made : rewriter.statement(made)) + rest;
}

/** An expression whose value is not used. */
function unused(rewriter: Rewriter, node: Node): Marked {
  return node.type === "UpdateExpression" ? update(rewriter, node, false) : rewriter.make(node);
}

/** Loops and `if`: conditions depend on values only. */
export function loop(rewriter: Rewriter, node: Node): Marked {
  const how = new Map<Node | null, (part: Node) => Marked>();
  for (const field of ["init", "left"]) if (optional(node, field)) heads.add(child(node, field));
  how.set(optional(node, "test"), (part) => rewriter.condition(part));
  if (node.type === "ForStatement") how.set(optional(node, "update"), (part) => unused(rewriter, part));
  if (node.type === "ForOfStatement" || node.type === "ForInStatement") {
    const left = child(node, "left");
    if (left.type !== "VariableDeclaration") how.set(left, (part) => target(rewriter, part));
  }
  return rewriter.copy(node, how);
}

export function switchStatement(rewriter: Rewriter, node: Node): Marked {
  const how = new Map<Node | null, (part: Node) => Marked>();
  // Compared as by ===: a number by its value, an object as it is.
  const value = (part: Node) => rewriter.passive.is(part) ? rewriter.make(part) : rewriter.op("t", rewriter.make(part));
  how.set(child(node, "discriminant"), value);
  for (const part of nodes(node, "cases")) {
    how.set(
      part,
      (part) => rewriter.copy(part, new Map([[optional(part, "test"), value]])),
    );
  }
  return rewriter.copy(node, how);
}

/** Declarations in the head of a loop: no statement can follow them there. */
const heads = new WeakSet<Node>();

export function declaration(rewriter: Rewriter, node: Node): Marked {
  const text = rewriter.copy(node);
  if (heads.has(node)) return text;
  const names = nodes(node, "declarations").map((part) => child(part, "id")).filter(({ type }) => type !== "Identifier")
    .flatMap(namesIn);
  const notes = rewriter.notes(names);
  return notes === "" ? text : `${text};${notes}`;
}

export function declarator(rewriter: Rewriter, node: Node): Marked {
  const id = child(node, "id"), init = optional(node, "init");
  if (init === null) return rewriter.make(id);
  check(id);
  return `${rewriter.make(id)} = ${sourceOf(rewriter, id, rewriter.make(init))}`;
}

/** A property of an object, a member of a class; in a pattern, objectPattern() sees to it. */
export function property(rewriter: Rewriter, node: Node): Marked {
  const key = child(node, "key"), content = optional(node, "value");
  if (node["shorthand"] === true) {
    const name = rewriter.text(node), made = rewriter.identifier(content!);
    return made === name ? name : `${name}: ${made}`;
  }
  const name = rewriter.key(node);
  const isMethod = node.type === "MethodDefinition" || node["method"] === true ||
    /^[gs]et$/.test(node["kind"] as string);
  if (isMethod && content && isFunction(content)) {
    // `static async *name` stands before the key.
    const words = rewriter.source.slice(node.start, key.start).replace(/\[\s*$/, "");
    return `${words}${name}${rewriter.function(content)}`;
  }
  if (node.type === "Property") return `${name}: ${rewriter.make(content!)}`;
  const words = node["static"] === true ? "static " : "";
  const made = content === null ? "" : ` = ${rewriter.withoutTemporaries(() => rewriter.make(content))}`;
  return `${words}${name}${made};`;
}

/** `{ … }`: what is spread into it may be an active typed array, whose elements then stay active. */
export function object(rewriter: Rewriter, node: Node): Marked {
  const spreads = nodes(node, "properties").filter((part) => part.type === "SpreadElement");
  const how = (part: Node) => `...${rewriter.op("objectOf", rewriter.make(child(part, "argument")))}`;
  return rewriter.copy(node, new Map(spreads.map((part) => [part, how])));
}

export function classOf(rewriter: Rewriter, node: Node): Marked {
  const parent = optional(node, "superClass");
  if (!parent || rewriter.scopes.classOf(parent)) return rewriter.copy(node);
  return rewriter.copy(node, new Map([[parent, (part: Node) => rewriter.op("base", rewriter.make(part))]]));
}

export function classBody(rewriter: Rewriter, node: Node): Marked {
  return `${rewriter.copy(node).slice(0, -1)} static { ${MARK}; } }`;
}
