/**
 * The kinds of expressions and variables, from a profile.
 * @module
 */
import { child, childrenOf, memberName, nameOf, type Node, nodes, returnedBy } from "./nodes.ts";
import type { Operand } from "./operands.ts";
import { isNumber, join, type Kind, type Profile } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import type { Binding } from "./scopes.ts";

/** Kinds of the expressions of one module. */
export class Kinds {
  private readonly known = new Map<Binding, Kind>();
  /** In an inlined call: the arguments, by the parameters that they stand for. */
  inlined: ReadonlyMap<Binding, Operand> = new Map();

  constructor(readonly rewriter: Rewriter, private readonly profile: Profile, private readonly url: string) {
    // Variables are assigned each other's values: repeated until no kind changes any more.
    for (let changed = true; changed;) {
      changed = false;
      for (const binding of rewriter.scopes.all) {
        const before = this.variable(binding), after = join(before, this.ofWrites(binding));
        if (after === before) continue;
        this.known.set(binding, after);
        changed = true;
      }
    }
  }

  /** The number of the place of an expression or a name, if it has been recorded. */
  place(node: Node): number | undefined {
    return this.profile.known(this.url, node);
  }

  /** The kind of a variable: of all values that it is given. */
  variable(binding: Binding): Kind {
    const argument = this.inlined.get(binding);
    if (argument) return argument.kind;
    if (["function", "class", "import", "other"].includes(binding.kind)) return "any";
    return this.known.get(binding) ?? "none";
  }

  private ofWrites(binding: Binding): Kind {
    let kind: Kind = "none";
    for (const value of binding.writes) {
      kind = join(kind, value === null ? "any" : this.of(value));
    }
    if (binding.writes.length === 0) return "any";
    // A variable that inner functions use and that changes cannot be split into two.
    return binding.captures.size > 0 && binding.writes.length > 1 && !this.rewriter.passive.isVariable(binding)
      ? "any"
      : kind;
  }

  /** The kind of the value of an expression. */
  of(node: Node): Kind {
    const { passive, scopes } = this.rewriter;
    if (passive.is(node)) return passive.mayBeText(node) ? "any" : "plain";
    switch (node.type) {
      case "Recorded":
        return this.profile.kindAt(this.url, node);
      case "ElementOf":
        return this.of(child(node, "right")) === "floats" ? "active" : "any";
      case "IndexOf":
        return this.of(child(node, "right")) === "floats" ? "plain" : "any";
      case "Identifier": {
        const binding = scopes.of(node);
        return binding ? this.variable(binding) : "any";
      }
      case "UnaryExpression":
        return ["-", "+"].includes(node["operator"] as string) ? arithmetic(this.of(child(node, "argument"))) : "plain";
      case "UpdateExpression":
        return arithmetic(this.of(child(node, "argument")));
      case "BinaryExpression":
        return arithmetic(this.of(child(node, "left")), this.of(child(node, "right")));
      case "AssignmentExpression": {
        if (node["operator"] === "=") return this.of(child(node, "right"));
        const left = child(node, "left");
        const before = left.type === "MemberExpression" ? this.member(left) : this.of(left);
        return arithmetic(before, this.of(child(node, "right")));
      }
      case "ConditionalExpression":
        return join(this.of(child(node, "consequent")), this.of(child(node, "alternate")));
      case "LogicalExpression":
        return join(this.of(child(node, "left")), this.of(child(node, "right")));
      case "SequenceExpression":
        return this.of(nodes(node, "expressions").at(-1)!);
      case "MemberExpression":
        return this.member(node);
      case "CallExpression":
        if (passive.isMath(child(node, "callee"))) {
          return arithmetic(...nodes(node, "arguments").map((part) => this.of(part)));
        }
        return this.profile.kindAt(this.url, node);
      case "NewExpression":
      case "AwaitExpression":
        return this.profile.kindAt(this.url, node);
      default:
        return "any";
    }
  }

  /** Are all of these numbers, active or not? */
  areNumbers(...parts: readonly Node[]): boolean {
    return parts.every((part) => isNumber(this.of(part)));
  }

  private member(node: Node): Kind {
    if (this.of(child(node, "object")) === "floats") {
      if (node["computed"] === true) return arithmetic(this.of(child(node, "property"))) === "any" ? "any" : "active";
      if (memberName(node) === "length") return "plain";
    }
    return this.profile.kindAt(this.url, node);
  }
}

/** The kind of the result of arithmetic with operands of these kinds. */
function arithmetic(...kinds: Kind[]): Kind {
  if (kinds.includes("any") || kinds.includes("floats")) return "any";
  if (kinds.includes("active")) return "active";
  return kinds.includes("none") ? "none" : "plain";
}

/**
 * The function of a call that can be inlined in another function, `into`: its body is one expression without effects, in
 * which each name means the same there.
 */
export function inlined(
  { scopes }: Rewriter,
  callee: Node,
  into: Node,
): { params: readonly Node[]; body: Node } | undefined {
  // A variable that is not constant may not have its value yet.
  const isThere = ["const", "function"].includes(scopes.of(callee)?.kind ?? "");
  const f = isThere ? scopes.functionOf(callee) : undefined;
  if (!f || f["async"] === true || f["generator"] === true) return undefined;
  const params = nodes(f, "params"), body = returnedBy(f);
  if (!body || !params.every(({ type }) => type === "Identifier") || !isPure(body)) return undefined;
  const isOther = (name: Node) => scopes.of(name)?.owner !== f && scopes.isHidden(name, into);
  return namesUsed(body).some(isOther) ? undefined : { params, body };
}

/** The names that an expression uses, without those of members. */
function namesUsed(node: Node): Node[] {
  if (node.type === "Identifier") return [node];
  return (memberName(node) !== undefined ? [child(node, "object")] : childrenOf(node)).flatMap(namesUsed);
}

const PURE = new Set(
  "Identifier Literal BinaryExpression UnaryExpression CallExpression ConditionalExpression MemberExpression".split(
    " ",
  ),
);

function isPure(node: Node): boolean {
  if (!PURE.has(node.type)) return false;
  if (node.type === "CallExpression") {
    const callee = child(node, "callee");
    const isMath = memberName(callee) !== undefined && nameOf(child(callee, "object")) === "Math";
    if (!isMath && callee.type !== "Identifier") return false;
  }
  return childrenOf(node).every(isPure);
}
