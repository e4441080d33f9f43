/**
 * Text that is made only to be printed, or for an error that is thrown. Nothing is computed from it, so it may be made
 * of the plain values.
 * @module
 */
import { child, childrenOf, memberName, nameOf, type Node, nodes, optional } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";
import type { Marked } from "./text.ts";

const MAKES_TEXT = new Set(["toFixed", "toPrecision", "toExponential", "toString", "toLocaleString"]);

/** Is it a call of a method of `console`? */
export function isPrint(rewriter: Rewriter, node: Node): boolean {
  const callee = child(node, "callee");
  return memberName(callee) !== undefined && callee["optional"] !== true && node["optional"] !== true &&
    rewriter.passive.isGlobal(child(callee, "object"), "console");
}

const thrown = new WeakSet<Node>();

/** Notes the argument of a `throw`. */
export function noteThrown(node: Node): void {
  thrown.add(child(node, "argument"));
}

export function throwStatement(rewriter: Rewriter, node: Node): Marked {
  noteThrown(node);
  return rewriter.copy(node);
}

/** Is it the `new Error(…)` of a `throw`, or that of a class which extends an error and has no constructor? */
export function isThrownError(rewriter: Rewriter, node: Node): boolean {
  return thrown.has(node) && makesError(rewriter, child(node, "callee"));
}

/** Is it a class of errors that only passes its arguments on to one of JavaScript's, or such a one itself? */
function makesError(rewriter: Rewriter, type: Node | null): boolean {
  if (!type || isError(rewriter, type)) return type !== null;
  const own = rewriter.scopes.classOf(type);
  if (!own || constructorOf(own) || !hasConstantFields(own)) return false;
  return makesError(rewriter, optional(own, "superClass"));
}

/** Is it the name of a class of errors that JavaScript has? */
function isError(rewriter: Rewriter, node: Node): boolean {
  const name = nameOf(node);
  return name !== undefined && name.endsWith("Error") && rewriter.passive.isGlobal(node, name);
}

const membersOf = (type: Node): readonly Node[] => nodes(child(type, "body"), "body");

const constructorOf = (type: Node): Node | undefined => membersOf(type).find((part) => part["kind"] === "constructor");

/** Do the fields of a class read nothing when an object is made? */
const hasConstantFields = (type: Node): boolean =>
  membersOf(type).every((part) =>
    part.type !== "PropertyDefinition" || part["static"] === true ||
    (optional(part, "value")?.type ?? "Literal") === "Literal"
  );

const ofErrors = new WeakSet<Node>();

/** Notes the calls of `super` in the constructor of a class that extends an error. */
export function noteSuper(rewriter: Rewriter, type: Node): void {
  const made = constructorOf(type);
  if (!made || !makesError(rewriter, optional(type, "superClass")) || !hasConstantFields(type)) return;
  const visit = (node: Node): void => {
    if (node.type.startsWith("Class")) return;
    if (node.type === "CallExpression" && child(node, "callee").type === "Super") ofErrors.add(node);
    for (const part of childrenOf(node)) visit(part);
  };
  visit(child(made, "value"));
}

/** Is it `super(…)` of an error? */
export const isErrorSuper = (node: Node): boolean => ofErrors.has(node);

/** An argument of which only the text is seen. */
export function printed(rewriter: Rewriter, node: Node): Marked {
  const inText = (part: Node) => rewriter.op("printed", printed(rewriter, part));
  switch (node.type) {
    case "TemplateLiteral":
      return rewriter.copy(node, new Map(nodes(node, "expressions").map((part) => [part, inText])));
    case "BinaryExpression":
      if (node["operator"] !== "+") break;
      return rewriter.op("add", inText(child(node, "left")), inText(child(node, "right")));
    case "ConditionalExpression":
      return `(${rewriter.condition(child(node, "test"))} ? ${printed(rewriter, child(node, "consequent"))} : ${
        printed(rewriter, child(node, "alternate"))
      })`;
    case "MemberExpression": {
      const name = memberName(node);
      if ((name !== "message" && name !== "stack") || node["optional"] === true) break;
      if (child(node, "object").type !== "Identifier") break;
      return rewriter.op("printedMember", rewriter.make(child(node, "object")), JSON.stringify(name));
    }
    case "CallExpression": {
      const callee = child(node, "callee");
      if (rewriter.passive.isGlobal(callee, "String") && node["optional"] !== true) {
        const [part, ...others] = nodes(node, "arguments");
        if (part === undefined || part.type === "SpreadElement" || others.length > 0) break;
        return rewriter.op("c", rewriter.make(callee), "void 0", inText(part));
      }
      const name = memberName(callee) ?? "";
      if (!MAKES_TEXT.has(name) || callee["optional"] === true || node["optional"] === true) break;
      if (child(callee, "object").type === "Super") break;
      return rewriter.op(
        "m",
        rewriter.op("printed", rewriter.make(child(callee, "object"))),
        JSON.stringify(name),
        ...nodes(node, "arguments").map((part) => rewriter.make(part)),
      );
    }
  }
  return rewriter.make(node);
}
