/**
 * Refuses code that reads what a function given to `customDerivative` left in a variable outside: the function runs
 * without derivatives, so what it leaves would be a constant. What only the function and its rule use may stay there.
 * @module
 */
import { child, childrenOf, isFunction, nameOf, type Node, nodes, optional, rootOf, targetsOf, walk } from "./nodes.ts";
import { Refused } from "./refused.ts";
import type { Binding, Scopes } from "./scopes.ts";
import type { Uses } from "./uses.ts";

/** Methods that change what they are called on. */
const CHANGES = new Set("add clear copyWithin delete fill pop push reverse set shift sort splice unshift".split(" "));
/** Methods that give parts of what they are called on. */
const PARTS = new Set("at entries find get subarray values".split(" "));

export function refuseRuleWrites(program: Node, scopes: Scopes, uses: Uses): void {
  walk(program, (node) => {
    if (node.type !== "CallExpression" || !isNamed(child(node, "callee"), "customDerivative")) return;
    const rule = new Rule(nodes(node, "arguments"), scopes, uses);
    const changes = new Changes(scopes, uses, (binding) => rule.refuseIfRead(binding));
    for (const part of rule.functions) changes.visit(part, false);
  });
}

/** Is it this name, or a member of this name: `runtime.customDerivative`? */
const isNamed = (node: Node, name: string): boolean =>
  (node.type === "MemberExpression" ? nameOf(child(node, "property")) : nameOf(node)) === name;

/** A function of `customDerivative` with its rule. */
class Rule {
  /** The arguments of the call, and the functions of the module that they name, also through others. */
  readonly functions: ReadonlySet<Node>;
  /** Those of them that are named nowhere else. */
  private readonly own: Set<Node>;

  constructor(args: readonly Node[], scopes: Scopes, private readonly uses: Uses) {
    const functions = this.functions = new Set(args);
    for (const part of functions) {
      walk(part, (node) => {
        const f = scopes.functionOf(node);
        if (f) functions.add(f);
      });
    }
    this.own = new Set(functions);
    for (let before = Infinity; this.own.size < before;) {
      before = this.own.size;
      for (const f of this.own) if (isFunction(f) && !this.isOwn(f, scopes)) this.own.delete(f);
    }
  }

  /** Is a function named only inside those in `own`? */
  private isOwn(f: Node, scopes: Scopes): boolean {
    const around = this.uses.around(f);
    const id = optional(f, "id") ?? (around?.type === "VariableDeclarator" ? child(around, "id") : null);
    const binding = id && scopes.of(id);
    return !binding || !this.uses.isExported(binding) && this.uses.of(binding).every((use) => isIn(use, this.own));
  }

  /** Refuses a variable that the functions change, if other code reads it. */
  refuseIfRead(binding: Binding): void {
    if (isIn(binding.id, this.functions)) return;
    const use = this.uses.isExported(binding)
      ? binding.id
      : this.uses.of(binding).find((use) => !isIn(use, this.own) && this.isRead(use));
    if (!use) return;
    throw new Refused(
      `a function of customDerivative(…) changes ${binding.name}, which is read here, where derivatives cannot follow it; ` +
        `let the function return it, or read stopGradient(${binding.name})`,
      use.start,
    );
  }

  private isRead(use: Node): boolean {
    const around = this.uses.around(use)!;
    if (around.type === "AssignmentExpression") return around["left"] !== use || around["operator"] !== "=";
    return !(around.type === "CallExpression" && isNamed(child(around, "callee"), "stopGradient"));
  }
}

const isIn = ({ start, end }: Node, parts: ReadonlySet<Node>): boolean =>
  [...parts].some((part) => part.start <= start && end <= part.end);

/** Finds the variables that code changes: assigns to, or changes something in. */
class Changes {
  /** Variables whose origin is being followed now, so that `a = b; b = a` comes to an end. */
  private readonly changed = new Set<Binding>();

  /** `found` is called for each of the variables. `parameters`: those that `changesParameter` is being asked about. */
  constructor(
    private readonly scopes: Scopes,
    private readonly uses: Uses,
    private readonly found: (binding: Binding, isAssigned: boolean) => void,
    private readonly parameters = new Set<Binding>(),
  ) {}

  /** Looks for changes in code. `hasThis`: `this` is an object that the code made, or was given. */
  visit(node: Node, hasThis: boolean): void {
    for (const target of targetsOf(node)) this.assign(target, hasThis);
    if (node.type === "CallExpression") {
      const callee = child(node, "callee"), args = nodes(node, "arguments"), f = this.scopes.functionOf(callee);
      if (callee.type === "MemberExpression") {
        const object = child(callee, "object");
        if (CHANGES.has(nameOf(child(callee, "property")) ?? "")) this.change(object, hasThis);
        // Object.assign(x, …) and the like.
        if (/^(?:Object|Reflect)$/.test(nameOf(object) ?? "") && args[0]) this.change(args[0], hasThis);
      }
      for (const [i, part] of args.entries()) if (f && this.changesParameter(f, i)) this.change(part, hasThis);
    }
    const inner = hasThis || node.type === "ClassBody" || (isFunction(node) && node.type !== "ArrowFunctionExpression");
    for (const part of childrenOf(node)) this.visit(part, inner);
  }

  /** Does a function change what it is given for this parameter? */
  private changesParameter(f: Node, index: number): boolean {
    const { scopes, uses, parameters } = this;
    const param = nodes(f, "params")[index], binding = param && scopes.of(param);
    if (!binding || parameters.has(binding)) return false;
    let changes = false;
    const found = (other: Binding, isAssigned: boolean) => changes ||= other === binding && !isAssigned;
    parameters.add(binding);
    new Changes(scopes, uses, found, parameters).visit(child(f, "body"), true);
    parameters.delete(binding);
    return changes;
  }

  private assign(target: Node, hasThis: boolean): void {
    if (target.type === "MemberExpression") return this.change(child(target, "object"), hasThis);
    const binding = this.scopes.of(target);
    if (binding) this.found(binding, true);
  }

  /** Something in an object or array is changed. */
  private change(node: Node, hasThis: boolean): void {
    const root = rootOf(node, givesParts), binding = this.scopes.of(root);
    if (root.type === "ThisExpression" && !hasThis) {
      throw new Refused(
        "a function of customDerivative(…) changes `this` here, where derivatives cannot follow it; let it return the value",
        node.start,
      );
    }
    if (!binding || this.changed.has(binding)) return;
    this.changed.add(binding);
    this.found(binding, false);
    // It may be another name of something: const row = rows[0].
    for (const origin of [this.originOf(binding.id), ...binding.writes]) if (origin) this.change(origin, hasThis);
    this.changed.delete(binding);
  }

  /** The expression that a variable is a part or an element of, where its declaration shows it. */
  private originOf(id: Node): Node | null {
    const around = this.uses.around(id);
    if (!around) return null;
    if (/Pattern$|^Property$|^RestElement$/.test(around.type)) return this.originOf(around);
    if (around.type === "VariableDeclarator") {
      const loop = this.uses.around(this.uses.around(around)!)!;
      return optional(around, "init") ?? (loop.type === "ForOfStatement" ? child(loop, "right") : null);
    }
    // An element that a callback is given: rows.forEach((row) => …).
    const call = isFunction(around) ? this.uses.around(around) : undefined;
    return call?.type === "CallExpression" && child(call, "callee").type === "MemberExpression"
      ? child(child(call, "callee"), "object")
      : null;
  }
}

/** Is it a call of a method that gives parts of its object? */
function givesParts(call: Node): boolean {
  const callee = child(call, "callee");
  return callee.type === "MemberExpression" && PARTS.has(nameOf(child(callee, "property")) ?? "");
}
