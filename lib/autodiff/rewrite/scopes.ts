/**
 * Which variable a name means, and what is assigned to it.
 * @module
 */
import { child, childrenOf, isFunction, list, nameOf, namesIn, type Node, nodes, optional } from "./nodes.ts";

/** A variable of a module. */
export interface Binding {
  readonly name: string;
  /** Where it is declared. */
  readonly id: Node;
  readonly kind: "var" | "let" | "const" | "parameter" | "function" | "class" | "import" | "other";
  /** The function that it is a variable of; `null` for the module. */
  readonly owner: Node | null;
  /** The function, class or import specifier that declares it. */
  readonly node: Node | null;
  /** The expressions that are assigned to it; `null` for a value that is not known. */
  readonly writes: (Node | null)[];
  /** Functions other than its owner that name it. */
  readonly captures: Set<Node>;
  /** All places where it is named, but where a function, a class or an import declares it. */
  readonly uses: Node[];
}

/** The variables of a module. */
export class Scopes {
  /** By the node of the name. */
  private readonly bindings = new Map<Node, Binding>();
  readonly all = new Set<Binding>();

  constructor(program: Node) {
    this.visit(program, new Scope(null, null));
    for (const settle of this.references) settle();
  }

  private readonly references: (() => void)[] = [];

  /** What a name means; `undefined`: a global one. */
  of(identifier: Node): Binding | undefined {
    return this.bindings.get(identifier);
  }

  /** The function that a name means, if it is never assigned another value. */
  functionOf(name: Node): Node | undefined {
    const value = this.valueOf(name);
    return value && isFunction(value) ? value : undefined;
  }

  /** The class that a name means, if it is never assigned another value. */
  classOf(name: Node): Node | undefined {
    const value = this.valueOf(name);
    return value?.type.startsWith("Class") ? value : undefined;
  }

  /**
   * May a name mean another variable in a function than where it stands, which is in a scope around that function? Blocks
   * are not told apart, so the answer may be yes where it is no.
   */
  isHidden(name: Node, { start, end }: Node): boolean {
    const binding = this.of(name), around = binding?.owner ?? null;
    return [...this.all].some((other) =>
      other !== binding && other.name === nameOf(name) &&
      (other.owner === null ? around === null : other.owner.start <= start && end <= other.owner.end &&
        (around === null || around.start <= other.owner.start))
    );
  }

  private valueOf(name: Node): Node | undefined {
    const binding = this.of(name);
    if (!binding) return undefined;
    const { kind, node, writes } = binding;
    if (kind === "function" || kind === "class") return writes.length === 0 ? node ?? undefined : undefined;
    return ["const", "let", "var"].includes(kind) && writes.length === 1 ? writes[0] ?? undefined : undefined;
  }

  private visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case "Program":
      case "BlockStatement":
      case "StaticBlock": {
        const inner = node.type === "Program" ? scope : new Scope(scope, scope.owner);
        this.declareIn(nodes(node, "body"), inner);
        if (node.type !== "BlockStatement") this.declareVars(node, inner);
        for (const part of nodes(node, "body")) this.visit(part, inner);
        return;
      }
      case "SwitchStatement": {
        this.visit(child(node, "discriminant"), scope);
        const inner = new Scope(scope, scope.owner);
        this.declareIn(nodes(node, "cases").flatMap((part) => nodes(part, "consequent")), inner);
        for (const part of nodes(node, "cases")) this.visit(part, inner);
        return;
      }
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement": {
        const inner = new Scope(scope, scope.owner);
        const head = optional(node, node.type === "ForStatement" ? "init" : "left");
        if (head?.type === "VariableDeclaration") this.declareIn([head], inner);
        if (head && node.type !== "ForStatement") this.writeEach(node, head, inner);
        for (const part of childrenOf(node)) this.visit(part, inner);
        return;
      }
      case "CatchClause": {
        const inner = new Scope(scope, scope.owner);
        const param = optional(node, "param");
        if (param) this.declarePattern(param, "other", inner);
        for (const part of childrenOf(node)) this.visit(part, inner);
        return;
      }
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        const id = optional(node, "id"), named = new Scope(scope, scope.owner);
        if (id && node.type === "FunctionExpression") this.declare(id, "function", named, node);
        const inner = new Scope(named, node);
        inner.isFunction = true;
        for (const part of nodes(node, "params")) this.declarePattern(part, "parameter", inner);
        for (const part of nodes(node, "params")) this.visit(part, inner);
        const body = child(node, "body");
        if (body.type === "BlockStatement") {
          this.declareIn(nodes(body, "body"), inner);
          this.declareVars(body, inner);
          for (const part of nodes(body, "body")) this.visit(part, inner);
        } else this.visit(body, inner);
        return;
      }
      case "ClassDeclaration":
      case "ClassExpression": {
        const inner = new Scope(scope, scope.owner);
        const id = optional(node, "id");
        if (id && node.type === "ClassExpression") this.declare(id, "class", inner, node);
        for (const part of childrenOf(node)) if (part !== id) this.visit(part, inner);
        return;
      }
      case "VariableDeclaration": {
        for (const part of nodes(node, "declarations")) {
          const init = optional(part, "init");
          if (init) this.write(child(part, "id"), init, scope, true);
          this.visit(child(part, "id"), scope);
          if (init) this.visit(init, scope);
        }
        return;
      }
      case "AssignmentExpression":
        this.write(child(node, "left"), node["operator"] === "=" ? child(node, "right") : node, scope);
        break;
      case "UpdateExpression":
        this.write(child(node, "argument"), node, scope);
        break;
      case "Identifier":
        this.refer(node, scope);
        return;
    }
    for (const part of childrenOf(node)) if (!isOnlyName(part, node)) this.visit(part, scope);
  }

  /** A name that is used. It is looked up once all are declared, for functions may use what is declared later. */
  private refer(identifier: Node, scope: Scope): void {
    this.references.push(() => {
      const binding = scope.find(identifier["name"] as string);
      if (!binding) return;
      this.bindings.set(identifier, binding);
      binding.uses.push(identifier);
      const { owner } = scope;
      if (owner !== null && binding.owner !== owner) binding.captures.add(owner);
    });
  }

  /** Notes that the variables of a pattern are given (parts of) a value. */
  private write(pattern: Node, value: Node | null, scope: Scope, declares = false): void {
    const name = nameOf(pattern);
    if (name !== undefined) {
      this.references.push(() => scope.find(name)?.writes.push(value));
      return;
    }
    const pairs = value === null ? undefined : pairsOf(pattern, value);
    if (pairs) {
      for (const [part, element] of pairs) this.write(part, element, scope, declares);
      return;
    }
    for (const part of namesIn(pattern)) {
      this.references.push(() => scope.find(part["name"] as string)?.writes.push(declares ? recorded(part) : null));
    }
  }

  /** Notes what the head of `for … in` or `for … of` is given in each pass. */
  private writeEach(loop: Node, head: Node, scope: Scope): void {
    if (head.type !== "VariableDeclaration") return this.write(head, null, scope);
    const id = child(nodes(head, "declarations")[0]!, "id"), right = child(loop, "right");
    const entry = loop.type === "ForOfStatement" ? entryOf(id, right) : undefined;
    if (!entry) return this.write(id, loop.type === "ForInStatement" ? TEXT : partOf("ElementOf", right), scope);
    this.write(entry.index, partOf("IndexOf", entry.array), scope);
    this.write(entry.element, partOf("ElementOf", entry.array), scope);
  }

  /** Declares what statements declare here: all but `var`. */
  private declareIn(statements: readonly Node[], scope: Scope): void {
    for (const statement of statements) {
      const node = statement.type.startsWith("Export") ? optional(statement, "declaration") : statement;
      if (!node) continue;
      if (node.type === "VariableDeclaration" && node["kind"] !== "var") {
        for (const part of nodes(node, "declarations")) {
          this.declarePattern(child(part, "id"), node["kind"] as "let" | "const", scope);
        }
      } else if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
        const id = optional(node, "id");
        if (id) this.declare(id, node.type === "FunctionDeclaration" ? "function" : "class", scope, node);
      } else if (node.type === "ImportDeclaration") {
        for (const part of nodes(node, "specifiers")) this.declare(child(part, "local"), "import", scope, part);
      }
    }
  }

  /** Declares each `var` of a function or module, wherever it stands in it. */
  private declareVars(node: Node, scope: Scope): void {
    if (node.type === "VariableDeclaration" && node["kind"] === "var") {
      for (const part of nodes(node, "declarations")) {
        this.declarePattern(child(part, "id"), "var", scope.ofFunction());
      }
    }
    for (const part of childrenOf(node)) {
      if (!isFunction(part) && !part.type.startsWith("Class")) this.declareVars(part, scope);
    }
  }

  private declarePattern(pattern: Node, kind: Binding["kind"], scope: Scope): void {
    for (const name of namesIn(pattern)) this.declare(name, kind, scope, null);
  }

  private declare(id: Node, kind: Binding["kind"], scope: Scope, node: Node | null): void {
    const name = id["name"] as string;
    let binding = scope.names.get(name);
    if (!binding) {
      binding = { name, id, kind, owner: scope.owner, node, writes: [], captures: new Set(), uses: [] };
      // The kind of what a parameter is given is found by recording.
      if (kind === "parameter") binding.writes.push(recorded(id));
      scope.names.set(name, binding);
      this.all.add(binding);
    } else if (kind !== "var") binding.writes.push(null);
    this.bindings.set(id, binding);
  }
}

/** Is a part of a node a name that means no variable? */
function isOnlyName(part: Node, node: Node): boolean {
  switch (node.type) {
    case "MemberExpression":
      return part === node["property"] && node["computed"] === false;
    case "MethodDefinition":
    case "Property":
    case "PropertyDefinition":
      return part === node["key"] && node["computed"] === false;
    case "LabeledStatement":
      return part === node["label"];
    case "ExportNamedDeclaration":
      return Boolean(node["source"]);
    case "ExportSpecifier":
      return part !== node["local"] || part.type !== "Identifier";
    case "BreakStatement":
    case "ContinueStatement":
    case "ExportAllDeclaration":
    case "ImportDeclaration":
    case "MetaProperty":
      return true;
    default:
      return false;
  }
}

/** A node that stands for a value of which only the kind is known, as recorded at this name. */
const recorded = (id: Node): Node => ({ type: "Recorded", start: id.start, end: id.end }) as Node;

/** The pairs of target and value in `[a, b] = [c, d]`; `undefined` where it has another form. */
export function pairsOf(pattern: Node, value: Node): [Node, Node][] | undefined {
  if (pattern.type !== "ArrayPattern" || value.type !== "ArrayExpression") return undefined;
  const [targets, elements] = [list(pattern, "elements"), list(value, "elements")];
  const isPlain = (part: Node | null) => part?.type === "Identifier" || part?.type === "MemberExpression";
  if (targets.length !== elements.length || !targets.every(isPlain)) return undefined;
  if (elements.some((part) => part === null || part.type === "SpreadElement")) return undefined;
  return targets.map((part, i) => [part!, elements[i]!]);
}

/** A node that stands for an element of what is iterated, or for its index. */
const partOf = (type: "ElementOf" | "IndexOf", right: Node): Node =>
  ({ type, start: right.start, end: right.end, right }) as unknown as Node;

/** The names and the array of `for (const [index, element] of array.entries())`. */
export function entryOf(id: Node, right: Node): { index: Node; element: Node; array: Node } | undefined {
  if (id.type !== "ArrayPattern" || right.type !== "CallExpression" || right["optional"] === true) return undefined;
  const [index, element, ...others] = list(id, "elements"), callee = child(right, "callee");
  const isNamed = index?.type === "Identifier" && element?.type === "Identifier" && others.length === 0;
  const isEntries = callee.type === "MemberExpression" && callee["computed"] === false && callee["optional"] !== true &&
    nameOf(child(callee, "property")) === "entries";
  return isNamed && isEntries ? { index, element, array: child(callee, "object") } : undefined;
}

/** A node that stands for any text. */
const TEXT = { type: "Literal", start: 0, end: 0, value: "", raw: '""' } as unknown as Node;

class Scope {
  readonly names = new Map<string, Binding>();
  isFunction = false;

  constructor(private readonly outer: Scope | null, readonly owner: Node | null) {}

  find(name: string): Binding | undefined {
    return this.names.get(name) ?? this.outer?.find(name);
  }

  /** Where a `var` goes. */
  ofFunction(): Scope {
    return this.isFunction || this.outer === null ? this : this.outer.ofFunction();
  }
}
