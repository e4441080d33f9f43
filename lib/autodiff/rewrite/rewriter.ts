/**
 * Rewriting a module: what every part of it becomes (syntax.ts has the table).
 * @module
 */
import { MARK } from "../runtime/kinds.ts";
import { child, childrenOf, isFunction, type Node, nodes } from "./nodes.ts";
import { Passive } from "./passive.ts";
import { Refused } from "./refused.ts";
import { Scopes } from "./scopes.ts";
import { SYNTAX } from "./syntax.ts";
import { beginsWith, mark, type Marked } from "./text.ts";

/** Rewrites one module. */
export class Rewriter {
  readonly scopes: Scopes;
  readonly passive: Passive;
  /** Names of temporary variables, for each function that is being rewritten; `undefined` where none can be declared. */
  private readonly temporaries: (string[] | undefined)[] = [[]];
  private count = 0;

  constructor(
    readonly source: string,
    private readonly program: Node,
    /** The name of the namespace of operations. */
    readonly ad: string,
  ) {
    this.scopes = new Scopes(program);
    this.passive = new Passive(this.scopes);
  }

  /** The whole module. */
  module(): Marked {
    const body = this.copy(this.program, 0, this.source.length);
    return this.declared(this.temporaries[0]!) + body;
  }

  /** What a node becomes. */
  make(node: Node): Marked {
    const handler = SYNTAX[node.type];
    if (handler === undefined) throw new Refused(`${node.type} is syntax that derivatives cannot follow`, node.start);
    return mark(node.start) + handler(this, node);
  }

  /** The node as it stands, with what is in it made. */
  copy(node: Node, start = node.start, end = node.end): Marked {
    let text = "", at = start;
    for (const part of childrenOf(node)) {
      text += this.source.slice(at, part.start) + this.make(part);
      at = part.end;
    }
    return text + this.source.slice(at, end);
  }

  /** An expression that may stand before a dot or be an operand. */
  operand(node: Node): Marked {
    return SAFE.has(node.type) ? this.make(node) : `(${this.make(node)})`;
  }

  /** A call of an operation. */
  op(name: string, ...args: Marked[]): Marked {
    return `${this.ad}.${name}(${args.join(", ")})`;
  }

  /** An expression as a condition. */
  condition(node: Node): Marked {
    return this.passive.is(node) || (node.type === "UnaryExpression" && node["operator"] === "!")
      ? this.make(node)
      : this.op("t", this.make(node));
  }

  /** An expression statement may not begin with what goes on with the line before. */
  statement(text: Marked): Marked {
    return ["(", "[", "`", "/", "+", "-"].some((sign) => beginsWith(text, sign)) ? `void ${text}` : text;
  }

  /** Computes a value once, for a text in which it is used several times. */
  once(value: Marked, use: (name: string) => Marked): Marked {
    const name = this.temporary();
    return name === undefined ? this.inFunction(value, use) : `(${name} = ${value}, ${use(name)})`;
  }

  /** The same, in a text that begins with the value. */
  whenUsed(value: Marked, use: (first: string, name: string) => Marked): Marked {
    const name = this.temporary();
    return name === undefined
      ? this.inFunction(value, (name) => use(name, name))
      : `(${use(`(${name} = ${value})`, name)})`;
  }

  private inFunction(value: Marked, use: (name: string) => Marked): Marked {
    const name = this.name();
    return `((${name}) => ${use(name)})(${value})`;
  }

  private name(): string {
    return `${this.ad}${++this.count}`;
  }

  /** Can temporary variables be had here? */
  get hasTemporaries(): boolean {
    return this.temporaries.at(-1) !== undefined;
  }

  private temporary(): string | undefined {
    const names = this.temporaries.at(-1);
    if (names === undefined) return undefined;
    const name = this.name();
    names.push(name);
    return name;
  }

  /** What stands where no variables can be declared: parameters, fields of classes. */
  withoutTemporaries<T>(make: () => T): T {
    this.temporaries.push(undefined);
    try {
      return make();
    } finally {
      this.temporaries.pop();
    }
  }

  private declared(names: readonly string[]): string {
    return names.length === 0 ? "" : `let ${names.join(", ")}; `;
  }

  /** A function, from its name or parameters on: with a mark at its beginning. */
  function(node: Node): Marked {
    const body = child(node, "body");
    const params = nodes(node, "params");
    const head = node.type === "ArrowFunctionExpression"
      ? `${node["async"] === true ? "async " : ""}(${
        this.withoutTemporaries(() => params.map((part) => this.make(part)).join(", "))
      }) => `
      : this.head(node, body);
    const names: string[] = [];
    this.temporaries.push(names);
    try {
      if (body.type !== "BlockStatement") {
        const value = this.make(body);
        return `${head}{ ${MARK}; ${this.declared(names)}return (${value}); }`;
      }
      const text = this.copy(body);
      const open = text.indexOf("{") + 1;
      return `${head}${text.slice(0, open)} ${MARK}; ${this.declared(names)}${text.slice(open)}`;
    } finally {
      this.temporaries.pop();
    }
  }

  /** What stands before the body of a function: `async function* name(a, b) `. */
  private head(node: Node, body: Node): Marked {
    return this.withoutTemporaries(() => {
      let text = "", at = node.start;
      for (const part of childrenOf(node)) {
        if (part === body) continue;
        text += this.source.slice(at, part.start) + this.make(part);
        at = part.end;
      }
      return text + this.source.slice(at, body.start);
    });
  }

  /** Is it the name of a function or class of this module that is always the same? */
  isOwn(node: Node, what: "function" | "class"): boolean {
    const binding = this.scopes.of(node);
    if (!binding) return false;
    if (binding.kind === what) return binding.writes.length === 0;
    if (binding.kind !== "const" || binding.writes.length !== 1) return false;
    const [value] = binding.writes;
    return value !== null && value !== undefined &&
      (what === "function" ? isFunction(value) : value.type === "ClassExpression");
  }
}

/** Expressions that need no brackets anywhere. */
const SAFE = new Set([
  "Identifier",
  "ThisExpression",
  "Super",
  "MemberExpression",
  "CallExpression",
  "ArrayExpression",
  "TemplateLiteral",
  "MetaProperty",
  "ImportExpression",
  "TaggedTemplateExpression",
  "ChainExpression",
]);
