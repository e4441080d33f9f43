/**
 * Does a module keep something from call to call? Then what an earlier call left there may have been computed from
 * inputs that were constants in it (lib/autodiff/copy.ts).
 *
 * A wrong yes costs only another copy of the module; a wrong no can make derivatives wrong. So the answer is yes for
 * all that is not known to keep nothing.
 * @module
 */
import {
  child,
  childrenOf,
  isFunction,
  nameOf,
  type Node,
  nodes,
  optional,
  returnedBy,
  rootOf,
  targetsOf,
} from "./nodes.ts";
import type { Scopes } from "./scopes.ts";
import { Tables } from "./tables.ts";
import type { Uses } from "./uses.ts";

/** Modules whose exports keep nothing from call to call. */
const STATELESS = new Set(["@tesseract/runtime", "zod"]);
/** Their exports that return arrays or objects which can be changed: `ndarray(…)`, `z.object(…).parse(…)`. */
const GIVES_DATA = /^(?:ndarray|like|stopGradient)$|parse|decode|encode/i;

export function keepsState(program: Node, scopes: Scopes, uses: Uses): boolean {
  const tables = new Tables(uses, scopes);
  const known = new Set(
    nodes(program, "body").filter((node) =>
      node.type === "ImportDeclaration" && STATELESS.has(String(child(node, "source")["value"]))
    ).flatMap((node) => nodes(node, "specifiers")).filter((part) =>
      !GIVES_DATA.test(nameOf(optional(part, "imported")) ?? "")
    ).map((part) => nameOf(child(part, "local"))),
  );

  /** Is it a variable of the module, or a global one? */
  const isShared = (node: Node): boolean => nameOf(node) !== undefined && (scopes.of(node)?.owner ?? null) === null;

  /** What a chain of members and calls begins with. */
  const startOf = (node: Node): Node => rootOf(node, () => true);

  const givesData = (node: Node): boolean =>
    node.type === "CallExpression" ? givesData(child(node, "callee")) : node.type === "MemberExpression" &&
      (GIVES_DATA.test(nameOf(child(node, "property")) ?? "") || givesData(child(node, "object")));

  /** The function of the module that a call is of, where it is of one. */
  const functionOf = (call: Node): Node | undefined => scopes.functionOf(startOf(child(call, "callee")));

  /** May a call return what it is given? Not if the runtime or zod makes its value. */
  const givesBack = (call: Node): boolean => {
    const f = functionOf(call), value = f && returnedBy(f);
    return value !== undefined && !(value.type === "CallExpression" && functionOf(value) === undefined);
  };

  const asked = new Set<Node>();
  const makesNothing = (call: Node, isGiven: boolean): boolean => {
    const root = startOf(child(call, "callee")), name = nameOf(root), binding = scopes.of(root);
    if (!isShared(root)) return false;
    if (binding === undefined ? name === "Math" : known.has(name)) return !givesData(call);
    const f = functionOf(call), value = f && returnedBy(f);
    if (!f || !value || asked.has(f)) return false;
    // Functions in its body may keep something in its parameters.
    if (nodes(f, "params").length > 0 && childrenOf(child(f, "body")).some(hasFunction)) {
      return false;
    }
    if (isFunction(value)) return false;
    asked.add(f);
    const isNothing = !makes(value, isGiven) && nodes(f, "params").every((part) => !makes(part, isGiven));
    asked.delete(f);
    return isNothing;
  };

  /**
   * Does code that runs when the module is loaded make something that can be changed? `isGiven`: the expression is an
   * argument of a function that keeps nothing, so lists and objects do not count.
   */
  const makes = (node: Node, isGiven: boolean): boolean => {
    if (isFunction(node)) return false;
    switch (node.type) {
      case "VariableDeclaration":
        if (node["kind"] !== "const") return true;
        break;
      case "ImportDeclaration":
        return /\.json$/.test(String(child(node, "source")["value"])) && !tables.isJsonRead(node);
      case "VariableDeclarator": {
        const contents = tables.contents(node, (part) => makes(part, false));
        if (contents) return contents.some((part) => makes(part, true));
        break;
      }
      case "CallExpression":
        if (!makesNothing(node, isGiven)) return true;
        return nodes(node, "arguments").some((part) => makes(part, isGiven || !givesBack(node)));
      case "ExportDefaultDeclaration":
        return makes(child(node, "declaration"), true);
      case "ArrayExpression":
      case "ObjectExpression":
        if (!isGiven) return true;
        break;
      case "NewExpression":
      case "TaggedTemplateExpression":
      case "ImportExpression":
      case "AssignmentExpression":
      case "UpdateExpression":
        return true;
    }
    return childrenOf(node).some((part) => makes(part, isGiven));
  };

  /** Does any code change what outlives a call? `ofObject`: is `this` an object that a class made? */
  const changes = (node: Node, ofObject: boolean): boolean => {
    if (targetsOf(node).some((target) => target.type === "MemberExpression" && isShared(startOf(target)))) return true;
    switch (node.type) {
      case "ThisExpression":
        return !ofObject;
      // What a module that is loaded in a call keeps is known too late.
      case "ImportExpression":
        return true;
      case "StaticBlock":
      case "PropertyDefinition":
        if (node.type === "StaticBlock" || node["static"] === true) return true;
        break;
      case "CallExpression": {
        // Object.assign(f, …) and the like.
        const root = nameOf(startOf(child(node, "callee"))), [first] = nodes(node, "arguments");
        if ((root === "Object" || root === "Reflect") && first !== undefined && isShared(startOf(first))) return true;
      }
    }
    const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
    const inside = isClass || ofObject && !(node.type === "MethodDefinition" && node["static"] === true);
    return childrenOf(node).some((part) => changes(part, inside));
  };

  return nodes(program, "body").some((node) => makes(node, false)) || changes(program, false);
}

const hasFunction = (node: Node): boolean => isFunction(node) || childrenOf(node).some(hasFunction);
