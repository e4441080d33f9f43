import { type DType, isDType } from "../arrays/dtypes.ts";
import { ARRAYS } from "./dtypes.ts";
import { type ArraySchema, arraySchemaOf, type JsonSchema } from "./array_schema.ts";

/** Is the value given by the caller, who may write an array in several ways, or received in an answer? */
type Side = "given" | "received";

/**
 * Writes the TypeScript types of a Tesseract in any language from its OpenAPI document: a file with an interface, named
 * after the Tesseract, for `connect<Name>(url)`. Throws a `TypeError` if `document` is not such a document.
 */
export function writeTypes(document: unknown): string {
  return new Types(document).write();
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
  readonly paths?: object;
  readonly info?: { readonly title?: unknown; readonly description?: unknown };
}

class Types {
  readonly #schemas: Readonly<Record<string, JsonSchema>>;
  readonly #paths: readonly string[];
  /** The declarations of components, by the names of the declared types. */
  readonly #declared = new Map<string, string>();
  /** The name of the type for each component on each side. */
  readonly #names = new Map<string, string>();
  readonly #dtypes = new Set<DType>();
  #hasLists = false;
  /** The name of the interface, and what it says of the Tesseract. */
  readonly #main: string;
  readonly #about: string;

  constructor(document: unknown) {
    const { components, paths, info } = (document ?? {}) as Document;
    if (components?.schemas?.["ApplyInputSchema"] === undefined || paths === undefined) {
      throw new TypeError("this is not the OpenAPI document of a Tesseract: it has no component ApplyInputSchema");
    }
    this.#schemas = components.schemas;
    this.#paths = Object.keys(paths);
    this.#main = identifier(String(info?.title ?? ""));
    this.#about = String(info?.description ?? "").trim() || String(info?.title ?? this.#main);
  }

  write(): string {
    const { ApplyInputSchema, ApplyOutputSchema, AbstractInputSchema, AbstractOutputSchema } = this.#schemas;
    const inputsOf = (payload: JsonSchema | undefined) => (payload?.["properties"] as { inputs?: JsonSchema })?.inputs;
    const fields = {
      inputs: this.#type(inputsOf(ApplyInputSchema), "given"),
      outputs: this.#type(ApplyOutputSchema, "received"),
      abstractInputs: AbstractInputSchema ? this.#type(inputsOf(AbstractInputSchema), "given") : "never",
      abstractOutputs: AbstractOutputSchema ? this.#type(AbstractOutputSchema, "received") : "never",
      inputArrays: this.#arrays(ApplyInputSchema!),
      outputArrays: this.#arrays(ApplyOutputSchema!),
    };
    const endpoints = this.#paths.filter((path) => path !== "/health" && path !== "/test").join(", ");
    const about = [this.#about, "", `Its endpoints: ${endpoints}.`].join("\n");
    const lines = Object.entries(fields).map(([name, type]) =>
      `  readonly ${name}:${type.startsWith("\n") ? "" : " "}${indented(type)};`
    );
    const main = `${comment(about, "")}export interface ${this.#main} {\n${lines.join("\n")}\n}\n`;
    const header = `// Written by \`tesseract-runtime client\`. Use: connect<${this.#main}>(url)\n`;
    return [header, ...this.#helpers(), ...this.#declared.values(), main].join("\n");
  }

  /** The declarations of helper types, as far as they are used. */
  *#helpers(): Generator<string> {
    if (this.#dtypes.size > 0) {
      const data = [...this.#dtypes].map((dtype) => `  readonly ${dtype}: ${ARRAYS[dtype]};`);
      yield `/** The typed array of each dtype. */\ninterface DataOf {\n${data.join("\n")}\n}\n`;
      yield "/** An array: its elements in C order, the last index fastest. */\n" +
        "interface NdArray<D extends keyof DataOf, S extends readonly number[]> {\n" +
        "  readonly dtype: D;\n  readonly shape: S;\n  readonly data: DataOf[D];\n}\n";
    }
    if ([...this.#dtypes].some(isComplex)) {
      yield "interface Complex {\n  readonly re: number;\n  readonly im: number;\n}\n";
    }
    if (this.#hasLists) yield "type Lists<Element> = Element | readonly Lists<Element>[];\n";
  }

  #type(schema: JsonSchema | true | undefined, side: Side): string {
    if (typeof schema !== "object" || schema === null) return "unknown";
    const array = arraySchemaOf(schema);
    if (array !== undefined) return this.#array(array, side);
    const { $ref, const: constant, enum: values, anyOf, oneOf = anyOf, allOf, type } = schema;
    if (typeof $ref === "string") return this.#component($ref.slice($ref.lastIndexOf("/") + 1), side);
    if (constant !== undefined) return JSON.stringify(constant);
    if (Array.isArray(values)) return union(values.map((value) => JSON.stringify(value)));
    if (Array.isArray(oneOf)) return union(oneOf.map((option) => this.#type(option, side)));
    if (Array.isArray(allOf)) return allOf.map((part) => this.#type(part, side)).join(" & ");
    if (Array.isArray(type)) return union(type.map((one) => this.#type({ ...schema, type: one }, side)));
    switch (type) {
      case "integer":
        return "number";
      case "number":
      case "string":
      case "boolean":
      case "null":
        return type;
      case "array":
        return this.#list(schema, side);
      case "object":
        return this.#object(schema, side);
      default:
        return "unknown";
    }
  }

  /** The name of a component, which is declared where it is first met: it may refer to itself. */
  #component(name: string, side: Side): string {
    const key = `${name} ${side}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const schema = this.#schemas[name];
    if (schema === undefined) return "unknown";
    const base = nameOf(name, side);
    let unique = base;
    for (let n = 2; this.#declared.has(unique) || RESERVED.has(unique) || unique === this.#main; n++) {
      unique = `${base}${n}`;
    }
    this.#names.set(key, unique);
    this.#declared.set(unique, "");
    const text = String(schema["description"] ?? "");
    this.#declared.set(unique, `${comment(text, "")}type ${unique} = ${this.#type(schema, side)};\n`);
    return unique;
  }

  #list({ prefixItems, items }: JsonSchema, side: Side): string {
    const readonly = side === "given" ? "readonly " : "";
    if (!Array.isArray(prefixItems)) return `${readonly}${inBrackets(this.#type(items as JsonSchema, side))}[]`;
    const parts = prefixItems.map((item) => this.#type(item, side));
    if (typeof items === "object") parts.push(`...${inBrackets(this.#type(items as JsonSchema, side))}[]`);
    return `${readonly}[${parts.join(", ")}]`;
  }

  #object({ properties = {}, required = [], additionalProperties: others }: JsonSchema, side: Side): string {
    const needed = new Set(required as string[]);
    const fields = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      const type = indented(this.#type(schema, side));
      const description = schema["description"];
      const about = typeof description === "string" ? comment(description, "  ") : "";
      return `${about}  readonly ${key}${needed.has(name) ? "" : "?"}: ${type};\n`;
    });
    const more = others === undefined || others === false ? undefined : this.#type(others as JsonSchema, side);
    if (more !== undefined && fields.length === 0) return `{ readonly [key: string]: ${indented(more)} }`;
    // An index signature must fit the types of the named fields, too.
    if (more !== undefined) fields.push("  readonly [key: string]: unknown;\n");
    return fields.length === 0 ? "Readonly<Record<string, never>>" : `{\n${fields.join("")}}`;
  }

  #array({ dtype, shape }: ArraySchema, side: Side): string {
    const dtypes = dtype === null ? Object.keys(ARRAYS) as DType[] : [dtype];
    for (const one of dtypes) this.#dtypes.add(one);
    const sizes = shape === null ? "readonly number[]" : `readonly [${shape.map(() => "number").join(", ")}]`;
    const names = dtype === null ? "keyof DataOf" : JSON.stringify(dtype);
    const array = `NdArray<${names}, ${sizes}>`;
    const elements = union(dtypes.flatMap((one) => elementsOf(one, side)));
    if (shape?.length === 0) return side === "given" ? union([elements, array]) : elements;
    if (side === "received") return shape === null ? union([array, elements]) : array;
    const typed = union(dtypes.filter((one) => one !== "bool" && !isComplex(one)).map((one) => ARRAYS[one]));
    const hasTyped = typed !== "never" && (shape === null || shape.length === 1);
    this.#hasLists ||= shape === null;
    const lists = shape === null ? `Lists<${elements}>` : shape.reduce(
      (inner: string) => `readonly ${inBrackets(inner)}[]`,
      elements,
    );
    return union([array, ...hasTyped ? [typed] : [], lists]);
  }

  /** The differentiable arrays, as a union of their paths, dtypes and shapes. */
  #arrays(schema: JsonSchema): string {
    const arrays = (schema["differentiable_arrays"] ?? {}) as Record<string, { dtype?: string; shape?: unknown[] }>;
    const entries = Object.entries(arrays).map(([pattern, { dtype, shape }]) => {
      const path = /(^|\.)(\[\]|\{\})(\.|$)/.test(pattern) ? templateOf(pattern) : JSON.stringify(pattern);
      // A size with a name is any size.
      const sizes = shape?.map((size) => typeof size === "number" ? size : "null").join(", ");
      const type = sizes === undefined ? "null" : `readonly [${sizes}]`;
      return `\n| { readonly path: ${path}; readonly dtype: ${
        isDType(dtype) ? JSON.stringify(dtype) : null
      }; readonly shape: ${type} }`;
    });
    return entries.join("") || "never";
  }
}

/** Names with a meaning of their own in the generated code. */
const RESERVED: ReadonlySet<string> = new Set([
  ...Object.values(ARRAYS),
  "DataOf",
  "NdArray",
  "Complex",
  "Lists",
  "Readonly",
  "Record",
]);

/** `Outputs` for Apply_OutputSchema, `AbstractLayer` for AbstractEval_Layer. */
function nameOf(component: string, side: Side): string {
  const bare = component.replace(/^Apply_/, "").replace(/^AbstractEval_/, "Abstract_");
  const isRoot = /^(Abstract_)?(Input|Output)Schema$/.test(bare);
  if (isRoot) return identifier(bare.replace("putSchema", "puts"));
  return identifier(bare) + (side === "given" ? "" : "Received");
}

const isComplex = (dtype: DType): boolean => dtype.startsWith("complex");

/** The types of one element in a list, or of a scalar. */
function elementsOf(dtype: DType, side: Side): string[] {
  const given = side === "given";
  if (dtype === "bool") return ["boolean"];
  if (isComplex(dtype)) return given ? ["Complex", "number"] : ["Complex"];
  if (dtype === "int64" || dtype === "uint64") return given ? ["bigint", "number"] : ["bigint"];
  return ["number"];
}

/** The template literal type `layers.[${number}].weight` for `layers.[].weight`. */
function templateOf(pattern: string): string {
  const steps = pattern.split(".").map((step) =>
    step === "[]" ? "[${number}]" : step === "{}" ? "{${string}}" : step.replace(/[`\\$]/g, "\\$&")
  );
  return `\`${steps.join(".")}\``;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ") || "never";
}

/** Parentheses around a type that `[]` cannot follow directly. */
const inBrackets = (type: string): string =>
  / [|&] |^readonly /.test(type) && !/^\{[^]*\}$/.test(type) ? `(${type})` : type;

const indented = (type: string): string => type.replaceAll("\n", "\n  ");

/** `HeatEquation` for "heat equation". */
function identifier(text: string): string {
  const words = text.normalize("NFKD").replace(/\p{M}+/gu, "").replace(/[^A-Za-z0-9]+/g, " ").trim().split(" ");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? name : `Tesseract${name}`;
}

function comment(text: string, indent: string): string {
  if (text.trim() === "") return "";
  const lines = text.trim().replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}
