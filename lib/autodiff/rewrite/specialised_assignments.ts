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
import { isNumber, isSplit } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import { pairsOf } from "./scopes.ts";
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
    protected readonly node: Node,
    backward: boolean,
    where: string,
  ) {
    this.emitter = new Emitter(rewriter.ad, backward);
    this.expressions = new Expressions(this.emitter, kinds, node, where);
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
    const word = node["kind"] as string;
    for (const part of nodes(node, "declarations")) {
      const id = child(part, "id"), init = optional(part, "init");
      if (id.type === "Identifier") {
        this.declare(id, init && this.careful(init), word);
        continue;
      }
      const pairs = pairsOf(id, init!);
      if (pairs?.every(([name]) => name.type === "Identifier")) {
        const operands = pairs.map(([, value]) => this.settled(value));
        for (const [i, [name]] of pairs.entries()) this.declare(name, operands[i]!, word);
        continue;
      }
      this.emitter.end();
      check(id);
      this.emitter.line(`${word} ${this.renamed(id)} = ${sourceOf(this.rewriter, id, this.rewriter.make(init!))};`);
      for (const name of namesIn(id)) this.enter(name);
    }
  }

  /** `const x = …`, or `let x` where there is no value. */
  private declare(id: Node, value: Operand | null, word: string): void {
    const binding = this.rewriter.scopes.of(id)!, split = isSplit(this.rewriter.kindOf(id));
    if (word === "var" && split) throw new Unsupported();
    if (value) this.emitter.line(`${word === "const" && split ? "let" : word} ${this.pair(id, value, ", ")};`);
    else this.emitter.line(`${word} ${binding.name}${split ? `, ${this.rewriter.partName(binding)} = 0` : ""};`);
  }

  /** A value that stays what it is, whatever is assigned next. */
  private settled(node: Node): Operand {
    return this.expressions.carefully(true, () => this.expressions.settled(this.expressions.make(node)));
  }

  /** `x = v`, for both variables if x is split. */
  protected pair(name: Node, value: Operand, separator: string): string {
    const binding = this.rewriter.scopes.of(name)!, kind = this.rewriter.kindOf(name);
    const operand = this.expressions.as(value, kind), whole = `${binding.name} = ${operand.v}`;
    if (!isSplit(kind)) return whole;
    const part = kind === "active" ? this.emitter.part(operand) : operand.parts;
    return `${whole}${separator}${this.rewriter.partName(binding)} = ${part}`;
  }

  protected expressionStatement(node: Node): void {
    if (this.expressions.isPlain(node)) {
      return this.emitter.line(`${this.rewriter.statement(this.rewriter.make(node))};`);
    }
    if (node.type === "UpdateExpression" && this.update(node)) return;
    if (node.type === "AssignmentExpression" && (this.swap(node) || this.assignment(node))) return;
    this.emitter.end();
    this.emitter.line(`${this.rewriter.statement(this.rewriter.make(node))};`);
  }

  /** `[a, b] = [b, a]` */
  private swap(node: Node): boolean {
    const pairs = pairsOf(child(node, "left"), child(node, "right"));
    if (!pairs || contains(node, isChange)) return false;
    // If one of the targets cannot be assigned to here, dynamic code makes the whole assignment.
    const possible = pairs.every(([target, value]) =>
      isNumber(this.kinds.of(value)) &&
      (target.type === "Identifier" ? isNumber(this.rewriter.kindOf(target)) : this.isElement(target))
    );
    if (!possible) return false;
    const operands = pairs.map(([, value]) => this.settled(value));
    for (const [i, [target]] of pairs.entries()) {
      if (target.type === "Identifier") {
        this.emitter.line(`${this.pair(target, operands[i]!, "; ")};`);
      } else {
        const array = this.expressions.array(child(target, "object"));
        this.store(array, this.expressions.index(child(target, "property")), operands[i]!);
      }
    }
    return true;
  }

  /** Is it an element of a float array? */
  private isElement(node: Node): boolean {
    return node.type === "MemberExpression" && node["computed"] === true &&
      this.kinds.of(child(node, "object")) === "floats" && isNumber(this.kinds.of(child(node, "property")));
  }

  private store(array: Operand, index: string, value: Operand): void {
    const part = this.emitter.part(value);
    this.emitter.line(`${array.v}[${index}] = ${value.v}; ${array.parts}[${index}] = ${part};`);
  }

  private assignment(node: Node): boolean {
    const left = child(node, "left"),
      right = child(node, "right"),
      operator = (node["operator"] as string).slice(0, -1);
    if (["&&", "||", "??", "&", "|", "^", "<<", ">>", ">>>"].includes(operator)) return false;
    return this.expressions.carefully(changes(right) || contains(left, isChange), () => {
      const compute = (old: () => Operand): Operand =>
        operator === ""
          ? this.expressions.make(right)
          : this.expressions.operate(operator, old(), this.expressions.number(right));
      if (left.type === "Identifier") {
        const kind = this.rewriter.kindOf(left);
        if (kind === undefined) return false;
        if (operator === "" || isNumber(kind) && isNumber(this.kinds.of(right))) {
          this.emitter.line(`${this.pair(left, compute(() => this.expressions.make(left)), "; ")};`);
          return true;
        }
        // By a dynamic operation, whose result is then checked.
        const old = this.expressions.dynamic(this.expressions.make(left)),
          by = this.expressions.dynamic(this.expressions.make(right));
        this.emitter.end();
        const found = this.emitter.temp(this.rewriter.op(OPERATIONS[operator]!, old, by));
        this.emitter.line(`${this.pair(left, { kind: "any", v: found }, "; ")};`);
        return true;
      }
      if (!this.isElement(left) || !isNumber(this.kinds.of(right))) return false;
      const array = this.expressions.array(child(left, "object"));
      const index = this.expressions.index(child(left, "property"));
      this.store(array, index, this.expressions.as(compute(() => this.expressions.element(array, index)), "active"));
      return true;
    });
  }

  private update(node: Node): boolean {
    const one = { type: "Literal", start: node.start, end: node.start, value: 1, raw: "1" } as unknown as Node;
    const left = child(node, "argument"), operator = node["operator"] === "++" ? "+=" : "-=";
    return isNumber(this.kinds.of(left)) &&
      this.assignment({ ...node, type: "AssignmentExpression", left, right: one, operator } as Node);
  }
}
