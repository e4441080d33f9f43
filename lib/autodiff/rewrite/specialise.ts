/**
 * Functions specialised to the kinds of values that were seen in them: active numbers are two variables, float arrays
 * have their parts beside them, and on the tape an assignment is one statement (as in Adept and CoDiPack).
 * @module
 */
import { MARK } from "../runtime/kinds.ts";
import { Unsupported } from "./emitter.ts";
import type { Kinds } from "./infer.ts";
import { child, childrenOf, isFunction, nameOf, namesIn, type Node, nodes, optional, targetsOf } from "./nodes.ts";
import type { Operand } from "./operands.ts";
import { noteThrown } from "./printed.ts";
import { isNumber, isSplit } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import { type Binding, entryOf } from "./scopes.ts";
import { Assignments, changes, contains } from "./specialised_assignments.ts";
import { mark, type Marked } from "./text.ts";

const LOOPS = new Set(["ForStatement", "WhileStatement", "DoWhileStatement", "ForOfStatement"]);

/** Is it a function that is worth specialising: with a loop of its own? */
export function hasLoop(node: Node): boolean {
  if (node["generator"] === true || child(node, "body").type !== "BlockStatement") return false;
  return contains(child(node, "body"), (part) => LOOPS.has(part.type));
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

class Specialiser extends Assignments {
  /** The label of the loop that comes next. */
  private label = "";

  function(): { params: Marked; body: Marked } {
    const { rewriter, emitter } = this;
    const own = [...rewriter.scopes.all].filter(({ owner }) => owner === this.node);
    for (const binding of own) {
      const kind = this.kinds.variable(binding);
      if (isNumber(kind) || isSplit(kind)) rewriter.split.set(binding, kind);
    }
    const params = nodes(this.node, "params");
    const text = rewriter.withoutTemporaries(() => params.map((part) => this.renamed(part)).join(", "));
    // A default value that reads a split parameter: its two variables do not exist yet.
    if (text.includes(`${rewriter.ad}p`)) throw new Unsupported();
    const body = emitter.block(() => {
      for (const param of params) for (const name of namesIn(param)) this.enter(name);
      this.hoist(params.flatMap(namesIn));
      this.statements(nodes(child(this.node, "body"), "body"));
    });
    return { params: text, body: `{ ${MARK}; ${emitter.declarations}\n${body}\n}` };
  }

  /** Arrays that are members of parameters are looked up once, where nothing can change the members. */
  private hoist(names: readonly Node[]): void {
    const body = child(this.node, "body"), { rewriter } = this;
    if (this.mayChangeMembers(body)) return;
    const bindings = new Set(
      names.map((name) => rewriter.scopes.of(name)!).filter(({ writes }) => writes.length === 1),
    );
    const lookUp = (node: Node, { name }: Binding): Operand => {
      const key = JSON.stringify(nameOf(child(node, "property")));
      const found = this.emitter.temp(`${rewriter.ad}.own(${name}, ${key}, ${this.expressions.where})`);
      return this.expressions.of(found, "floats", node);
    };
    const known = new Map<string, Operand>();
    const visit = (node: Node, loop: boolean): void => {
      if (isFunction(node) || node.type.startsWith("Class")) return;
      if (loop && node.type === "MemberExpression" && node["computed"] === false) {
        const object = child(node, "object"), binding = rewriter.scopes.of(object), text = rewriter.text(node);
        if (
          binding && bindings.has(binding) && this.kinds.of(object) === "any" && this.kinds.of(node) === "floats"
        ) {
          const array = known.get(text) ?? lookUp(node, binding);
          known.set(text, array);
          this.expressions.hoisted.set(node, array);
        }
      }
      for (const part of childrenOf(node)) visit(part, loop || LOOPS.has(node.type));
    };
    visit(body, false);
  }

  /** May code change members of objects that are no elements, itself or by what it calls? */
  private mayChangeMembers(body: Node): boolean {
    const is = (part: Node): boolean => {
      if (["AwaitExpression", "YieldExpression", "TaggedTemplateExpression"].includes(part.type)) return true;
      if (part.type === "CallExpression") return !this.isHarmless(child(part, "callee"));
      if (part.type === "NewExpression") return !this.makesArray(child(part, "callee"));
      return targetsOf(part).some((target) =>
        target.type === "MemberExpression" &&
        (target["computed"] === false || !isNumber(this.kinds.of(child(target, "property"))))
      );
    };
    return is(body) || contains(body, is);
  }

  /** Is it a class of arrays or errors that JavaScript has? */
  private makesArray(callee: Node): boolean {
    return this.rewriter.scopes.of(callee) === undefined && /(?:Array|Error)$/.test(nameOf(callee) ?? "");
  }

  /** The functions that calls here were asked about: in a function that calls itself, the answer is that of the rest. */
  private readonly asked = new Set<Node>();

  private isHarmless(callee: Node): boolean {
    const f = this.rewriter.scopes.functionOf(callee);
    if (f) {
      const isKnown = this.asked.has(f);
      this.asked.add(f);
      return isKnown || ![...nodes(f, "params"), child(f, "body")].some((part) => this.mayChangeMembers(part));
    }
    if (this.rewriter.passive.isMath(callee)) return true;
    return callee.type === "MemberExpression" && callee["computed"] === false &&
      this.kinds.of(child(callee, "object")) === "floats" &&
      ["slice", "subarray", "set", "fill"].includes(nameOf(child(callee, "property"))!);
  }

  private statements(list: readonly Node[]): void {
    // Function declarations come first, as they are hoisted.
    const isFirst = ({ type }: Node) => type === "FunctionDeclaration";
    for (const node of list.filter(isFirst)) this.declared(node);
    for (const node of list) if (!isFirst(node)) this.statement(node);
  }

  /** Writes the declaration of a function or class, which have segments of their own. */
  private declared(node: Node): void {
    this.emitter.end();
    this.emitter.line(this.rewriter.make(node));
  }

  /** Writes the statements of a branch or of the body of a loop. */
  private inside(node: Node): void {
    if (node.type === "BlockStatement") this.statements(nodes(node, "body"));
    else this.statement(node);
  }

  private block(node: Node): void {
    this.emitter.line(`{\n${this.emitter.block(() => this.inside(node))}\n}`);
  }

  private statement(node: Node): void {
    const { emitter, rewriter } = this;
    emitter.line(mark(node.start));
    switch (node.type) {
      case "EmptyStatement":
        return;
      case "BlockStatement":
        return this.block(node);
      case "VariableDeclaration":
        return this.declaration(node);
      case "ExpressionStatement":
        return this.expressionStatement(child(node, "expression"));
      case "IfStatement":
        return this.ifStatement(node);
      case "ForStatement":
        return this.forStatement(node);
      case "WhileStatement":
        return this.loop("for (;;)", () => {
          this.leaveUnless(child(node, "test"));
          this.block(child(node, "body"));
        });
      case "DoWhileStatement":
        return this.doWhile(child(node, "test"), child(node, "body"));
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
        return this.declared(node);
      case "BreakStatement":
      case "ContinueStatement":
        if (optional(node, "label")) emitter.end();
        else emitter.close();
        return emitter.line(rewriter.text(node).replace(/;?$/, ";"));
      case "ReturnStatement": {
        const argument = optional(node, "argument");
        const value = argument === null ? "" : this.expressions.dynamic(this.careful(argument));
        emitter.end();
        return emitter.line(`return ${value};`);
      }
      case "ThrowStatement": {
        noteThrown(node);
        const { v } = this.expressions.as(this.careful(child(node, "argument")), "any");
        emitter.end();
        return emitter.line(`throw ${v};`);
      }
      default:
        throw new Unsupported();
    }
  }

  private ifStatement(node: Node): void {
    const test = this.test(child(node, "test")), alternate = optional(node, "alternate");
    const write = (part: Node) => this.emitter.block(() => this.inside(part));
    const yes = write(child(node, "consequent"));
    const no = alternate === null ? "" : ` else {\n${write(alternate)}\n}`;
    this.emitter.line(`if (${test}) {\n${yes}\n}${no}`);
  }

  private switchStatement(node: Node): void {
    const discriminant = child(node, "discriminant"), { ad } = this.rewriter;
    this.emitter.end();
    const value = this.emitter.temp(`${ad}.t(${this.rewriter.make(discriminant)})`);
    const text = this.emitter.block(() => {
      for (const part of nodes(node, "cases")) {
        const test = optional(part, "test");
        if (test !== null && !this.expressions.isPlain(test)) throw new Unsupported();
        this.emitter.line(test === null ? "default:" : `case ${this.rewriter.make(test)}:`);
        this.statements(nodes(part, "consequent"));
        this.emitter.end();
      }
    });
    this.emitter.line(`switch (${value}) {\n${text}\n}`);
  }

  private tryStatement(node: Node): void {
    const handler = optional(node, "handler"), finalizer = optional(node, "finalizer");
    const write = (head: string, body: Node) =>
      this.emitter.line(`${head} {\n${this.emitter.block(() => this.inside(body))}\n}`);
    write("try", child(node, "block"));
    if (handler !== null) {
      const param = optional(handler, "param");
      write(param === null ? "catch" : `catch (${this.rewriter.make(param)})`, child(handler, "body"));
    }
    if (finalizer !== null) write("finally", finalizer);
  }

  private test(node: Node): string {
    if (changes(node)) {
      // By dynamic code, whose result is computed now, before the tape is loaded for what comes next.
      this.emitter.end();
      return this.emitter.temp(this.rewriter.condition(node));
    }
    return this.expressions.condition(node);
  }

  /** The condition is tested at the beginning of each pass but the first, so that `continue` leads to it, too. */
  private doWhile(test: Node, body: Node): void {
    const first = this.emitter.name();
    this.loop(`for (let ${first} = true; ; ${first} = false)`, () => {
      this.emitter.line(`if (!${first}) {\n${this.emitter.block(() => this.leaveUnless(test))}\n}`);
      this.block(body);
    });
  }

  /** Leaves a loop where its condition does not hold. */
  private leaveUnless(test: Node): void {
    const condition = this.test(test);
    this.emitter.close();
    this.emitter.line(`if (!(${condition})) break;`);
  }

  /** Writes a loop of which `pass` writes one pass. `usesTape`: its head may do so. */
  private loop(head: string, pass: () => void, usesTape = false): void {
    const { label } = this;
    this.label = "";
    this.emitter.loop(label + head, () => {
      if (usesTape) this.emitter.end();
      pass();
    });
  }

  private forStatement(node: Node): void {
    const init = optional(node, "init"), test = optional(node, "test"), update = optional(node, "update");
    let head = "";
    if (init?.type === "VariableDeclaration") {
      const parts = nodes(init, "declarations");
      const plain = parts.every((part) => {
        const value = optional(part, "init");
        return nameOf(child(part, "id")) !== undefined && (value === null || this.rewriter.passive.is(value)) &&
          !isSplit(this.rewriter.kindOf(child(part, "id")));
      });
      if (plain) head = this.rewriter.make(init).replace(/;$/, "");
      else if (parts.some((part) => this.rewriter.scopes.of(child(part, "id"))?.captures.size !== 0)) {
        throw new Unsupported();
      } else {
        this.emitter.line("{");
        this.declaration({ ...init, kind: init["kind"] === "const" ? "let" : init["kind"] } as Node);
      }
    } else if (init) this.expressionStatement(init);
    // The update is written as dynamic code; one that changes a split variable is unsupported.
    const step = update === null ? "" : this.rewriter.make(update);
    const isPlain = test === null || this.expressions.isPlain(test);
    const condition = test === null || !isPlain ? "" : this.rewriter.make(test);
    const usesTape = head.includes(`${this.rewriter.ad}.`) || update !== null && !this.expressions.isPlain(update);
    this.loop(`for (${head}; ${condition}; ${step})`, () => {
      if (!isPlain) this.leaveUnless(test);
      // In a block of its own, for its names are not seen by the condition.
      this.block(child(node, "body"));
    }, usesTape);
    if (head === "" && init?.type === "VariableDeclaration") this.emitter.line("}");
  }

  private forOf(node: Node): void {
    const left = child(node, "left"), right = child(node, "right");
    if (node["await"] === true || left.type !== "VariableDeclaration") throw new Unsupported();
    const id = child(nodes(left, "declarations")[0]!, "id");
    const items = this.items(id, right);
    if (items) {
      // In variables of their own, for the body may assign another array to the name.
      const array = this.expressions.array(items.array), index = this.emitter.name();
      const v = this.emitter.temp(array.v), kept = { ...array, v, parts: this.emitter.temp(array.parts!) };
      return this.loop(`for (let ${index} = 0; ${index} < ${v}.length; ${index}++)`, () => {
        if (items.index) this.item(items.index, { kind: "plain", v: index });
        this.item(items.element, this.expressions.element(kept, index));
        this.block(child(node, "body"));
      });
    }
    this.emitter.end();
    const source = this.rewriter.make(right), pattern = this.renamed(id);
    this.loop(`for (${left["kind"]} ${pattern} of ${source})`, () => {
      for (const name of namesIn(id)) this.enter(name);
      this.block(child(node, "body"));
    }, true);
  }

  /** The names of `for (const v of array)` and `for (const [i, v] of array.entries())`, where it is a float array. */
  private items(id: Node, right: Node): { index?: Node; element: Node; array: Node } | undefined {
    if (id.type === "Identifier") return this.kinds.of(right) === "floats" ? { element: id, array: right } : undefined;
    const entry = entryOf(id, right);
    return entry && this.kinds.of(entry.array) === "floats" ? entry : undefined;
  }

  /** Declares the variable of a loop for one pass. */
  private item(name: Node, value: Operand): void {
    this.emitter.line(`let ${this.pair(name, value, ", ")};`);
  }
}
