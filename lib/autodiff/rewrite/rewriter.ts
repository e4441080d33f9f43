/**
 * Rewriting a module: what every part of it becomes (syntax.ts has the table).
 * @module
 */
import { MARK } from "../runtime/kinds.ts";
import { Unsupported } from "./emitter.ts";
import { Kinds } from "./infer.ts";
import { child, childrenOf, namesIn, type Node, nodes, optional } from "./nodes.ts";
import { Passive } from "./passive.ts";
import { isSplit, type Kind, type Profile } from "./profile.ts";
import { Refused } from "./refused.ts";
import { type Binding, Scopes } from "./scopes.ts";
import { hasLoop, specialise } from "./specialise.ts";
import { SYNTAX } from "./syntax.ts";
import { beginsWith, mark, type Marked } from "./text.ts";

/** How a module is rewritten, if not as its dynamic copy. */
export interface Way {
  /** `recording`: notes the kinds of values at places. The others: specialises functions to the kinds that were noted. */
  readonly mode: "recording" | "forward" | "backward";
  readonly profile: Profile;
  readonly url: string;
}

/** Rewrites one module. */
export class Rewriter {
  /** Variables of specialised functions that are not dynamic, with their kinds. */
  readonly split = new Map<Binding, Kind>();
  /** Names in the patterns and parameters of specialised functions: they receive dynamic values (`givenName`). */
  readonly renamed = new Set<Node>();
  private readonly kinds: Kinds | undefined;
  /** Are the values of the innermost function recorded? */
  private isRecording: boolean;
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
    private readonly way?: Way,
    readonly isTypeScript = false,
  ) {
    this.scopes = new Scopes(program);
    this.passive = new Passive(this.scopes);
    this.isRecording = way?.mode === "recording";
    if (way !== undefined && !this.isRecording) {
      this.kinds = new Kinds(this, way.profile, way.url);
      this.passive.assumed = (binding) => this.split.get(binding) === "plain";
    }
  }

  /** The kind of the variable that a name means, if it is one of a specialised function; `undefined` for dynamic ones. */
  kindOf(name: Node): Kind | undefined {
    return this.split.get(this.scopes.of(name)!);
  }

  /** May dynamic code assign this value to a variable? Not if it is split; if it is plain, only a passive value. */
  mayAssign(name: Node, value: Node): boolean {
    const kind = this.kindOf(name);
    return !isSplit(kind) && (kind !== "plain" || this.passive.is(value));
  }

  /** The name of the variable with the derivative parts of another one. */
  partName(binding: Binding): string {
    return `${binding.name}${this.ad}p`;
  }

  /** The name of the variable that a pattern or parameter puts an active number into, before it is split. */
  givenName(binding: Binding): string {
    return `${binding.name}${this.ad}v`;
  }

  /** A name, where it is used or declared. */
  identifier(node: Node): Marked {
    const binding = this.scopes.of(node), name = node["name"] as string;
    if (binding === undefined || this.split.get(binding) !== "active") return name;
    return this.renamed.has(node) ? this.givenName(binding) : this.op("box", name, this.partName(binding));
  }

  /** Code that records the kind of a value, and has that value. */
  private recorded(node: Node, value: Marked): Marked {
    const { profile, url } = this.way!;
    return this.op("rec", String(profile.place(url, node)), value);
  }

  /** Code that records the values which the names of a pattern were given. */
  notes(names: readonly Node[]): Marked {
    if (!this.isRecording) return "";
    return names.map((name) => ` ${this.recorded(name, name["name"] as string)};`).join("");
  }

  /** The whole module. */
  module(): Marked {
    const body = this.copy(this.program);
    return this.declared(this.temporaries[0]!) + body;
  }

  /** What a node becomes. */
  make(node: Node): Marked {
    const handler = SYNTAX[node.type];
    if (handler === undefined) throw new Refused(`${node.type} is syntax that derivatives cannot follow`, node.start);
    const made = mark(node.start) + handler(this, node);
    const isRecorded = this.isRecording && RECORDED.has(node.type) && optional(node, "callee")?.type !== "Super";
    return isRecorded ? this.recorded(node, made) : made;
  }

  /** The text of a node, unchanged. */
  text(node: Node): string {
    return this.source.slice(node.start, node.end);
  }

  /** The key of a property, as it stands in a literal, a class or a pattern. */
  key(node: Node): Marked {
    const key = child(node, "key");
    return node["computed"] === true ? `[${this.op("key", this.make(key))}]` : this.text(key);
  }

  /** `object.name` or `object[key]` */
  member(object: Marked, node: Node): Marked {
    const key = child(node, "property");
    return node["computed"] === true
      ? `${object}[${this.op("key", this.make(key))}]`
      : `${object}${mark(key.start)}.${this.text(key)}`;
  }

  /**
   * The text of the node as it stands, up to `end`, with the nodes in it rewritten: those of `how` by its functions, all
   * others as usual.
   */
  copy(node: Node, how?: ReadonlyMap<Node | null, (part: Node) => Marked>, end = node.end): Marked {
    let text = "", at = node.start;
    for (const part of childrenOf(node)) {
      if (part.start >= end) break;
      text += this.source.slice(at, part.start) + (how?.get(part)?.(part) ?? this.make(part));
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

  /** An expression statement, made so that it is not read as going on with the line before. */
  statement(text: Marked): Marked {
    return ["(", "[", "`", "/", "+", "-"].some((sign) => beginsWith(text, sign)) ? `void (${text})` : text;
  }

  /** Computes a value once, for a text in which it is used several times. */
  once(value: Marked, use: (name: string) => Marked): Marked {
    const name = this.temporary();
    return name === undefined ? this.inFunction(value, use) : `(${name} = ${value}, ${use(name)})`;
  }

  /** The same for a text that begins with the value: as `first`, which also assigns it to `name`. */
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

  private temporary(): string | undefined {
    const names = this.temporaries.at(-1);
    if (names === undefined) return undefined;
    const name = this.name();
    names.push(name);
    return name;
  }

  /** Makes a text for where no variables can be declared: parameters, fields of classes. */
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

  /** A function (a method: from its parameters on), specialised if it can be; its body begins with `MARK`. */
  function(node: Node): Marked {
    const { way, isRecording } = this;
    const isCandidate = way !== undefined && hasLoop(node) && !way.profile.dynamic.has("*");
    const isRecorded = way?.mode === "recording";
    const special = isCandidate && !isRecorded ? this.special(node, way) : undefined;
    if (special !== undefined) return special;
    this.isRecording = isCandidate && isRecorded;
    try {
      return this.dynamic(node);
    } finally {
      this.isRecording = isRecording;
    }
  }

  /** The function specialised; `undefined` if it cannot be. */
  private special(node: Node, { profile, url, mode }: Way): Marked | undefined {
    const where = `${url} ${node.start}`;
    if (profile.dynamic.has(where)) return undefined;
    const names: string[] = [];
    this.temporaries.push(names);
    try {
      const { params, body } = specialise(this, this.kinds!, node, mode === "backward", where);
      const head = node.type === "ArrowFunctionExpression"
        ? arrowHead(node, params)
        : `${
          this.source.slice(node.start, this.source.indexOf("(", (optional(node, "id") ?? node).start))
        }(${params}) `;
      return `${head}{ ${this.declared(names)}${body.slice(1)}`;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      for (const binding of this.scopes.all) if (binding.owner === node) this.split.delete(binding);
      return undefined;
    } finally {
      this.temporaries.pop();
    }
  }

  private dynamic(node: Node): Marked {
    const body = child(node, "body");
    const params = nodes(node, "params");
    const head = this.withoutTemporaries(() =>
      node.type === "ArrowFunctionExpression"
        ? arrowHead(node, params.map((part) => this.make(part)).join(", "))
        : this.copy(node, undefined, body.start)
    );
    const names: string[] = [];
    this.temporaries.push(names);
    try {
      if (body.type !== "BlockStatement") {
        const value = this.make(body);
        return `${head}{ ${MARK}; ${this.declared(names)}return (${value}); }`;
      }
      const text = this.copy(body);
      const open = text.indexOf("{") + 1;
      return `${head}${text.slice(0, open)} ${MARK}; ${this.declared(names)}${this.notes(params.flatMap(namesIn))}${
        text.slice(open)
      }`;
    } finally {
      this.temporaries.pop();
    }
  }
}

const arrowHead = (node: Node, params: Marked): Marked => `${node["async"] === true ? "async " : ""}(${params}) => `;

/** Expressions whose kind does not follow from those of their parts. */
const RECORDED = new Set(["MemberExpression", "CallExpression", "NewExpression", "AwaitExpression"]);

/** Expressions that need no brackets as operands. */
const SAFE = new Set(
  ("Identifier ThisExpression Super MemberExpression CallExpression ArrayExpression TemplateLiteral MetaProperty " +
    "ImportExpression TaggedTemplateExpression ChainExpression").split(" "),
);
