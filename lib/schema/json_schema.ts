import { ANY_ARRAY } from "../arrays/ndarray.ts";
import { abstractArray, ARRAY_COMPONENTS, type Components, encodedArray, type JsonSchema } from "./json_arrays.ts";
import { checkKeywords, patternOf } from "./json_checks.ts";
import { asJson, defaultAsJson } from "./json_default.ts";
import {
  inputSide,
  type LeafNode,
  type Node,
  type ObjectNode,
  type PathsNode,
  type PipeNode,
  type RecordNode,
  type TupleNode,
  type UnionNode,
  type VectorNode,
} from "./node.ts";
import { isOpenPattern, patternRegExp } from "./paths.ts";

export type { Components, JsonSchema } from "./json_arrays.ts";

/** How a `SchemaWriter` writes schemas. */
export interface JsonSchemaOptions extends Components {
  /** The values that are described: those that are given, or those that come out of transforms. */
  readonly io: "input" | "output";
  /** Are arrays only `{shape, dtype}`? */
  readonly abstract: boolean;
  /** Stands before the names of objects' components: `Apply` gives `Apply_Layer`. */
  readonly prefix: string;
}

/** Writes schemas. Objects and enums with an id become components in `options.schemas`, and are referred to. */
export class SchemaWriter {
  constructor(private readonly options: JsonSchemaOptions) {}

  write(node: Node): JsonSchema {
    const isEnum = node.kind === "leaf" && (node.type === "enum" || node.type === "literal");
    if (node.id === undefined || !(isEnum || node.kind === "object")) {
      return { ...this.parts(node), ...annotations(node) };
    }
    const name = (isEnum ? "" : `${this.options.prefix}_`) + node.id.replaceAll(/[^A-Za-z0-9._-]/g, "_");
    return { ...this.component(name, node), ...annotations({ ...node, title: undefined }) };
  }

  /** Makes a schema the component of a name and returns the reference to it; the schema itself if the name is taken. */
  component(name: string, node: Node): JsonSchema {
    const { schemas, at } = this.options;
    const before = ARRAY_COMPONENTS.has(name) ? {} : schemas.get(name);
    // Reserved before its parts are written, so that none of them takes the name.
    if (before === undefined) schemas.set(name, {});
    const schema = { title: name, ...this.parts(node), ...(node.title !== undefined && { title: node.title }) };
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(schema)) return schema;
    schemas.set(name, schema);
    return { $ref: at + name };
  }

  private parts(node: Node): JsonSchema {
    switch (node.kind) {
      case "array":
        return this.options.abstract ? abstractArray(node.type, this.options) : encodedArray(node.type, this.options);
      case "object":
        return this.object(node);
      case "list":
        return { type: "array", items: this.write(node.item), ...checkKeywords(node) };
      case "tuple":
        return this.tuple(node);
      case "record":
        return this.record(node);
      case "union":
        return this.union(node);
      case "optional":
      case "catch":
        return this.write(node.inner);
      case "nullable":
        return nullable(this.write(node.inner));
      case "default": {
        const value = defaultAsJson(node, this.options.abstract);
        // Clients read a default of null as no default.
        return { ...this.write(node.inner), ...(value !== undefined && value !== null && { default: value }) };
      }
      case "pipe":
        return this.write(this.side(node));
      case "transform":
        return {};
      case "paths":
        return paths(node);
      case "vector":
        return this.vector(node);
      case "path":
        return { type: "string", format: "path" };
      case "leaf":
        return leaf(node);
    }
  }

  private vector({ patterns, entries }: VectorNode): JsonSchema {
    const [only, ...others] = patterns.keys();
    return {
      type: "object",
      additionalProperties: entries ? this.vector(entries) : encodedArray(ANY_ARRAY, this.options),
      // The recorded documents have this only where there is a single path.
      ...(only !== undefined && others.length === 0 && !isOpenPattern(only) && { propertyNames: { const: only } }),
    };
  }

  private side(node: PipeNode): Node {
    // The shapes of what a transform makes are not known.
    return this.options.io === "input" || this.options.abstract ? inputSide(node) : node.out;
  }

  private object({ fields, extra }: ObjectNode): JsonSchema {
    const properties = Object.fromEntries([...fields].map(([name, field]) => [name, this.field(name, field)]));
    const required = [...fields].filter(([, field]) => !mayBeAbsent(field)).map(([name]) => name);
    return {
      type: "object",
      properties,
      ...(required.length > 0 && { required }),
      additionalProperties: extra ? anything(this.write(extra)) : false,
    };
  }

  /** The schema of a field. It gets the field's name as its title, unless it has a title or is a reference. */
  private field(name: string, node: Node): JsonSchema {
    const schema = this.write(node);
    const [first] = (schema.anyOf ?? [schema]) as JsonSchema[];
    const named = first?.$ref !== undefined && (schema.anyOf === undefined || node.kind !== "union");
    return named || schema.title !== undefined ? schema : { title: titleOf(name), ...schema };
  }

  private tuple({ items, rest }: TupleNode): JsonSchema {
    let least = items.length;
    while (least > 0 && mayBeAbsent(items[least - 1]!)) least--;
    return {
      type: "array",
      ...(items.length > 0 && { prefixItems: items.map((item) => this.write(item)) }),
      ...(rest && { items: this.write(rest) }),
      minItems: least,
      ...(!rest && { maxItems: items.length }),
    };
  }

  private record({ key, value, required, loose }: RecordNode): JsonSchema {
    const names = keyNames(key, () => this.write(key));
    return {
      type: "object",
      // An entry whose key does not fit passes, whatever its value.
      additionalProperties: loose ? true : anything(this.write(value)),
      ...(names && !loose && { propertyNames: names }),
      ...(required.length > 0 && !mayBeAbsent(value) && { required }),
    };
  }

  private union({ options, discriminator, exclusive }: UnionNode): JsonSchema {
    const written = options.map((option) => this.write(option));
    if (!discriminator) return { [exclusive ? "oneOf" : "anyOf"]: written };
    const mapping: Record<string, unknown> = {};
    for (const [value, option] of discriminator.options) {
      const ref = written[options.indexOf(option)]?.$ref;
      if (ref !== undefined) mapping[String(value)] = ref;
    }
    const propertyName = discriminator.field;
    return { oneOf: written, ...(Object.keys(mapping).length > 0 && { discriminator: { propertyName, mapping } }) };
  }
}

export function mayBeAbsent(node: Node): boolean {
  if (node.kind === "nullable") return mayBeAbsent(node.inner);
  if (node.kind === "pipe") return mayBeAbsent(inputSide(node));
  return node.kind === "optional" || node.kind === "default" || node.kind === "catch";
}

function annotations({ title, description, examples, deprecated }: Node): JsonSchema {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(examples !== undefined && { examples: examples.map(asJson) }),
    ...(deprecated !== undefined && { deprecated }),
  };
}

/** The schema, or `null`. Its annotations move next to `anyOf`, except the title of an array type. */
function nullable({ description, default: value, examples, deprecated, ...schema }: JsonSchema): JsonSchema {
  const { title, ...untitled } = schema;
  const moved = schema.array_flags === undefined && title !== undefined;
  const inner = moved ? untitled : schema;
  const branches = Object.keys(inner).length === 1 && Array.isArray(inner.anyOf) ? inner.anyOf : [inner];
  const outside = { title: moved ? title : undefined, description, default: value, examples, deprecated };
  return {
    anyOf: [...branches, { type: "null" }],
    ...Object.fromEntries(Object.entries(outside).filter(([, item]) => item !== undefined)),
  };
}

/** `true` for the schema that takes everything. */
const anything = (schema: JsonSchema): JsonSchema | true => Object.keys(schema).length === 0 ? true : schema;

/**
 * `propertyNames` for the keys of a record; `undefined` if they may be any string, or are numbers: in JSON keys are
 * strings, so a schema for numbers would refuse them all.
 */
function keyNames(key: Node, write: () => JsonSchema): JsonSchema | undefined {
  if (key.kind === "leaf" && key.values) return { enum: key.values.map(String) };
  if (key.kind !== "leaf" || (key.type !== "string" && key.type !== "template_literal")) return undefined;
  const { type: _, ...names } = write();
  return Object.keys(names).length > 0 ? names : undefined;
}

function paths({ patterns }: PathsNode): JsonSchema {
  const allowed = [...patterns.keys()].map((pattern) =>
    isOpenPattern(pattern) ? { type: "string", pattern: patternRegExp(pattern) } : { type: "string", const: pattern }
  );
  const items = allowed.length === 1 ? allowed[0] : allowed.length > 1 ? { anyOf: allowed } : false;
  return { type: "array", items, minItems: 1, uniqueItems: true };
}

function leaf(node: LeafNode): JsonSchema {
  switch (node.type) {
    case "literal":
    case "enum":
      return oneOfValues(node.values ?? []);
    case "template_literal": {
      const { pattern } = (node.zod?._zod ?? {}) as { pattern?: RegExp };
      return { type: "string", ...(pattern && { pattern: patternOf(pattern)[0] }) };
    }
    case "any":
    case "nan":
      return {};
    case "never":
      return { not: {} };
    default:
      return { type: node.type, ...checkKeywords(node) };
  }
}

function oneOfValues(values: readonly (string | number | boolean | null)[]): JsonSchema {
  const types = [...new Set(values.map(typeName))];
  const type = types.length === 1 ? { type: types[0] } : {};
  return values.length === 1 ? { ...type, const: values[0] } : { ...type, enum: values };
}

function typeName(value: string | number | boolean | null): string {
  if (value === null) return "null";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

/** `v_float16` → `V Float16`, `maxIterations` → `Max Iterations`. */
export function titleOf(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[_\s]+/).filter((word) => word !== "");
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(" ");
}
