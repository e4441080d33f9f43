/**
 * The schema tree: what this program needs to know of a user's Zod schema, read once (read.ts). Validation, JSON Schema
 * and paths all walk this tree. Zod itself runs only the checks of strings and bounds (from leaf.ts; json_checks.ts
 * writes them as JSON Schema keywords), and the author's refinements and transforms (from author_functions.ts).
 * @module
 */
import type { z } from "zod";
import type { ArrayType } from "../arrays/ndarray.ts";
import type { FileSide } from "./file_types.ts";

/** What every node has. */
interface Common {
  /** The Zod schema it was read from, if any: its checks run there. */
  readonly zod?: z.core.$ZodType | undefined;
  /** Refinements and other checks of the schema itself, in their order. */
  readonly checks?: readonly z.core.$ZodCheck[] | undefined;
  readonly description?: string | undefined;
  /** `meta({ id })`: the name of its component, and of its branch in a union. */
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly examples?: readonly unknown[] | undefined;
  readonly deprecated?: boolean | undefined;
  /** Is there an array in or under it? */
  readonly hasArrays: boolean;
}

export interface ObjectNode extends Common {
  readonly kind: "object";
  readonly fields: ReadonlyMap<string, Node>;
  /** What keys besides the fields may hold; `undefined`: there may be none. */
  readonly extra?: Node | undefined;
}
export interface TupleNode extends Common {
  readonly kind: "tuple";
  readonly items: readonly Node[];
  readonly rest?: Node | undefined;
}
export interface RecordNode extends Common {
  readonly kind: "record";
  readonly key: Node;
  readonly value: Node;
  /** Keys that must be there (a record over an enum or literals). */
  readonly required: readonly string[];
  /** Entries whose key does not fit pass as they are (`z.looseRecord`). */
  readonly loose: boolean;
}
export interface UnionNode extends Common {
  readonly kind: "union";
  readonly options: readonly Node[];
  /** The field whose literal picks the option, and the option of each of its values. */
  readonly discriminator?: { readonly field: string; readonly options: ReadonlyMap<unknown, Node> } | undefined;
  /** Exactly one option must fit (`z.xor`). */
  readonly exclusive: boolean;
}
/** May be left out, and then has a value. */
export interface DefaultNode extends Common {
  readonly kind: "default";
  readonly inner: Node;
  /** Makes the default; `parsed` says that it goes through validation (`.prefault`). */
  readonly value: () => unknown;
  readonly parsed: boolean;
}
/** One after the other: `in`, then the function of a codec, then `out`. */
export interface PipeNode extends Common {
  readonly kind: "pipe";
  readonly in: Node;
  readonly out: Node;
  readonly transform?: ((value: unknown, payload: z.core.ParsePayload) => unknown) | undefined;
}
/** A list of differentiable paths without order or duplicates, such as `jac_inputs`. Its value is a `PathList`. */
export interface PathsNode extends Common {
  readonly kind: "paths";
  /** The patterns that may be used, `layers.[].weight`, and the arrays that they name. */
  readonly patterns: ReadonlyMap<string, ArrayType>;
}
/** Arrays by path, such as `tangent_vector`. Which paths and types are valid depends on the rest of the payload. */
export interface VectorNode extends Common {
  readonly kind: "vector";
  /** The patterns that its keys may have. */
  readonly patterns: ReadonlyMap<string, ArrayType>;
  /** In a Jacobian: each path has a vector like this one instead of an array. */
  readonly entries?: VectorNode | undefined;
}
/** The path of a file or folder. */
export interface PathNode extends Common {
  readonly kind: "path";
  readonly side: FileSide;
}
/** A value without parts. */
export interface LeafNode extends Common {
  readonly kind: "leaf";
  readonly type:
    | "string"
    | "number"
    | "integer"
    | "boolean"
    | "null"
    | "literal"
    | "enum"
    | "any"
    | "never"
    | "nan"
    | "template_literal";
  /** The values of a literal or an enum. */
  readonly values?: readonly (string | number | boolean | null)[] | undefined;
  /** Must Zod check it? It must for string formats (`z.email()`), coercions, bounds and refinements. */
  readonly needsZod: boolean;
}

/** A schema, as far as this program looks at it. */
export type Node =
  | ObjectNode
  | TupleNode
  | RecordNode
  | UnionNode
  | DefaultNode
  | PipeNode
  | PathsNode
  | VectorNode
  | PathNode
  | LeafNode
  | (Common & { readonly kind: "array"; readonly type: ArrayType })
  | (Common & { readonly kind: "list"; readonly item: Node })
  /** "optional" may be left out, "nullable" may be `null`, "catch" replaces an invalid value. */
  | (Common & { readonly kind: "optional" | "nullable" | "catch"; readonly inner: Node })
  /** A function of the author: `.transform`, `z.preprocess`. */
  | (Common & { readonly kind: "transform" });

/** An object schema of our own making, for the envelopes around the user's schemas. */
export function objectNode(fields: Readonly<Record<string, Node>>, description?: string): ObjectNode {
  const map = new Map(Object.entries(fields));
  return { kind: "object", fields: map, description, hasArrays: [...map.values()].some((node) => node.hasArrays) };
}

/** Arrays by path, or vectors of arrays by path. */
export function vectorNode(patterns: ReadonlyMap<string, ArrayType>, entries?: VectorNode): VectorNode {
  return { kind: "vector", patterns, entries, hasArrays: true };
}

/** A node without the wrappers that only say whether it may be left out or null. */
export function unwrap(node: Node): Node {
  while (node.kind === "optional" || node.kind === "nullable" || node.kind === "default" || node.kind === "catch") {
    node = node.inner;
  }
  return node;
}

/** The schema of what is given to a pipe: its first one; where that is a function (`z.preprocess`), the second. */
export function inputSide(node: PipeNode): Node {
  return node.in.kind === "transform" ? node.out : node.in;
}

/** The parts that every value has: those of objects and tuples, and what is given to a pipe. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "object":
      return [...node.fields.values()];
    case "tuple":
      return node.items;
    case "pipe":
      return [inputSide(node)];
    default:
      return [];
  }
}
