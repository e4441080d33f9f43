/**
 * Functions specialised to the kinds of values that were seen in them: active numbers are two variables, float arrays
 * have their parts beside them, and on the tape an assignment is one statement (as in Adept and CoDiPack).
 * @module
 */
import { MARK } from "../runtime/kinds.ts";
import { Emitter, Unsupported } from "./emitter.ts";
import { Expressions, isNumber } from "./expressions.ts";
import type { Kinds } from "./infer.ts";
import { child, childrenOf, isFunction, nameOf, type Node, nodes, optional } from "./nodes.ts";
import { OPERATIONS } from "./operators.ts";
import { check, sourceOf } from "./patterns.ts";
import type { Operand } from "./operands.ts";
import type { Kind } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import { type Binding, namesIn, pairsOf } from "./scopes.ts";
import { mark, type Marked } from "./text.ts";

const LOOPS = new Set(["ForStatement", "WhileStatement", "DoWhileStatement", "ForOfStatement"]);

/** Is it a function that is worth specialising: with a loop of its own? */
export function hasLoop(node: Node): boolean {
  if (node["generator"] === true || child(node, "body").type !== "BlockStatement") return false;
  return contains(child(node, "body"), (part) => LOOPS.has(part.type));
}

function contains(node: Node, is: (node: Node) => boolean): boolean {
  return childrenOf(node).some((part) =>
    !isFunction(part) && !part.type.startsWith("Class") && (is(part) || contains(part, is))
  );
}

/** The parameters and the body of a function, specialised. Throws `Unsupported`. */
export function specialise(
  rewriter: Rewriter,
  kinds: Kinds,
  node: Node,
  backward: boolean,
  where: string,
): { params: Marked; body: Marked } {
  return new Specialiser(rewriter, kinds, node, backward, JSON.stringify(where)).function();
}

class Specialiser {
  private readonly emitter: Emitter;
  private readonly expressions: Expressions;
  /** The label of the loop that comes next. */
  private label = "";

  constructor(
    private readonly rewriter: Rewriter,
    private readonly kinds: Kinds,
    private readonly node: Node,
    backward: boolean,
    where: string,
  ) {
    this.emitter = new Emitter(rewriter.ad, backward);
    this.expressions = new Expressions(this.emitter, kinds, where);
  }

  function(): { params: Marked; body: Marked } {
    const { rewriter, emitter } = this;
    const own = [...rewriter.scopes.all].filter(({ owner }) => owner === this.node);
    for (const binding of own) rewriter.split.set(binding, this.kinds.variable(binding));
    const params = nodes(this.node, "params");
    if (
      contains(
        { ...this.node, type: "x", body: null, id: null } as unknown as Node,
        (part) => part.type === "AssignmentPattern",
      )
    ) {
      throw new Unsupported();
    }
    const text = rewriter.withoutTemporaries(() => params.map((part) => this.renamed(part)).join(", "));
    const body = emitter.block(() => {
      for (const param of params) for (const name of namesIn(param)) this.enter(name);
      this.hoist(params.flatMap(namesIn));
      this.statements(nodes(child(this.node, "body"), "body"));
      emitter.end();
    });
    return { params: text, body: `{ ${MARK}; ${emitter.declarations}\n${body}\n}` };
  }

  private kindOf(name: Node): Kind {
    return this.rewriter.split.get(this.rewriter.scopes.of(name)!) ?? "any";
  }

  /** A pattern, in which variables that become two have other names. */
  private renamed(pattern: Node): Marked {
    for (const name of namesIn(pattern)) this.rewriter.renamed.add(name);
    return this.rewriter.make(pattern);
  }

  /** Checks what a pattern gave a variable, and makes two of one. */
  private enter(name: Node): void {
    const kind = this.kindOf(name), binding = this.rewriter.scopes.of(name)!;
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

  /** Arrays that are members of parameters are looked up once, where nothing can change the members. */
  private hoist(names: readonly Node[]): void {
    const body = child(this.node, "body"), { rewriter } = this;
    const changes = contains(body, (part) =>
      part.type === "AwaitExpression" ||
      (part.type === "CallExpression" && !this.isHarmless(child(part, "callee"))) ||
      (part.type === "AssignmentExpression" && child(part, "left").type === "MemberExpression" &&
        child(part, "left")["computed"] === false));
    if (changes) return;
    const bindings = new Set(
      names.map((name) => rewriter.scopes.of(name)!).filter(({ writes }) => writes.length === 1),
    );
    const visit = (node: Node, loop: boolean): void => {
      if (isFunction(node) || node.type.startsWith("Class")) return;
      const object = node.type === "MemberExpression" ? child(node, "object") : undefined;
      if (loop && object && node["computed"] === false && nameOf(object) !== undefined) {
        const binding = rewriter.scopes.of(object), text = rewriter.source.slice(node.start, node.end);
        if (
          binding && bindings.has(binding) && this.kinds.of(object) === "any" && this.kinds.of(node) === "floats" &&
          !this.expressions.hoisted.has(text)
        ) {
          const name = JSON.stringify(nameOf(child(node, "property")));
          const found = this.emitter.temp(`${rewriter.ad}.own(${binding.name}, ${name}, ${this.expressions.where})`);
          this.expressions.hoisted.set(text, this.expressions.of(found, "floats", node));
        }
      }
      for (const part of childrenOf(node)) visit(part, loop || LOOPS.has(node.type));
    };
    visit(body, false);
  }

  private isHarmless(callee: Node): boolean {
    if (callee.type === "Identifier") return this.rewriter.isOwn(callee, "function");
    if (this.rewriter.passive.isMath(callee)) return true;
    return callee.type === "MemberExpression" && callee["computed"] === false &&
      this.kinds.of(child(callee, "object")) === "floats" &&
      ["slice", "subarray", "set", "fill"].includes(nameOf(child(callee, "property"))!);
  }

  private statements(list: readonly Node[]): void {
    // Functions are there from the beginning.
    for (const node of list) if (node.type === "FunctionDeclaration") this.emitter.line(this.rewriter.make(node));
    for (const node of list) if (node.type !== "FunctionDeclaration") this.statement(node);
  }

  /** The statements of a branch or a loop, here. */
  private inside(node: Node): void {
    if (node.type === "BlockStatement") this.statements(nodes(node, "body"));
    else this.statement(node);
  }

  private statement(node: Node): void {
    const { emitter, rewriter } = this;
    emitter.line(mark(node.start));
    switch (node.type) {
      case "EmptyStatement":
        return;
      case "BlockStatement":
        emitter.line("{");
        this.inside(node);
        return emitter.line("}");
      case "VariableDeclaration":
        return this.declaration(node);
      case "ExpressionStatement":
        return this.expressionStatement(child(node, "expression"));
      case "IfStatement":
        return this.ifStatement(node);
      case "ForStatement":
        return this.forStatement(node);
      case "WhileStatement":
        return this.loop("for (;;)", child(node, "test"), child(node, "body"));
      case "ForOfStatement":
        return this.forOf(node);
      case "LabeledStatement":
        if (!LOOPS.has(child(node, "body").type)) throw new Unsupported();
        this.label = `${nameOf(child(node, "label"))}: `;
        return this.statement(child(node, "body"));
      case "SwitchStatement":
        return this.switchStatement(node);
      case "TryStatement":
        return this.tryStatement(node);
      case "ClassDeclaration":
        emitter.end();
        return emitter.line(rewriter.make(node));
      case "BreakStatement":
      case "ContinueStatement":
        emitter.leaveLoop(optional(node, "label") !== null);
        return emitter.line(rewriter.source.slice(node.start, node.end).replace(/;?$/, ";"));
      case "ReturnStatement": {
        const argument = optional(node, "argument");
        const value = argument === null ? "" : this.expressions.dynamic(this.careful(argument));
        emitter.store();
        return emitter.line(`return ${value};`);
      }
      case "ThrowStatement": {
        const { v } = this.expressions.as(this.careful(child(node, "argument")), "any");
        emitter.store();
        return emitter.line(`throw ${v};`);
      }
      default:
        throw new Unsupported();
    }
  }

  /** An expression, with care where it changes what it reads. */
  private careful(node: Node): Operand {
    const before = this.expressions.careful;
    this.expressions.careful = [node].some((part) => isChange(part) || contains(part, isChange));
    try {
      return this.expressions.make(node);
    } finally {
      this.expressions.careful = before;
    }
  }

  private declaration(node: Node): void {
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
      const kind = this.kindOf(id), binding = this.rewriter.scopes.of(id)!;
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
    const kind = this.kindOf(id), binding = this.rewriter.scopes.of(id)!;
    if (word === "var" && isSplit(kind)) throw new Unsupported();
    const operand = this.expressions.as(value, kind);
    this.emitter.line(
      `${word === "const" && isSplit(kind) ? "let" : word} ${this.pair(binding, kind, operand, ", ")};`,
    );
  }

  /** A value that stays what it is, whatever is assigned next. */
  private settled(node: Node): Operand {
    const before = this.expressions.careful;
    this.expressions.careful = true;
    try {
      return this.expressions.settled(this.expressions.make(node));
    } finally {
      this.expressions.careful = before;
    }
  }

  /** `x = v`, and of what is two variables both. */
  private pair(binding: Binding, kind: Kind, operand: Operand, separator: string): string {
    const { name } = binding;
    if (kind === "active") {
      const part = this.emitter.part(operand);
      return `${name} = ${operand.v}${separator}${this.rewriter.partName(binding)} = ${part}`;
    }
    if (kind === "floats") {
      return `${name} = ${operand.v}${separator}${this.rewriter.partName(binding)} = ${operand.parts}`;
    }
    return `${name} = ${operand.v}`;
  }

  private expressionStatement(node: Node): void {
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
    // What cannot be assigned to here is assigned to dynamically, as a whole.
    const possible = pairs.every(([target, value]) => {
      if (!isNumber(this.expressions.kindOf(value))) return false;
      if (target.type === "Identifier") {
        const binding = this.rewriter.scopes.of(target);
        return binding !== undefined && isNumber(this.rewriter.splitKind(binding) ?? "any");
      }
      return target["computed"] === true && this.expressions.kindOf(child(target, "object")) === "floats" &&
        isNumber(this.expressions.kindOf(child(target, "property")));
    });
    if (!possible) return false;
    const operands = pairs.map(([, value]) => this.settled(value));
    for (const [i, [target]] of pairs.entries()) this.assign(target, operands[i]!);
    return true;
  }

  /** Assigns to a number or an element. */
  private assign(target: Node, value: Operand): void {
    if (target.type === "Identifier") {
      const binding = this.rewriter.scopes.of(target)!, kind = this.rewriter.splitKind(binding)!;
      return this.emitter.line(`${this.pair(binding, kind, this.expressions.as(value, kind), "; ")};`);
    }
    const array = this.expressions.array(child(target, "object")),
      index = this.expressions.index(child(target, "property"));
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
    const before = this.expressions.careful;
    this.expressions.careful = isChange(right) || [left, right].some((part) => contains(part, isChange));
    try {
      const compute = (old: () => Operand): Operand =>
        operator === ""
          ? this.expressions.make(right)
          : this.expressions.operate(operator, old(), this.expressions.number(right));
      if (left.type === "Identifier") {
        const binding = this.rewriter.scopes.of(left), kind = binding && this.rewriter.splitKind(binding);
        if (binding === undefined || kind === undefined || kind === "any" || kind === "none") return false;
        if (operator !== "" && !(isNumber(kind) && isNumber(this.expressions.kindOf(right)))) {
          // Dynamically, of values that it can be told of afterwards what they are.
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
      if (this.expressions.kindOf(object) !== "floats" || !isNumber(this.expressions.kindOf(key))) return false;
      if (!isNumber(this.expressions.kindOf(right))) return false;
      const array = this.expressions.array(object), index = this.expressions.index(key);
      const operand = this.expressions.as(compute(() => this.expressions.element(array, index)), "active");
      const part = this.emitter.part(operand);
      this.emitter.line(`${array.v}[${index}] = ${operand.v}; ${array.parts}[${index}] = ${part};`);
      return true;
    } finally {
      this.expressions.careful = before;
    }
  }

  private update(node: Node, target: Node): boolean {
    const one = { type: "Literal", start: node.start, end: node.start, value: 1, raw: "1" } as unknown as Node;
    const operator = node["operator"] === "++" ? "+" : "-";
    const numeric = isNumber(this.expressions.kindOf(target));
    return numeric &&
      this.assignment(
        { ...node, type: "AssignmentExpression", left: target, right: one, operator: `${operator}=` } as Node,
      );
  }

  private ifStatement(node: Node): void {
    const test = this.test(child(node, "test")), alternate = optional(node, "alternate");
    this.emitter.branches((branch) => {
      const write = (part: Node) => branch(() => this.inside(part));
      const yes = write(child(node, "consequent"));
      const no = alternate === null ? undefined : write(alternate);
      this.emitter.line(`if (${test}) {\n${yes}\n}${no === undefined ? "" : ` else {\n${no}\n}`}`);
    });
  }

  private switchStatement(node: Node): void {
    const discriminant = child(node, "discriminant"), { ad } = this.rewriter;
    this.emitter.end();
    const value = this.emitter.temp(`${ad}.v(${this.rewriter.make(discriminant)})`);
    this.emitter.loopWithoutTape(() => {
      for (const part of nodes(node, "cases")) {
        const test = optional(part, "test");
        if (test !== null && !this.expressions.isPlain(test)) throw new Unsupported();
        this.emitter.line(test === null ? "default:" : `case ${this.rewriter.make(test)}:`);
        this.statements(nodes(part, "consequent"));
        this.emitter.end();
      }
    }, (text) => this.emitter.line(`switch (${value}) {\n${text}\n}`));
  }

  /** Whatever is thrown is thrown where the tape is not loaded. */
  private tryStatement(node: Node): void {
    const handler = optional(node, "handler"), finalizer = optional(node, "finalizer");
    const write = (head: string, body: Node) =>
      this.emitter.loopWithoutTape(() => this.inside(body), (text) => this.emitter.line(`${head} {\n${text}\n}`));
    write("try", child(node, "block"));
    if (handler !== null) {
      const param = optional(handler, "param");
      write(param === null ? "catch" : `catch (${this.rewriter.make(param)})`, child(handler, "body"));
    }
    if (finalizer !== null) write("finally", finalizer);
  }

  private test(node: Node): string {
    if (isChange(node) || contains(node, isChange)) {
      this.emitter.end();
      return this.rewriter.condition(node);
    }
    return this.expressions.condition(node);
  }

  private loop(head: string, test: Node | null, body: Node, usesTape = false): void {
    const { label } = this;
    this.label = "";
    this.emitter.loop(() => {
      if (usesTape) this.emitter.end();
      if (test !== null) {
        const condition = this.test(test);
        this.emitter.leaveLoop(false);
        this.emitter.line(`if (!(${condition})) break;`);
      }
      // In brackets of its own, for its names are not those of the condition.
      this.emitter.line("{");
      this.inside(body);
      this.emitter.line("}");
    }, (text) => this.emitter.line(`${label}${head} {\n${text}\n}`));
  }

  private forStatement(node: Node): void {
    const init = optional(node, "init"), update = optional(node, "update"), body = child(node, "body");
    let test = optional(node, "test");
    let head = "";
    if (init?.type === "VariableDeclaration") {
      const parts = nodes(init, "declarations");
      const plain = parts.every((part) => {
        const value = optional(part, "init");
        return nameOf(child(part, "id")) !== undefined && (value === null || this.rewriter.passive.is(value)) &&
          !isSplit(this.kindOf(child(part, "id")));
      });
      if (plain) head = this.rewriter.make(init).replace(/;$/, "");
      else if (parts.some((part) => this.rewriter.scopes.of(child(part, "id"))?.captures.size !== 0)) {
        throw new Unsupported();
      } else {
        this.emitter.line("{");
        this.declaration({ ...init, kind: init["kind"] === "const" ? "let" : init["kind"] } as Node);
      }
    } else if (init) this.expressionStatement(init);
    // An update is an expression: what changes an active variable in it stays dynamic.
    const step = update === null ? "" : this.rewriter.make(update);
    let condition = "";
    if (test !== null && this.expressions.isPlain(test)) {
      condition = this.rewriter.make(test);
      test = null;
    }
    // Where an operation is called in the head, the tape is not kept.
    this.loop(
      `for (${head}; ${condition}; ${step})`,
      test,
      body,
      [head, step].some((text) => text.includes(`${this.rewriter.ad}.`)),
    );
    if (head === "" && init?.type === "VariableDeclaration") this.emitter.line("}");
  }

  private forOf(node: Node): void {
    const left = child(node, "left"), right = child(node, "right");
    if (node["await"] === true || left.type !== "VariableDeclaration") throw new Unsupported();
    const id = child(nodes(left, "declarations")[0]!, "id");
    const { label } = this;
    this.label = "";
    const write = (head: string, enter: () => void) =>
      this.emitter.loop(() => {
        enter();
        this.emitter.line("{");
        this.inside(child(node, "body"));
        this.emitter.line("}");
      }, (text) => this.emitter.line(`${label}${head} {\n${text}\n}`));
    if (id.type === "Identifier" && this.kinds.of(right) === "floats") {
      const array = this.expressions.array(right), index = this.emitter.name();
      const binding = this.rewriter.scopes.of(id)!, kind = this.kindOf(id);
      return write(`for (let ${index} = 0; ${index} < ${array.v}.length; ${index}++)`, () => {
        const operand = this.expressions.as(this.expressions.element(array, index), kind);
        this.emitter.line(`let ${this.pair(binding, kind, operand, ", ")};`);
      });
    }
    // Iterating may use the tape, too.
    this.emitter.end();
    const source = this.rewriter.make(right), pattern = this.renamed(id);
    this.emitter.loopWithoutTape(() => {
      for (const name of namesIn(id)) this.enter(name);
      this.emitter.line("{");
      this.inside(child(node, "body"));
      this.emitter.line("}");
    }, (text) => this.emitter.line(`${label}for (${left["kind"]} ${pattern} of ${source}) {\n${text}\n}`));
  }
}

const isSplit = (kind: Kind): boolean => kind === "active" || kind === "floats";

const isChange = (node: Node): boolean => node.type === "AssignmentExpression" || node.type === "UpdateExpression";
