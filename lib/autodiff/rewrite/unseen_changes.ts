/**
 * Changes of members that happen where no call is written: by getters, setters, iterators and conversions.
 * @module
 */
import { child, childrenOf, isFunction, memberName, nameOf, type Node, optional, targetsOf } from "./nodes.ts";

const UNSEEN = ["valueOf", "toString", "toJSON", "next", "return"];

const known = new WeakMap<Node, ReadonlySet<string>>();

/**
 * The names of the members that may change in a module without a call in sight: all that are assigned to, if one of its
 * functions that run unseen assigns to a member or calls another function.
 */
export function changedUnseen(program: Node): ReadonlySet<string> {
  let names = known.get(program);
  if (!names) {
    const runs = some(program, (part) => {
      const f = unseen(part);
      return f !== undefined && some(f, changes);
    });
    known.set(program, names = new Set(runs ? assigned(program) : []));
  }
  return names;
}

/** The function that a member of a class or an object is, if it runs unseen; one with a computed name may be an iterator. */
function unseen(member: Node): Node | undefined {
  if (!["MethodDefinition", "PropertyDefinition", "Property"].includes(member.type)) return undefined;
  const f = optional(member, "value");
  const isUnseen = ["get", "set"].includes(member["kind"] as string) || member["computed"] === true ||
    UNSEEN.includes(nameOf(child(member, "key")) ?? "");
  return isUnseen && f && isFunction(f) ? f : undefined;
}

const changes = (node: Node): boolean =>
  ["CallExpression", "NewExpression", "TaggedTemplateExpression"].includes(node.type) ||
  targetsOf(node).some((target) => target.type === "MemberExpression");

/** Is there such a node in it, also in functions in it? */
const some = (node: Node, is: (node: Node) => boolean): boolean =>
  is(node) || childrenOf(node).some((part) => some(part, is));

/** The names of members that are assigned to, but for those of `this` in constructors, where the object is new. */
function* assigned(node: Node, maker?: Node): Generator<string> {
  for (const target of targetsOf(node)) {
    if (target.type !== "MemberExpression" || (maker && child(target, "object").type === "ThisExpression")) continue;
    const name = memberName(target) ?? child(target, "property")["value"];
    if (typeof name === "string") yield name;
  }
  if (node["kind"] === "constructor") maker = child(node, "value");
  else if (isFunction(node) && node !== maker) maker = undefined;
  for (const part of childrenOf(node)) yield* assigned(part, maker);
}
