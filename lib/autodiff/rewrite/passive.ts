/**
 * Which expressions surely give a plain value: a number, text or truth value that depends on no input.
 * @module
 */
import { child, memberName, nameOf, type Node, nodes } from "./nodes.ts";
import type { Binding, Scopes } from "./scopes.ts";

/** Operators whose result is passive whatever the operands are. */
const ALWAYS = new Set("== != === !== < <= > >= in instanceof & | ^ << >> >>>".split(" "));
export const CONSTANT_BY_PIECES = new Set(["floor", "ceil", "round", "trunc", "sign", "clz32", "imul", "random"]);

/** Says of expressions and variables of a module whether they are surely passive. */
export class Passive {
  private readonly variables = new Map<Binding, boolean>();

  /** Is a variable passive for another reason: its kind in a specialised function? */
  assumed: (binding: Binding) => boolean = () => false;

  constructor(private readonly scopes: Scopes) {}

  /** Is the value of this expression surely a plain one, which is no object? */
  is(node: Node): boolean {
    switch (node.type) {
      case "Literal":
        return node["regex"] === undefined;
      case "TemplateLiteral":
        return true;
      case "Identifier": {
        const binding = this.scopes.of(node);
        if (binding) return this.isVariable(binding);
        return ["undefined", "NaN", "Infinity"].includes(node["name"] as string);
      }
      case "UnaryExpression":
        return node["operator"] === "-" || node["operator"] === "+" ? this.is(child(node, "argument")) : true;
      case "UpdateExpression":
        return this.is(child(node, "argument"));
      case "BinaryExpression":
        return ALWAYS.has(node["operator"] as string) ||
          (this.is(child(node, "left")) && this.is(child(node, "right")));
      case "LogicalExpression":
        return this.is(child(node, "left")) && this.is(child(node, "right"));
      case "ConditionalExpression":
        return this.is(child(node, "consequent")) && this.is(child(node, "alternate"));
      case "AssignmentExpression": {
        const operator = node["operator"] as string;
        if (operator === "=") return this.is(child(node, "right"));
        if (ALWAYS.has(operator.slice(0, -1))) return true;
        return this.is(child(node, "left")) && this.is(child(node, "right"));
      }
      case "SequenceExpression":
        return this.is(nodes(node, "expressions").at(-1)!);
      case "MemberExpression":
        return this.isMath(node) ||
          this.isGlobal(child(node, "object"), "Number") && /^[A-Z_]+$/.test(memberName(node) ?? "");
      case "CallExpression": {
        const callee = child(node, "callee");
        if (!this.isMath(callee) || node["optional"] === true) return false;
        return CONSTANT_BY_PIECES.has(memberName(callee)!) ||
          nodes(node, "arguments").every((argument) => argument.type !== "SpreadElement" && this.is(argument));
      }
      default:
        return false;
    }
  }

  /** May the plain value of this expression be text? Then `+` may join texts, and `a[k]` may be a property. */
  mayBeText(node: Node, seen = new Set<Binding>()): boolean {
    const may = (...fields: string[]) => fields.some((field) => this.mayBeText(child(node, field), seen));
    switch (node.type) {
      case "Literal":
        return typeof node["value"] === "string";
      case "TemplateLiteral":
        return true;
      case "Identifier": {
        const binding = this.scopes.of(node);
        if (binding === undefined || seen.has(binding)) return false;
        seen.add(binding);
        return binding.writes.some((value) => value !== null && this.mayBeText(value, seen));
      }
      case "UnaryExpression":
        return node["operator"] === "typeof";
      case "BinaryExpression":
        return node["operator"] === "+" && may("left", "right");
      case "AssignmentExpression":
        return may("right") || node["operator"] === "+=" && may("left");
      case "LogicalExpression":
        return may("left", "right");
      case "ConditionalExpression":
        return may("consequent", "alternate");
      case "SequenceExpression":
        return this.mayBeText(nodes(node, "expressions").at(-1)!, seen);
      default:
        return false;
    }
  }

  /** Is it `Math.name`? */
  isMath(node: Node): boolean {
    return memberName(node) !== undefined && this.isGlobal(child(node, "object"), "Math");
  }

  isGlobal(node: Node, name: string): boolean {
    return nameOf(node) === name && this.scopes.of(node) === undefined;
  }

  /** Is a variable given passive values only? */
  isVariable(binding: Binding): boolean {
    if (this.assumed(binding)) return true;
    const known = this.variables.get(binding);
    if (known !== undefined) return known;
    if (!["const", "let", "var"].includes(binding.kind) || binding.writes.includes(null)) {
      this.variables.set(binding, false);
      return false;
    }
    // Those that are given each other's values are all taken for passive, until one of them is found not to be.
    this.variables.set(binding, true);
    const assumed = new Set(this.variables.keys());
    const passive = binding.writes.every((value) => this.is(value!));
    if (!passive) {
      // What was concluded in the meantime may rest on that assumption.
      for (const other of this.variables.keys()) if (!assumed.has(other)) this.variables.delete(other);
    }
    this.variables.set(binding, passive);
    return passive;
  }
}
