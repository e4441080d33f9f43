/**
 * Declarations and assignments of specialised code.
 * @module
 */
import { Emitter, Unsupported } from "./emitter.ts";
import { Expressions } from "./expressions.ts";
import type { Kinds } from "./infer.ts";
import { child, childrenOf, isFunction, namesIn, type Node, nodes, optional } from "./nodes.ts";
import type { Operand } from "./operands.ts";
import { OPERATIONS } from "./operators.ts";
import { check, sourceOf } from "./patterns.ts";
import { isNumber, isSplit, type Kind } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import { type Binding, pairsOf } from "./scopes.ts";
import type { Marked } from "./text.ts";

/** Is there such a node in it, outside functions and classes in it? */
export function contains(node: Node, is: (node: Node) => boolean): boolean {
  return childrenOf(node).some((part) =>
    !isFunction(part) && !part.type.startsWith("Class") && (is(part) || contains(part, is))
  );
}

/** Is it an assignment, `++` or `--`? */
const isChange = (node: Node): boolean => node.type === "AssignmentExpression" || node.type === "UpdateExpression";

/** Is a variable changed in an expression? */
export const changes = (node: Node): boolean => isChange(node) || contains(node, isChange);

/** Declarations and assignments of a function that is specialised. */
export class Assignments {
  protected readonly emitter: Emitter;
  protected readonly expressions: Expressions;

  constructor(
    protected readonly rewriter: Rewriter,
    protected readonly kinds: Kinds,
    backward: boolean,
    where: string,
  ) {
    this.emitter = new Emitter(rewriter.ad, backward);
    this.expressions = new Expressions(this.emitter, kinds, where);
  }

  /** A pattern in which active variables have other names, for `enter` to split them. */
  protected renamed(pattern: Node): Marked {
    for (const name of namesIn(pattern)) this.rewriter.renamed.add(name);
    return this.rewriter.make(pattern);
  }

  /** Checks what a pattern gave a variable, and splits it in two if it is active or a float array. */
  protected enter(name: Node): void {
    const kind = this.rewriter.kindOf(name), binding = this.rewriter.scopes.of(name)!;
    const { ad } = this.emitter,
      where = this.expressions.guard(name),
      v = binding.name,
      parts = this.rewriter.partName(binding);
    if (kind === "plain") this.emitter.line(`${ad}.num(${v}, ${where});`);
    if (kind === "floats") this.emitter.line(`let ${parts} = ${ad}.writable(${v}, ${where});`);
    if (kind === "active") {
      const given = this.rewriter.givenName(binding);
      this.emitter.line(`let ${v} = ${ad}.val(${given}, ${where}), ${parts} = ${ad}.part(${given});`);
    }
  }

  /** An expression that may contain assignments. */
  protected careful(node: Node): Operand {
    return this.expressions.carefully(changes(node), () => this.expressions.make(node));
  }

  protected declaration(node: Node): void {
    for (const part of nodes(node, "declarations")) {
      const id = child(part, "id"), init = optional(part, "init");
      const pairs = init === null ? undefined : pairsOf(id, init);
      if (pairs?.every(([name]) => name.type === "Identifier")) {
        const operands = pairs.map(([, value]) => this.settled(value));
        for (const [i, [name]] of pairs.entries()) this.declare(name, operands[i]!, node["kind"] as string);
        continue;
      }
      if (id.type !== "Identifier") {
        this.emitter.end();
        check(id);
        this.emitter.line(
          `${node["kind"]} ${this.renamed(id)} = ${sourceOf(this.rewriter, id, this.rewriter.make(init!))};`,
        );
        for (const name of namesIn(id)) this.enter(name);
        continue;
      }
      const kind = this.rewriter.kindOf(id), binding = this.rewriter.scopes.of(id)!;
      if (init === null) {
        if (node["kind"] === "var" && isSplit(kind)) throw new Unsupported();
        this.emitter.line(
          isSplit(kind)
            ? `let ${binding.name}, ${this.rewriter.partName(binding)} = 0;`
            : `${node["kind"]} ${binding.name};`,
        );
        continue;
      }
      this.declare(id, this.careful(init), node["kind"] as string);
    }
  }

  /** `const x = …` */
  private declare(id: Node, value: Operand, word: string): void {
    const kind = this.rewriter.kindOf(id), binding = this.rewriter.scopes.of(id)!;
    if (word === "var" && isSplit(kind)) throw new Unsupported();
    const operand = this.expressions.as(value, kind);
    this.emitter.line(
      `${word === "const" && isSplit(kind) ? "let" : word} ${this.pair(binding, kind, operand, ", ")};`,
    );
  }

  /** A value that stays what it is, whatever is assigned next. */
  private settled(node: Node): Operand {
    return this.expressions.carefully(true, () => this.expressions.settled(this.expressions.make(node)));
  }

  /** `x = v`, for both variables if x is split. */
  protected pair(binding: Binding, kind: Kind | undefined, operand: Operand, separator: string): string {
    const value = `${binding.name} = ${operand.v}`;
    if (!isSplit(kind)) return value;
    const part = kind === "active" ? this.emitter.part(operand) : operand.parts;
    return `${value}${separator}${this.rewriter.partName(binding)} = ${part}`;
  }

  protected expressionStatement(node: Node): void {
    if (this.expressions.isPlain(node)) {
      return this.emitter.line(`${this.rewriter.statement(this.rewriter.make(node))};`);
    }
    if (node.type === "UpdateExpression") {
      const target = child(node, "argument");
      if (this.update(node, target)) return;
    }
    if (node.type === "AssignmentExpression" && (this.swap(node) || this.assignment(node))) return;
    this.emitter.end();
    this.emitter.line(`${this.rewriter.statement(this.rewriter.make(node))};`);
  }

  /** `[a, b] = [b, a]` */
  private swap(node: Node): boolean {
    const pairs = pairsOf(child(node, "left"), child(node, "right"));
    if (!pairs || contains(node, isChange)) return false;
    // If one of the targets cannot be assigned to here, dynamic code makes the whole assignment.
    const possible = pairs.every(([target, value]) => {
      if (!isNumber(this.kinds.of(value))) return false;
      if (target.type === "Identifier") {
        return isNumber(this.rewriter.kindOf(target));
      }
      return target["computed"] === true && this.kinds.of(child(target, "object")) === "floats" &&
        isNumber(this.kinds.of(child(target, "property")));
    });
    if (!possible) return false;
    const operands = pairs.map(([, value]) => this.settled(value));
    for (const [i, [target]] of pairs.entries()) this.assign(target, operands[i]!);
    return true;
  }

  /** Assigns to a number or an element. */
  private assign(target: Node, value: Operand): void {
    if (target.type === "Identifier") {
      const binding = this.rewriter.scopes.of(target)!, kind = this.rewriter.kindOf(target)!;
      return this.emitter.line(`${this.pair(binding, kind, this.expressions.as(value, kind), "; ")};`);
    }
    const array = this.expressions.array(child(target, "object")),
      index = this.expressions.index(child(target, "property"));
    this.store(array, index, value);
  }

  private store(array: Operand, index: string, value: Operand): void {
    const part = this.emitter.part(value);
    this.emitter.line(`${array.v}[${index}] = ${value.v}; ${array.parts}[${index}] = ${part};`);
  }

  private assignment(node: Node): boolean {
    const [left, right, operator] = [
      child(node, "left"),
      child(node, "right"),
      (node["operator"] as string).slice(0, -1),
    ];
    if (["&&", "||", "??", "&", "|", "^", "<<", ">>", ">>>"].includes(operator)) return false;
    return this.expressions.carefully(changes(right) || contains(left, isChange), () => {
      const compute = (old: () => Operand): Operand =>
        operator === ""
          ? this.expressions.make(right)
          : this.expressions.operate(operator, old(), this.expressions.number(right));
      if (left.type === "Identifier") {
        const binding = this.rewriter.scopes.of(left)!, kind = this.rewriter.kindOf(left);
        if (kind === undefined) return false;
        if (operator !== "" && !(isNumber(kind) && isNumber(this.kinds.of(right)))) {
          // By a dynamic operation, whose result is then checked.
          const old = this.expressions.dynamic(this.expressions.make(left)),
            by = this.expressions.dynamic(this.expressions.make(right));
          this.emitter.end();
          const found = this.emitter.temp(this.rewriter.op(OPERATIONS[operator]!, old, by));
          this.emitter.line(`${this.pair(binding, kind, this.expressions.of(found, kind), "; ")};`);
          return true;
        }
        const operand = this.expressions.as(compute(() => this.expressions.make(left)), kind);
        this.emitter.line(`${this.pair(binding, kind, operand, "; ")};`);
        return true;
      }
      if (left.type !== "MemberExpression" || left["computed"] === false) return false;
      const object = child(left, "object"), key = child(left, "property");
      if (this.kinds.of(object) !== "floats" || !isNumber(this.kinds.of(key))) return false;
      if (!isNumber(this.kinds.of(right))) return false;
      const array = this.expressions.array(object), index = this.expressions.index(key);
      const operand = this.expressions.as(compute(() => this.expressions.element(array, index)), "active");
      this.store(array, index, operand);
      return true;
    });
  }

  private update(node: Node, target: Node): boolean {
    const one = { type: "Literal", start: node.start, end: node.start, value: 1, raw: "1" } as unknown as Node;
    const operator = node["operator"] === "++" ? "+" : "-";
    const numeric = isNumber(this.kinds.of(target));
    return numeric &&
      this.assignment(
        { ...node, type: "AssignmentExpression", left: target, right: one, operator: `${operator}=` } as Node,
      );
  }
}
