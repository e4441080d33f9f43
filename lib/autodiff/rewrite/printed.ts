/**
 * Text that is made only to be printed, or for an error that is thrown. Nothing is computed from it, so it may be made
 * of the plain values.
 * @module
 */
import { child, memberName, nameOf, type Node, nodes } from "./nodes.ts";
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

/** Is it the `new Error(…)` of a `throw`? */
export function isThrownError(rewriter: Rewriter, node: Node): boolean {
  const callee = child(node, "callee"), name = nameOf(callee);
  return thrown.has(node) && name !== undefined && name.endsWith("Error") && rewriter.passive.isGlobal(callee, name);
}

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
