/**
 * Operators, templates and spreads.
 * @module
 */
import { child, type Node, nodes } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";
import { mark, type Marked } from "./text.ts";

/** The operations of arithmetic and comparison. */
export const OPERATIONS: Readonly<Record<string, string | undefined>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "**": "pow",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "===": "eq",
  "!==": "ne",
  "==": "looseEq",
  "!=": "looseNe",
};

export function binary(rewriter: Rewriter, node: Node): Marked {
  const [left, right, operator] = [child(node, "left"), child(node, "right"), node["operator"] as string];
  if (left.type === "PrivateIdentifier") return rewriter.copy(node);
  const plain = rewriter.passive.is(left) && rewriter.passive.is(right);
  if (plain) return rewriter.copy(node);
  if (operator === "in") return `(${rewriter.op("key", rewriter.make(left))} in ${rewriter.operand(right)})`;
  if (operator === "instanceof") return rewriter.op("isInstance", rewriter.make(left), rewriter.make(right));
  if (operator.includes("==") && [left, right].some(operator.length === 3 ? isNoNumber : isNothing)) {
    return `(${rewriter.operand(left)} ${operator} ${rewriter.operand(right)})`;
  }
  const operation = OPERATIONS[operator];
  if (operation !== undefined) return rewriter.op(operation, rewriter.make(left), rewriter.make(right));
  return `(${value(rewriter, left)} ${operator} ${value(rewriter, right)})`;
}

/** Is it surely something that no number is equal to? */
function isNoNumber(node: Node): boolean {
  if (node.type === "Literal") return node["value"] === null || ["string", "boolean"].includes(typeof node["value"]);
  return node.type === "TemplateLiteral" || (node.type === "UnaryExpression" && node["operator"] === "typeof") ||
    (node.type === "Identifier" && node["name"] === "undefined");
}

/** Is it `null` or `undefined`, which no conversion makes equal to another value? */
const isNothing = (node: Node): boolean =>
  (node.type === "Literal" && node["raw"] === "null") || (node.type === "Identifier" && node["name"] === "undefined");

/** The value of a number, without derivative. */
export const value = (rewriter: Rewriter, node: Node): Marked =>
  rewriter.passive.is(node) ? rewriter.operand(node) : rewriter.op("v", rewriter.make(node));

export function unary(rewriter: Rewriter, node: Node): Marked {
  const argument = child(node, "argument"), operator = node["operator"] as string;
  if (operator === "delete") return deletion(rewriter, argument);
  if (operator === "void" || rewriter.passive.is(argument)) return rewriter.copy(node);
  if (operator === "!") return `!${rewriter.op("t", rewriter.make(argument))}`;
  if (operator === "~") return `~${rewriter.op("v", rewriter.make(argument))}`;
  if (operator === "typeof") {
    // Of an undeclared global name it is "undefined"; to give its value to an operation would throw.
    if (argument.type === "Identifier" && !rewriter.scopes.of(argument)) return rewriter.copy(node);
    return rewriter.op("typeOf", rewriter.make(argument));
  }
  return rewriter.op(operator === "-" ? "neg" : "pos", rewriter.make(argument));
}

function deletion(rewriter: Rewriter, argument: Node): Marked {
  if (argument.type === "ChainExpression") return `delete ${rewriter.text(argument)}`;
  if (argument.type !== "MemberExpression") return `delete ${rewriter.operand(argument)}`;
  return `delete ${rewriter.member(rewriter.operand(child(argument, "object")), argument)}`;
}

export function logical(rewriter: Rewriter, node: Node): Marked {
  const [left, right, operator] = [child(node, "left"), child(node, "right"), node["operator"]];
  if (operator === "??" || rewriter.passive.is(left)) {
    return `(${rewriter.operand(left)} ${operator} ${rewriter.operand(right)})`;
  }
  return rewriter.whenUsed(
    rewriter.make(left),
    (first, name) =>
      operator === "&&"
        ? `${rewriter.op("t", first)} ? ${rewriter.make(right)} : ${name}`
        : `${rewriter.op("t", first)} ? ${name} : ${rewriter.make(right)}`,
  );
}

export function conditional(rewriter: Rewriter, node: Node): Marked {
  const [test, yes, no] = ["test", "consequent", "alternate"].map((field) => child(node, field)) as [Node, Node, Node];
  return `(${rewriter.condition(test)} ? ${rewriter.make(yes)} : ${rewriter.make(no)})`;
}

export function template(rewriter: Rewriter, node: Node): Marked {
  const text = (part: Node) =>
    rewriter.passive.is(part) ? rewriter.make(part) : mark(part.start) + rewriter.op("text", rewriter.make(part));
  return rewriter.copy(node, new Map(nodes(node, "expressions").map((part) => [part, text])));
}

/** `...x`, in a list or in arguments; in an object, object() of statements.ts sees to it. */
export function spread(rewriter: Rewriter, node: Node): Marked {
  return `...${rewriter.make(child(node, "argument"))}`;
}
