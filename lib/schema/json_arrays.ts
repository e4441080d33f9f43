/**
 * The JSON Schema of array types: it describes the encoded arrays that clients send and get.
 * @module
 */
import { canCast } from "../arrays/cast.ts";
import { DTYPE_NAMES } from "../arrays/dtypes.ts";
import type { ArrayType, Dimension, Shape } from "../arrays/ndarray.ts";
import { hasNames } from "./named_sizes.ts";

/** A JSON Schema (draft 2020-12), or part of one. */
export type JsonSchema = { [keyword: string]: unknown };

const LZ4: JsonSchema = { anyOf: [{ type: "string", const: "lz4" }, { type: "null" }], title: "Compression" };
const UNCOMPRESSED: JsonSchema = { type: "null", title: "Compression" };

/** The encodings of array data: for each the name, the description and the properties of its component. */
const ENCODINGS = {
  binref: {
    name: "BinrefArrayData",
    description: "Data structure that dumps array data to binary file.\n\n" +
      "The buffer field format is ``<path>[:<offset>[:<compressed_size>]]``.\n" +
      "When compression is set, the buffer must include ``:<compressed_size>``\n" +
      "so readers know how many compressed bytes to read.",
    buffer: () => ({ type: "string", pattern: "^.+?(:\\d+(:\\d+)?)?$", title: "Buffer" }),
    compression: LZ4,
  },
  base64: {
    name: "Base64ArrayData",
    description: "Data structure for base64 encoded binary buffers.",
    buffer: () => ({
      type: "string",
      title: "Buffer",
      description: "Base64 encoded binary buffer",
      examples: ["<base64 encoded string>"],
    }),
    compression: LZ4,
  },
  json: {
    name: "JsonArrayData",
    description: "Data structure for json buffers (list of decimal numbers).",
    buffer: (at: string): JsonSchema => ({ $ref: `${at}JsonValue` }),
    compression: UNCOMPRESSED,
  },
} as const;

/** The names of the components that array types refer to. */
export const ARRAY_COMPONENTS: ReadonlySet<string> = new Set([
  ...Object.values(ENCODINGS).map(({ name }) => name),
  "JsonValue",
  "ShapeDType",
]);

/** Where components are kept, and how they are referred to. */
export interface Components {
  readonly schemas: Map<string, JsonSchema>;
  /** What stands before a name in a reference: `#/components/schemas/`. */
  readonly at: string;
}

/** The schema of an encoded array of a type; adds the components that it refers to. */
export function encodedArray(type: ArrayType, { schemas, at }: Components): JsonSchema {
  const mapping: Record<string, string> = {};
  for (const [encoding, { name, description, buffer, compression }] of Object.entries(ENCODINGS)) {
    mapping[encoding] = at + name;
    schemas.set(name, {
      type: "object",
      title: name,
      description,
      properties: { buffer: buffer(at), encoding: { type: "string", const: encoding, title: "Encoding" }, compression },
      required: ["buffer", "encoding"],
      additionalProperties: false,
    });
  }
  schemas.set("JsonValue", {});
  return {
    type: "object",
    title: title(type),
    properties: {
      object_type: {
        type: "string",
        const: "array",
        title: "Object Type",
        description: "Indicates that this dict can be parsed to an array.",
        default: "array",
      },
      shape: shapeSchema(type.shape),
      dtype: dtypeSchema(type.dtype),
      data: {
        oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
        title: "Data",
        discriminator: { propertyName: "encoding", mapping },
      },
    },
    required: ["shape", "dtype", "data"],
    additionalProperties: false,
    array_flags: type.differentiable ? ["DIFFERENTIABLE"] : [],
    ...namedShape(type.shape),
  };
}

/** A reference to the schema of `{shape, dtype}`, which replaces arrays in abstract evaluation. */
export function abstractArray({ shape }: ArrayType, { schemas, at }: Components): JsonSchema {
  schemas.set("ShapeDType", {
    type: "object",
    title: "ShapeDType",
    description: "Data structure describing an array's shape and data type.",
    properties: {
      shape: { type: "array", items: { type: "integer" }, title: "Shape" },
      dtype: { type: "string", enum: DTYPE_NAMES, title: "Dtype" },
    },
    required: ["shape", "dtype"],
  });
  return { $ref: `${at}ShapeDType`, ...namedShape(shape) };
}

/** `x-shape`, a keyword of our own, with the shape if it has names: JSON Schema has no keyword for these. */
export function namedShape(shape: Shape): JsonSchema {
  return hasNames(shape) ? { "x-shape": shape } : {};
}

/** The shape with `null` in the place of names. */
export function plainShape(shape: Shape): readonly (number | null)[] | null {
  return shape && shape.map((size) => typeof size === "string" ? null : size);
}

/** The name that clients know the schema by: `EncodedArrayModel__any_3__float64__DIFFERENTIABLE`. */
function title({ shape: named, dtype, differentiable }: ArrayType): string {
  const shape = plainShape(named);
  const sizes = shape === null ? "anyrank" : shape.map((size) => size ?? "any").join("_") || "scalar";
  return `EncodedArrayModel__${sizes}__${dtype ?? "None"}__${differentiable ? "DIFFERENTIABLE" : "noflags"}`;
}

function shapeSchema(shape: Shape): JsonSchema {
  const common = { type: "array", title: "Shape", description: "Shape of the array" };
  if (shape === null) return { ...common, items: { type: "integer" } };
  return {
    ...common,
    ...(shape.length > 0 && { prefixItems: shape.map(sizeSchema) }),
    minItems: shape.length,
    maxItems: shape.length,
    examples: [shape.map((size) => typeof size === "number" ? size : 1)],
  };
}

/** A size of 1 is broadcast, so it fits every size. */
function sizeSchema(size: Dimension): JsonSchema {
  if (typeof size !== "number") return { type: "integer", minimum: 0 };
  return size === 1 ? { type: "integer", const: 1 } : { type: "integer", enum: [1, size] };
}

function dtypeSchema(dtype: ArrayType["dtype"]): JsonSchema {
  const names = DTYPE_NAMES.filter((from) => dtype === null || canCast(from, dtype));
  return {
    type: "string",
    ...(names.length === 1 ? { const: names[0] } : { enum: names }),
    title: "Dtype",
    description: "Data type of the array",
    examples: [dtype ?? "float64"],
  };
}
