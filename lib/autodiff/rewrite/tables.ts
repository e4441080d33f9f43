/**
 * Tables: arrays and objects of a module that are constant, since all uses of them only read.
 * @module
 */
import { child, childrenOf, nameOf, type Node, nodes, optional } from "./nodes.ts";
import type { Binding, Scopes } from "./scopes.ts";
import type { Uses } from "./uses.ts";

/** Methods that change nothing, and return nothing that shares memory with what they are called on. */
const READS = new Set(
  "at concat entries get has includes indexOf join keys lastIndexOf slice toReversed values".split(" "),
);
/** Such methods that call a function, with the number of its arguments before the last one, the table itself. */
const CALLS_BACK = new Map(
  "every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some".split(" ").map(
    (name) => [name, name.startsWith("reduce") ? 3 : 2],
  ),
);
const TYPED_ARRAY = /^(?:Float(?:16|32|64)|Big(?:Int|Uint)64|Int(?:8|16|32)|Uint(?:8|8Clamped|16|32))Array$/;

export class Tables {
  private readonly looking = new Set<string>();

  constructor(private readonly uses: Uses, private readonly scopes: Scopes) {}

  /**
   * The expressions in a table that a variable holds, if nothing changes the table. `makes`: does an expression make
   * something else that can be changed?
   */
  contents(declarator: Node, makes: (node: Node) => boolean): readonly Node[] | undefined {
    const id = child(declarator, "id"), init = optional(declarator, "init");
    const binding = id.type === "Identifier" ? this.scopes.of(id) : undefined;
    const table = init && this.tableOf(init, makes);
    if (!table || table.depth === 0 || !binding || !this.isOnlyRead(binding, table.depth)) return undefined;
    return this.uses.isExported(binding) ? undefined : table.leaves;
  }

  /** Is what a JSON file has only read? */
  isJsonRead(declaration: Node): boolean {
    return nodes(declaration, "specifiers").every((part) =>
      this.isOnlyRead(this.scopes.of(child(part, "local"))!, Infinity)
    );
  }

  /** How deep tables are nested in it (0: it is no table), and the other expressions in it. */
  private tableOf(node: Node, makes: (node: Node) => boolean): { depth: number; leaves: Node[] } | undefined {
    const all = (parts: readonly Node[]) => {
      const tables = parts.map((part) => this.tableOf(part, makes));
      if (tables.includes(undefined)) return undefined;
      return {
        depth: 1 + Math.max(0, ...tables.map((table) => table!.depth)),
        leaves: tables.flatMap((table) => table!.leaves),
      };
    };
    switch (node.type) {
      case "ArrayExpression":
        return all(nodes(node, "elements"));
      case "ObjectExpression":
        return all(nodes(node, "properties").map((part) => optional(part, "value") ?? part));
      case "NewExpression": {
        const [first, ...rest] = nodes(node, "arguments"), name = this.globalName(child(node, "callee"));
        const table = first && this.tableOf(first, makes);
        // An array made on a buffer shares its bytes with others.
        if (table === undefined || table.depth === 0 || rest.length > 0) return undefined;
        if (TYPED_ARRAY.test(name)) return { depth: 1, leaves: table.leaves };
        // A map is made of pairs of a key and a number.
        return (name === "Map" && table.depth <= 2) || (name === "Set" && table.depth <= 1)
          ? { depth: 1, leaves: table.leaves }
          : undefined;
      }
      case "CallExpression": {
        const callee = child(node, "callee");
        const owner = callee.type === "MemberExpression" ? this.globalName(child(callee, "object")) : "";
        const name = owner === "" ? undefined : nameOf(child(callee, "property")),
          [first, f] = nodes(node, "arguments");
        if (owner === "Object" && name === "freeze") return first && this.tableOf(first, makes);
        if (name === "of" && TYPED_ARRAY.test(owner)) return all(nodes(node, "arguments"));
        const isNumber = f?.type === "ArrowFunctionExpression" && /^(?:Binary|Unary)/.test(child(f, "body").type);
        if (name === "from" && first && (owner === "Array" ? isNumber : TYPED_ARRAY.test(owner))) {
          const table = this.tableOf(first, makes);
          return table && { depth: 1, leaves: f ? [...table.leaves, f] : table.leaves };
        }
        break;
      }
    }
    return makes(node) ? undefined : { depth: 0, leaves: [node] };
  }

  private globalName(node: Node): string {
    return this.scopes.of(node) === undefined ? nameOf(node) ?? "" : "";
  }

  /** Is a variable never assigned again, and what it holds only read, wherever it is used? */
  private isOnlyRead(binding: Binding, depth: number): boolean {
    if (depth === 0) return true;
    const key = `${binding.id.start} ${depth}`;
    // A recursive function passes its parameter to itself: that use alone changes nothing.
    if (this.looking.has(key)) return true;
    this.looking.add(key);
    try {
      return binding.kind !== "var" && this.uses.of(binding).every((use) => this.isRead(use, depth));
    } finally {
      this.looking.delete(key);
    }
  }

  /** Does the code around an expression only read it? */
  private isRead(node: Node, depth: number): boolean {
    const parent = this.uses.around(node);
    if (parent === undefined) return false;
    switch (parent.type) {
      case "MemberExpression": {
        if (parent["object"] !== node) return depth <= 0;
        const property = child(parent, "property");
        const name = parent["computed"] === false ? nameOf(property) : property["value"];
        if (name === "buffer") return false;
        const around = this.uses.around(parent)!;
        if (around.type === "CallExpression" && around["callee"] === parent) return this.isReadBy(name, around, depth);
        return !this.uses.isTarget(parent) && this.isRead(parent, name === "length" ? 0 : depth - 1);
      }
      case "ChainExpression":
        return this.isRead(parent, depth);
      case "ConditionalExpression":
      case "LogicalExpression":
        return parent["test"] === node || this.isRead(parent, depth);
      case "SpreadElement":
        return depth <= 1;
      case "ForOfStatement":
        return parent["right"] === node && this.isGiven(child(parent, "left"), depth - 1);
      case "ForInStatement":
        return parent["right"] === node;
      case "VariableDeclarator":
        return this.isGiven(child(parent, "id"), depth);
      case "BinaryExpression":
      case "UnaryExpression":
        return true;
      case "NewExpression":
        return depth <= 0 || depth === 1 && TYPED_ARRAY.test(this.globalName(child(parent, "callee")));
      case "CallExpression": {
        const at = nodes(parent, "arguments").indexOf(node);
        return at >= 0 && (depth <= 0 || this.isArgument(parent, at, depth));
      }
    }
    return depth <= 0;
  }

  /** Does a method with this name only read it? */
  private isReadBy(name: unknown, call: Node, depth: number): boolean {
    if (typeof name !== "string" || depth !== 1) return false;
    const most = CALLS_BACK.get(name), [f] = nodes(call, "arguments");
    if (most === undefined) return READS.has(name);
    return f?.type === "ArrowFunctionExpression" && nodes(f, "params").length <= most &&
      nodes(f, "params").every(({ type }) => type === "Identifier");
  }

  /** Is the parameter for an argument only read? */
  private isArgument(call: Node, at: number, depth: number): boolean {
    const callee = child(call, "callee");
    // Object.keys(table), Float64Array.from(table)
    if (
      callee.type === "MemberExpression" &&
      /^(?:from|keys|values|entries)$/.test(nameOf(child(callee, "property")) ?? "")
    ) {
      return depth === 1 && /Array$|^Object$/.test(this.globalName(child(callee, "object"))) && at === 0;
    }
    const f = this.scopes.functionOf(callee);
    if (!f || nodes(call, "arguments").some(({ type }) => type === "SpreadElement")) return false;
    if (namesArguments(f) || nodes(f, "params").slice(0, at + 1).some(({ type }) => type === "RestElement")) {
      return false;
    }
    const param = nodes(f, "params")[at];
    return param === undefined || this.isGiven(param, depth);
  }

  /** Is what a pattern is given only read? */
  private isGiven(pattern: Node, depth: number): boolean {
    if (depth <= 0) return true;
    switch (pattern.type) {
      case "VariableDeclaration":
        return this.isGiven(child(nodes(pattern, "declarations")[0]!, "id"), depth);
      case "Identifier": {
        const binding = this.scopes.of(pattern);
        return binding !== undefined && this.isOnlyRead(binding, depth);
      }
      case "AssignmentPattern":
        return this.isGiven(child(pattern, "left"), depth);
      case "ArrayPattern":
        return nodes(pattern, "elements").every((part) => part.type !== "RestElement" && this.isGiven(part, depth - 1));
      case "ObjectPattern":
        return nodes(pattern, "properties").every((part) =>
          part.type !== "RestElement" && this.isGiven(child(part, "value"), depth - 1)
        );
      default:
        return false;
    }
  }
}

const namesArguments = (node: Node): boolean => nameOf(node) === "arguments" || childrenOf(node).some(namesArguments);
