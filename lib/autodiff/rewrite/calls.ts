/**
 * Members and calls.
 * @module
 */
import { math } from "../runtime/math.ts";
import { child, isFunction, memberName, nameOf, type Node, nodes } from "./nodes.ts";
import { isErrorSuper, isPrint, isThrownError, printed } from "./printed.ts";
import { Refused } from "./refused.ts";
import type { Rewriter } from "./rewriter.ts";
import { mark, type Marked } from "./text.ts";

/** From the text of an object or a function, makes the text of the access or call on it. */
type Use = (object: Marked) => Marked;

/** `o.x`, `o[k]` */
export function member(rewriter: Rewriter, node: Node): Marked {
  return onObject(rewriter, node, (object) => access(rewriter, node, object));
}

function access(rewriter: Rewriter, node: Node, object: Marked): Marked {
  const isOfSuper = child(node, "object").type === "Super";
  if (memberName(node) === "buffer" && !isOfSuper) return rewriter.op("bufferOf", object);
  if (node["computed"] === false || isOfSuper) return rewriter.member(object, node);
  return rewriter.op("get", object, rewriter.make(child(node, "property")));
}

/** Rewrites the object of a member or callee and applies `use` to it; `o?.x` may end the chain before that. */
function onObject(rewriter: Rewriter, node: Node, use: Use): Marked {
  const object = child(node, "object");
  return inChain(rewriter, object, (made) => whereThere(rewriter, node, made, use));
}

/** Applies `use` to a value; where the node has a `?.`, only if the value is not null or undefined. */
function whereThere(rewriter: Rewriter, node: Node, value: Marked, use: Use): Marked {
  if (node["optional"] !== true) return use(value);
  return rewriter.whenUsed(value, (first, name) => `${first} == null ? void 0 : ${use(name)}`);
}

/** Rewrites a part of a chain, with `use` inside: where the chain ends early, `use` is skipped, too. */
function inChain(rewriter: Rewriter, node: Node, use: Use): Marked {
  if (node.type === "MemberExpression" && isChained(node)) {
    return onObject(rewriter, node, (object) => use(mark(node.start) + access(rewriter, node, object)));
  }
  if (node.type === "CallExpression" && isChained(node)) return callWith(rewriter, node, use);
  return use(rewriter.operand(node));
}

/** Is there a `?.` in it? */
function isChained(node: Node): boolean {
  if (node["optional"] === true) return true;
  if (node.type === "MemberExpression") return isChained(child(node, "object"));
  return node.type === "CallExpression" && isChained(child(node, "callee"));
}

/** `a?.b.c`: the members and calls in it see to `?.` themselves. */
export function chain(rewriter: Rewriter, node: Node): Marked {
  return `(${rewriter.make(child(node, "expression"))})`;
}

export function call(rewriter: Rewriter, node: Node): Marked {
  return callWith(rewriter, node, (made) => made);
}

const argumentsOf = (rewriter: Rewriter, node: Node, isOnlyText = isPrint(rewriter, node)): Marked[] =>
  nodes(node, "arguments").map((part) => isOnlyText ? printed(rewriter, part) : rewriter.make(part));

function callWith(rewriter: Rewriter, node: Node, use: Use): Marked {
  const callee = child(node, "callee");
  const args = () => argumentsOf(rewriter, node);
  const at = mark(node.start);
  if (callee.type === "Super") {
    if (!isErrorSuper(node)) return use(`super(${args().join(", ")})`);
    const made = `super(${argumentsOf(rewriter, node, true).join(", ")})`;
    return use(rewriter.op("ofSuper", rewriter.op("printedBefore"), made));
  }
  if (rewriter.passive.isGlobal(callee, "eval")) {
    throw new Refused("eval runs code that derivatives cannot follow; write the code as a function", node.start);
  }
  if (rewriter.passive.isMath(callee) && node["optional"] !== true) {
    const name = memberName(callee)!;
    if (Object.hasOwn(math, name)) return use(at + mathCall(rewriter, node, name));
  }
  if (callee.type === "MemberExpression") {
    return onObject(rewriter, callee, (object) => method(rewriter, node, callee, object, use));
  }
  if ((isFunction(callee) || rewriter.scopes.functionOf(callee)) && node["optional"] !== true) {
    return use(`${rewriter.operand(callee)}(${args().join(", ")})`);
  }
  return inChain(
    rewriter,
    callee,
    (made) => whereThere(rewriter, node, made, (f) => use(at + rewriter.op("c", f, "void 0", ...args()))),
  );
}

function mathCall(rewriter: Rewriter, node: Node, name: string): Marked {
  const args = argumentsOf(rewriter, node);
  const plain = nodes(node, "arguments").every((part) => part.type !== "SpreadElement" && rewriter.passive.is(part));
  return plain ? `Math.${name}(${args.join(", ")})` : rewriter.op(`Math.${name}`, ...args);
}

/** `object.name(…)` */
function method(rewriter: Rewriter, node: Node, callee: Node, object: Marked, use: Use): Marked {
  const key = child(callee, "property"), isSuper = child(callee, "object").type === "Super";
  const at = mark(key.start);
  // Once it is known that there is a function, an optional call is an ordinary one.
  const args = () => argumentsOf(rewriter, { ...node, optional: false } as Node);
  const calledAs = JSON.stringify(memberName(callee)) ?? "void 0";
  const callOf = (f: Marked, self: Marked) =>
    whereThere(rewriter, node, f, (f) => use(at + rewriter.op("named", calledAs, f, self, ...args())));
  if (isSuper) return callOf(access(rewriter, callee, "super"), "this");
  if (node["optional"] === true || key.type === "PrivateIdentifier") {
    return rewriter.whenUsed(object, (first, self) => callOf(access(rewriter, callee, first), self));
  }
  // JavaScript reads the method before the arguments are computed, which may put another one in its place.
  if (!isPrint(rewriter, node) && !nodes(node, "arguments").every(isStill)) {
    const isName = ["Identifier", "ThisExpression"].includes(child(callee, "object").type);
    if (isName) return callOf(access(rewriter, callee, object), object);
    return rewriter.whenUsed(object, (first, self) => callOf(access(rewriter, callee, first), self));
  }
  if (callee["computed"] === true) return use(at + rewriter.op("mk", object, rewriter.make(key), ...args()));
  const name = JSON.stringify(nameOf(key));
  if (isPrint(rewriter, node)) {
    return use(at + rewriter.op("print", rewriter.op("printedBefore"), object, name, ...args()));
  }
  return use(at + rewriter.op("m", object, name, ...args()));
}

/** Does computing an expression surely run no code of the author? Members may be getters, operands may have `valueOf`. */
const isStill = (node: Node): boolean =>
  isFunction(node) || ["Identifier", "Literal", "ThisExpression"].includes(node.type);

export function construct(rewriter: Rewriter, node: Node): Marked {
  const callee = child(node, "callee");
  if (isThrownError(rewriter, node)) {
    const args = argumentsOf(rewriter, node, true);
    return rewriter.op("thrown", rewriter.op("printedBefore"), rewriter.make(callee), ...args);
  }
  if (rewriter.scopes.classOf(callee)) {
    return `new ${rewriter.make(callee)}(${argumentsOf(rewriter, node).join(", ")})`;
  }
  return rewriter.op("construct", rewriter.make(callee), ...argumentsOf(rewriter, node));
}

/** A template with a tag: the tag is called as any function. */
export function taggedTemplate(rewriter: Rewriter, node: Node): Marked {
  const tag = child(node, "tag"), quasi = child(node, "quasi");
  // The values in it are given to the tag unchanged.
  const text = rewriter.copy(quasi);
  if (tag.type !== "MemberExpression" || child(tag, "object").type === "Super") {
    const self = tag.type === "MemberExpression" ? "this" : "void 0";
    return `${rewriter.op("tagged", rewriter.make(tag), self)}${text}`;
  }
  return rewriter.whenUsed(
    rewriter.make(child(tag, "object")),
    (first, self) => `${rewriter.op("tagged", access(rewriter, tag, first), self)}${text}`,
  );
}
