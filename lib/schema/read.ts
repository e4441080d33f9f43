import { globalRegistry } from "zod/v4/core";
import type { z } from "zod";
import { inWords } from "../arrays/fault.ts";
import { arrayTypeOf } from "./array_types.ts";
import { fileSideOf } from "./file_types.ts";
import { describeFault, dotted } from "./messages.ts";
import { type LeafNode, type Node, objectNode, type PipeNode } from "./node.ts";
import { validate } from "./validate.ts";

/** What makes a schema unusable, and where in it: `layers[].weight`. */
interface SchemaFault {
  readonly path: string;
  readonly message: string;
}

/** A Zod schema's definition; `type` is its kind. */
type Definition = z.core.$ZodTypes["_zod"]["def"];
type DefinitionOf<Type extends Definition["type"]> = Extract<Definition, { type: Type }>;

/** An author without a type checker may write anything where a schema is expected. */
const isSchema = (value: z.core.$ZodType | null | undefined): boolean => value?._zod?.def !== undefined;

const definitionOf = (schema: z.core.$ZodType): Definition => (schema as z.core.$ZodTypes)._zod.def;

/** What a check's definition may have: the function of a refinement, the format of a number. */
const checkOf = (check: z.core.$ZodCheck) => check._zod.def as { readonly fn?: unknown; readonly format?: string };

const INTEGER_FORMATS = new Set(["safeint", "int32", "uint32"]);

/** Why a kind of schema cannot be used. */
const REFUSED: Readonly<Record<string, string>> = {
  intersection: "intersections (z.intersection(), .and()) are not supported; write A.extend(B.shape) for A.and(B)",
  custom: "z.custom() and z.instanceof() describe values that JSON cannot hold",
  date: "z.date() describes values that JSON cannot hold; use z.iso.datetime(), a string",
  bigint: 'z.bigint() describes values that JSON cannot hold; use scalar("int64")',
  map: "z.map() describes values that JSON cannot hold; use z.record()",
  set: "z.set() describes values that JSON cannot hold; use z.array()",
  symbol: "z.symbol() describes values that JSON cannot hold",
  undefined: "z.undefined() describes values that JSON cannot hold; use .optional()",
  void: "z.void() describes values that JSON cannot hold",
  file: "z.file() describes values that JSON cannot hold; use inputPath()",
  function: "z.function() describes values that JSON cannot hold",
  promise: "z.promise() describes values that JSON cannot hold",
  success: "z.success() is not supported",
};

const isAsync = (fn: unknown): boolean => typeof fn === "function" && fn.constructor.name === "AsyncFunction";

/**
 * Reads a user's Zod schema into the schema tree. Every fault found is listed; the tree is complete only if there is
 * none.
 *
 * @param ids the components named so far: give the same map for all schemas of a module
 */
export function readSchema(
  schema: z.core.$ZodType,
  where: string,
  ids: Map<string, Node> = new Map(),
): { node: Node; faults: SchemaFault[] } {
  const reader = new SchemaReader(ids);
  return { node: reader.read(schema, where), faults: reader.faults };
}

class SchemaReader {
  readonly faults: SchemaFault[] = [];
  private readonly open = new Set<z.core.$ZodType>();

  constructor(private readonly ids: Map<string, Node>) {}

  read(schema: z.core.$ZodType, path: string): Node {
    if (!isSchema(schema)) {
      const hint = typeof schema === "function" ? "; are its parentheses missing, as in z.number()?" : "";
      return this.refuse(path, `is not a Zod schema, but ${inWords(schema)}${hint}`);
    }
    if (this.open.has(schema)) {
      return this.refuse(path, "the schema contains itself; recursive schemas are not supported");
    }
    this.open.add(schema);
    const node = this.describe(schema, this.shapeOf(schema, path), path);
    this.open.delete(schema);
    return node;
  }

  private refuse(path: string, message: string): Node {
    this.faults.push({ path, message });
    return { kind: "leaf", type: "never", needsZod: false, hasArrays: false };
  }

  /** Adds what the schema itself says: its checks, description and component name. */
  private describe(schema: z.core.$ZodType, node: Node, path: string): Node {
    const meta = globalRegistry.get(schema) ?? {};
    const own: readonly z.core.$ZodCheck[] | undefined = schema._zod.def.checks;
    for (const check of own ?? []) {
      if (isAsync(checkOf(check).fn)) {
        this.refuse(path, "asynchronous refinements are not supported; refinements must answer at once");
      }
    }
    const checks = own?.length ? [...node.checks ?? [], ...own] : node.checks;
    const described = {
      ...node,
      zod: schema,
      checks,
      description: meta.description ?? (node.zod ? node.description : undefined),
      id: meta.id ?? inheritedId(schema) ?? (node.zod ? node.id : undefined),
      title: meta.title ?? node.title,
      examples: meta["examples"] as readonly unknown[] | undefined ?? node.examples,
      deprecated: meta["deprecated"] as boolean | undefined ?? node.deprecated,
    } as Node;
    if (meta.id !== undefined) {
      const before = this.ids.get(meta.id);
      if (before && before.zod !== schema && fingerprint(before) !== fingerprint(described)) {
        this.refuse(path, `another schema has the same meta({ id: "${meta.id}" })`);
      }
      this.ids.set(meta.id, described);
    }
    return described;
  }

  private shapeOf(schema: z.core.$ZodType, path: string): Node {
    const array = arrayTypeOf(schema);
    if (array) return { kind: "array", type: array, hasArrays: true };
    const side = fileSideOf(schema);
    if (side) return { kind: "path", side, hasArrays: false };
    const def = definitionOf(schema);
    switch (def.type) {
      case "object":
        return this.object(def, path);
      case "array": {
        const item = this.read(def.element, `${path}[]`);
        return { kind: "list", item, hasArrays: item.hasArrays };
      }
      case "tuple": {
        const items = def.items.map((item, i) => this.read(item, `${path}[${i}]`));
        const rest = def.rest ? this.read(def.rest, `${path}[]`) : undefined;
        return { kind: "tuple", items, rest, hasArrays: items.some((item) => item.hasArrays) || !!rest?.hasArrays };
      }
      case "record": {
        const key = this.read(def.keyType, `${path} (key)`);
        const value = this.read(def.valueType, `${path}{}`);
        const names = key.kind === "leaf" && key.values && !def.partial ? key.values.map(String) : [];
        return { kind: "record", key, value, required: names, loose: def.mode === "loose", hasArrays: value.hasArrays };
      }
      case "union":
        return this.union(def, path);
      case "optional":
      case "nullable":
      case "catch": {
        const inner = this.read(def.innerType, path);
        return { kind: def.type, inner, hasArrays: inner.hasArrays };
      }
      case "nonoptional": {
        const inner = this.read(def.innerType, path);
        return inner.kind === "optional" ? inner.inner : inner;
      }
      case "default":
      case "prefault": {
        const inner = this.read(def.innerType, path);
        return this.default(inner, () => def.defaultValue, def.type === "prefault", path);
      }
      case "readonly":
        return this.read(def.innerType, path);
      case "lazy":
        return this.read(def.getter(), path);
      case "pipe": {
        const from = this.read(def.in, path);
        const to = this.read(def.out, path);
        const hasArrays = from.hasArrays || to.hasArrays;
        return { kind: "pipe", in: from, out: to, transform: def.transform as PipeNode["transform"], hasArrays };
      }
      case "transform":
        if (isAsync(def.transform)) this.refuse(path, "asynchronous transforms are not supported");
        return { kind: "transform", hasArrays: false };
      default:
        return this.leaf(def, path);
    }
  }

  private default(inner: Node, value: () => unknown, parsed: boolean, path: string): Node {
    const node: Node = { kind: "default", inner, value, parsed, hasArrays: inner.hasArrays };
    // Checked now rather than in a call that leaves the field out: there, a default with arrays would fail to convert,
    // and one without arrays would reach the module unchecked. The latter may be Infinity, NaN or `undefined`, which
    // JSON cannot hold.
    const found = validate(objectNode({ value: { ...node, inner: { ...inner, hasArrays: true } } }), {}, "input");
    const isFault = (type: string) => inner.hasArrays || type !== "finite_number" && value() !== undefined;
    const fault = found.faults.find(({ type }) => isFault(type));
    if (fault) {
      const at = dotted(fault.loc.slice(1));
      this.refuse(path, `the default does not fit: ${at === "" ? "" : `${at}: `}${describeFault(fault)}`);
    }
    return node;
  }

  private object(def: DefinitionOf<"object">, path: string): Node {
    const fields = new Map<string, Node>();
    for (const [name, field] of Object.entries(def.shape)) {
      fields.set(name, this.read(field, path ? `${path}.${name}` : name));
    }
    const extra = def.catchall && def.catchall._zod.def.type !== "never"
      ? this.read(def.catchall, `${path}{}`)
      : undefined;
    const hasArrays = [...fields.values()].some((field) => field.hasArrays) || !!extra?.hasArrays;
    return { kind: "object", fields, extra, hasArrays };
  }

  private union(def: DefinitionOf<"union">, path: string): Node {
    const discriminator = "discriminator" in def ? String(def.discriminator) : undefined;
    const some = def.options.filter((option) => option._zod.def.type !== "null");
    const read = some.map((option) => this.read(option, path));
    const hasArrays = read.some((option) => option.hasArrays);
    const exclusive = def.inclusive === false && discriminator === undefined;
    let node: Node = { kind: "union", options: read, exclusive, hasArrays };
    if (discriminator !== undefined) {
      const options = new Map<unknown, Node>();
      some.forEach((option, i) => {
        for (const value of option._zod.propValues?.[discriminator] ?? []) options.set(value, read[i]!);
      });
      node = { ...node, discriminator: { field: discriminator, options } };
    } else if (read.length === 1) {
      node = read[0]!;
    }
    return some.length < def.options.length ? { kind: "nullable", inner: node, hasArrays } : node;
  }

  private leaf(def: Definition, path: string): Node {
    const leaf = (type: LeafNode["type"], needsZod: boolean, values?: readonly unknown[]): Node => ({
      kind: "leaf",
      type,
      needsZod: needsZod || !!def.checks?.length || "coerce" in def && !!def.coerce,
      values: values as LeafNode["values"],
      hasArrays: false,
    });
    switch (def.type) {
      case "string":
        return leaf("string", "format" in def);
      case "number": {
        const own = "format" in def ? String(def.format) : undefined;
        const formats = [own, ...(def.checks ?? []).map((check) => checkOf(check).format)];
        const integer = formats.some((format) => format !== undefined && INTEGER_FORMATS.has(format));
        return leaf(integer ? "integer" : "number", own !== undefined);
      }
      case "boolean":
      case "null":
      case "never":
      case "nan":
        return leaf(def.type, false);
      case "any":
      case "unknown":
        return leaf("any", false);
      case "template_literal":
        return leaf("template_literal", true);
      case "enum": {
        // a numeric TypeScript enum also maps its values back to their names
        const names = new Set(Object.values(def.entries).filter((value) => typeof value === "number").map(String));
        return leaf("enum", false, Object.entries(def.entries).filter(([k]) => !names.has(k)).map(([, v]) => v));
      }
      case "literal":
        if (def.values.some((value) => value === undefined || typeof value === "bigint")) {
          return this.refuse(path, "a literal of undefined or of a bigint is a value that JSON cannot hold");
        }
        return leaf("literal", false, def.values);
      default:
        return this.refuse(path, REFUSED[def.type] ?? `schemas of type ${def.type} are not supported`);
    }
  }
}

/** The id of the schema that this one is a copy of: `.describe()` and `.refine()` make copies without it. */
function inheritedId(schema: z.core.$ZodType): string | undefined {
  for (let { parent } = schema._zod; parent; { parent } = parent._zod) {
    const id = globalRegistry.get(parent)?.id;
    if (id !== undefined) return id;
  }
  return undefined;
}

/** A text to compare the structure of schemas by. It leaves out functions: defaults, refinements, transforms. */
function fingerprint(node: Node): string {
  return JSON.stringify(node, (key, value) => {
    if (key === "zod") return undefined;
    if (value instanceof Map) return [...value];
    if (typeof value === "bigint") return `${value}n`;
    if (key === "checks" && value) return value.map((check: z.core.$ZodCheck) => check._zod.def);
    return value;
  });
}
