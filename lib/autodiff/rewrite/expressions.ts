/**
 * Expressions of specialised code.
 * @module
 */
import { DERIVATIVES } from "../runtime/math.ts";
import { type Emitter, Unsupported } from "./emitter.ts";
import { inlined, type Kinds } from "./infer.ts";
import { CONSTANT_BY_PIECES } from "./passive.ts";
import { child, memberName, type Node, nodes } from "./nodes.ts";
import { BINARY, MATH, type Operand, partialOf } from "./operands.ts";
import { isNumber, type Kind } from "./profile.ts";

const COMPARISONS = new Set(["==", "!=", "===", "!==", "<", "<=", ">", ">=", "&", "|", "^", "<<", ">>", ">>>"]);

/** Functions whose derivatives are never infinite where their values are finite, nor 0 where arguments are infinite. */
const REGULAR = new Set(["sin", "cos", "sinh", "cosh", "abs"]);

export class Expressions {
  /** Set where an expression contains an assignment: variables that it reads before are copied, for they may change. */
  private careful = false;
  private depth = 0;
  /** Members of parameters that are read once, before the loops (`hoist`). */
  readonly hoisted = new Map<Node, Operand>();

  /** `node`: the function that is specialised; `where` names it in checks. */
  constructor(readonly emitter: Emitter, readonly kinds: Kinds, readonly node: Node, readonly where: string) {}

  get rewriter() {
    return this.kinds.rewriter;
  }

  /** Makes something with `careful` set, or not. */
  carefully<T>(isCareful: boolean, make: () => T): T {
    const before = this.careful;
    this.careful = isCareful;
    try {
      return make();
    } finally {
      this.careful = before;
    }
  }

  /** Writes the code that computes an expression. */
  make(node: Node): Operand {
    if (this.isPlain(node)) return this.plain(node);
    const kind = this.kinds.of(node);
    switch (node.type) {
      case "Identifier":
        return this.identifier(node);
      case "UnaryExpression":
        return this.unary(node, kind);
      case "BinaryExpression":
        return this.binary(node, kind);
      case "MemberExpression":
        return this.member(node, kind);
      case "CallExpression":
        return this.call(node, kind);
      case "ConditionalExpression":
        return this.conditional(node, kind);
      case "LogicalExpression":
        return this.logical(node, kind);
      default:
        return this.source(node, kind);
    }
  }

  /** Is it passive, and computed without calling an operation? */
  isPlain(node: Node): boolean {
    return this.rewriter.passive.is(node) && !this.rewriter.make(node).includes(`${this.emitter.ad}.`);
  }

  /** Such an expression, as it stands. */
  private plain(node: Node): Operand {
    // Not sliced from the source, which does not have the 1 that stands for `x++`.
    if (node.type === "Literal") return { kind: "plain", v: node["raw"] as string };
    if (node.type === "Identifier" && !this.mayChange(node)) return { kind: "plain", v: node["name"] as string };
    return { kind: "plain", v: this.emitter.temp(this.rewriter.make(node)) };
  }

  /** May a variable get another value before the expression that reads it is computed, also in a function called there? */
  private mayChange(name: Node): boolean {
    const binding = this.rewriter.scopes.of(name);
    return this.careful ||
      binding !== undefined && binding.kind !== "const" && (binding.owner !== this.node || binding.captures.size > 0);
  }

  private identifier(node: Node): Operand {
    const binding = this.rewriter.scopes.of(node);
    const given = binding && this.kinds.inlined.get(binding);
    if (given) return given;
    const kind = this.rewriter.kindOf(node);
    if (binding === undefined || kind === undefined) return this.source(node, this.kinds.of(node));
    const [v, parts] = [binding.name, this.rewriter.partName(binding)];
    if (kind === "floats") return { kind, v, parts };
    if (kind === "plain") return { kind, v: this.mayChange(node) ? this.emitter.temp(v) : v };
    if (!this.careful) return { kind: "active", v, tree: { leaf: parts } };
    return { kind: "active", v: this.emitter.temp(v), tree: { leaf: this.emitter.temp(parts) } };
  }

  /** An expression that dynamic code computes, as an operand of a kind. */
  private source(node: Node, kind: Kind): Operand {
    if (this.kinds.inlined.size > 0 && node.type !== "Identifier" && node.type !== "Literal") throw new Unsupported();
    if (node.type !== "Identifier") this.emitter.end();
    const v = this.emitter.temp(this.rewriter.make(node));
    // Not checked to be a number: `a < b` is passive whatever a and b are.
    return this.rewriter.passive.is(node) ? { kind: "plain", v } : this.of(v, kind, node);
  }

  /** The last arguments of a check: the function that it is in, and the place if it has been recorded. */
  guard(node?: Node): string {
    const place = node && this.kinds.place(node);
    return place === undefined ? this.where : `${this.where}, ${place}`;
  }

  /** A dynamic value as an operand of a kind; a check is written unless the kind is `any`. */
  of(text: string, kind: Kind, node?: Node): Operand {
    const { ad } = this.emitter, where = this.guard(node);
    switch (kind) {
      case "plain":
        return { kind, v: this.emitter.temp(`${ad}.num(${text}, ${where})`) };
      case "active":
        return {
          kind,
          v: this.emitter.temp(`${ad}.val(${text}, ${where})`),
          tree: { leaf: this.emitter.temp(`${ad}.part(${text})`) },
        };
      case "floats":
        return { kind, v: text, parts: this.emitter.temp(`${ad}.writable(${text}, ${where})`) };
      default:
        return { kind: "any", v: text };
    }
  }

  /** An operand as one of a kind. */
  as(operand: Operand, kind: Kind | undefined): Operand {
    if (operand.kind === kind || kind === "active" && operand.kind === "plain") return operand;
    return kind === undefined || kind === "any" || kind === "none"
      ? { kind: "any", v: this.dynamic(operand) }
      : this.of(this.dynamic(operand), kind);
  }

  /** The text of an operand as dynamic code has it. */
  dynamic(operand: Operand): string {
    if (operand.kind !== "active" || operand.tree === undefined) return operand.v;
    return `${this.emitter.ad}.box(${operand.v}, ${this.emitter.part(operand)})`;
  }

  /** The text of the value of a number, without derivative; `undefined` if it is not known to be a number. */
  value(node: Node): string | undefined {
    if (this.isPlain(node)) return this.plain(node).v;
    if (!isNumber(this.kinds.of(node))) return undefined;
    if (node.type === "BinaryExpression" && this.kinds.areNumbers(child(node, "left"), child(node, "right"))) {
      const left = this.value(child(node, "left")), right = this.value(child(node, "right"));
      return `(${left} ${node["operator"]} ${right})`;
    }
    return this.make(node).v;
  }

  private unary(node: Node, kind: Kind): Operand {
    const operator = node["operator"] as string, argument = child(node, "argument");
    if (operator === "!" || operator === "~") {
      if (!isNumber(this.kinds.of(argument))) return this.source(node, "any");
      return { kind: "plain", v: this.emitter.temp(`${operator}${this.value(argument)}`) };
    }
    if ((operator === "-" || operator === "+") && isNumber(kind)) {
      const operand = this.number(argument), value = this.emitter.temp(`${operator}${operand.v}`);
      return this.emitter.combined(value, [[operand, operator === "-" ? "-1" : "1"]]);
    }
    return this.source(node, operator === "typeof" ? "any" : kind);
  }

  private binary(node: Node, kind: Kind): Operand {
    const [left, right, operator] = [child(node, "left"), child(node, "right"), node["operator"] as string];
    if (COMPARISONS.has(operator)) {
      if (!this.kinds.areNumbers(left, right)) return this.source(node, "any");
      const [a, b] = [this.value(left)!, this.value(right)!];
      return { kind: "plain", v: this.emitter.temp(`${a} ${operator} ${b}`) };
    }
    if (!isNumber(kind) || BINARY[operator] === undefined) return this.source(node, kind);
    return this.operate(operator, this.number(left), this.number(right));
  }

  /** An operand of arithmetic: a value of unknown kind is taken for a number, and checked. */
  number(node: Node): Operand {
    const operand = this.make(node);
    return isNumber(operand.kind) ? operand : this.of(this.dynamic(operand), "active");
  }

  /** Arithmetic of two numbers. */
  operate(operator: string, a: Operand, b: Operand): Operand {
    const left = operator === "**" && a.v.startsWith("-") ? `(${a.v})` : a.v;
    const y = this.emitter.temp(`${left} ${operator} ${b.v}`);
    const [p, q] = BINARY[operator]!(a.v, b.v, y, this.emitter.ad);
    return this.emitter.combined(y, [[a, p], [b, q]], operator === "/" || operator === "**");
  }

  private member(node: Node, kind: Kind): Operand {
    const object = child(node, "object"), key = child(node, "property");
    if (object.type === "Super" || node["optional"] === true) return this.source(node, kind);
    if (this.kinds.of(object) === "floats") {
      if (node["computed"] === true && isNumber(this.kinds.of(key))) {
        return this.element(this.array(object), this.index(key));
      }
      if (memberName(node) === "length") {
        return { kind: "plain", v: this.emitter.temp(`${this.array(object).v}.length`) };
      }
    }
    const hoisted = this.hoisted.get(node);
    if (hoisted === undefined) return this.source(node, kind);
    this.emitter.line(
      `if (${this.rewriter.text(node)} !== ${hoisted.v}) ${this.emitter.ad}.memberChanged(${this.where});`,
    );
    return hoisted;
  }

  /** A float array, whose elements are read or written. */
  array(node: Node): Operand {
    return this.as(this.make(node), "floats");
  }

  /** The text of an index, which is used twice. */
  index(node: Node): string {
    const text = this.value(node)!;
    return /^[\w$]+$/.test(text) ? text : this.emitter.temp(text);
  }

  element(array: Operand, index: string): Operand {
    return {
      kind: "active",
      v: this.emitter.temp(`${array.v}[${index}]`),
      tree: { leaf: this.emitter.temp(`${array.parts}[${index}]`) },
    };
  }

  private call(node: Node, kind: Kind): Operand {
    const callee = child(node, "callee"), args = nodes(node, "arguments");
    const spreads = args.some((part) => part.type === "SpreadElement");
    if (this.rewriter.passive.isMath(callee) && node["optional"] !== true && !spreads) {
      const made = this.math(memberName(callee)!, args);
      if (made) return made;
    }
    const whole = spreads || this.depth > 3 || !isNumber(this.kinds.of(node))
      ? undefined
      : inlined(this.rewriter, callee, this.node);
    if (whole && whole.params.length === args.length) {
      const writeOut = () => {
        if (!this.kinds.areNumbers(...args)) return undefined;
        const operands = args.map((part) => this.make(part));
        return operands.every(({ kind }) => isNumber(kind))
          ? this.written(whole.params, whole.body, operands)
          : undefined;
      };
      // Inside another inlined call, what is unsupported gives up the outer one.
      const made = this.depth > 0 ? writeOut() : this.emitter.ifSupported(writeOut);
      if (made) return made;
    }
    return this.source(node, kind);
  }

  /** An inlined call: the body of the function, with these arguments. */
  private written(params: readonly Node[], body: Node, operands: readonly Operand[]): Operand {
    const outer = this.kinds.inlined;
    // What is used several times is computed once.
    const given = params.map((param, i) => [this.rewriter.scopes.of(param)!, this.settled(operands[i]!)] as const);
    this.kinds.inlined = new Map([...outer, ...given]);
    this.depth++;
    try {
      return this.make(body);
    } finally {
      this.depth--;
      this.kinds.inlined = outer;
    }
  }

  /** An active number as one leaf: its derivative part is computed here. */
  settled(operand: Operand): Operand {
    if (operand.tree === undefined) return operand;
    return { ...operand, tree: { leaf: this.emitter.part(operand) } };
  }

  private math(name: string, args: readonly Node[]): Operand | undefined {
    if (!this.kinds.areNumbers(...args)) return undefined;
    if (CONSTANT_BY_PIECES.has(name)) {
      const values = args.map((part) => this.value(part)).join(", ");
      return { kind: "plain", v: this.emitter.temp(`Math.${name}(${values})`) };
    }
    if (args.length === 1 && Object.hasOwn(DERIVATIVES, name)) {
      const operand = this.number(args[0]!);
      const y = this.emitter.temp(`Math.${name}(${operand.v})`);
      if (operand.tree === undefined) return { kind: "plain", v: y };
      const partial = this.emitter.temp(partialOf(name, operand.v, y));
      return this.emitter.combined(y, [[operand, partial]], !REGULAR.has(name));
    }
    if (args.length === 2 && MATH[name] !== undefined) {
      const [a, b] = args.map((part) => this.number(part)) as [Operand, Operand];
      const y = this.emitter.temp(`Math.${name}(${a.v}, ${b.v})`);
      const [p, q] = MATH[name](a.v, b.v, y, this.emitter.ad);
      return this.emitter.combined(y, [[a, p], [b, q]], !REGULAR.has(name));
    }
    return undefined;
  }

  /** A new variable of a kind, as an operand; `set` writes what gives it a value. */
  private variable(kind: Kind): { operand: Operand; set: (value: Operand) => void } {
    const [v, part] = [this.emitter.name(), this.emitter.name()];
    this.emitter.line(`let ${v}, ${part};`);
    const set = (value: Operand) => {
      const operand = this.as(value, kind), isActive = kind === "active";
      this.emitter.line(`${v} = ${operand.v};${isActive ? ` ${part} = ${this.emitter.part(operand)};` : ""}`);
    };
    return { operand: kind === "active" ? { kind, v, tree: { leaf: part } } : { kind, v }, set };
  }

  /** `a && b`, `a || b` of numbers: the second is computed only where it is needed. */
  private logical(node: Node, kind: Kind): Operand {
    const [left, right, operator] = [child(node, "left"), child(node, "right"), node["operator"] as string];
    if (operator === "??" || !this.kinds.areNumbers(left, right)) return this.source(node, kind);
    const first = this.make(left), { operand, set } = this.variable(kind);
    set(first);
    const text = this.emitter.block(() => set(this.make(right)));
    this.emitter.line(`if (${operator === "&&" ? "" : "!"}${operand.v}) {\n${text}\n}`);
    return operand;
  }

  private conditional(node: Node, kind: Kind): Operand {
    if (!isNumber(kind)) return this.source(node, kind);
    const test = this.condition(child(node, "test")), { operand, set } = this.variable(kind);
    const [yes, no] = ["consequent", "alternate"].map((field) =>
      this.emitter.block(() => set(this.make(child(node, field))))
    );
    this.emitter.line(`if (${test}) {\n${yes}\n} else {\n${no}\n}`);
    return operand;
  }

  /** The text of a condition. */
  condition(node: Node): string {
    if (node.type === "UnaryExpression" && node["operator"] === "!") {
      return `!${this.condition(child(node, "argument"))}`;
    }
    if (node.type === "BinaryExpression" && !this.kinds.areNumbers(child(node, "left"), child(node, "right"))) {
      return this.source(node, "any").v;
    }
    const value = this.value(node);
    if (value !== undefined) return value;
    this.emitter.end();
    return this.emitter.temp(this.rewriter.condition(node));
  }
}
