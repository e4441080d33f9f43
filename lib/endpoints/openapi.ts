import type { TesseractModule } from "../api/tesseract.ts";
import { COMPRESSIONS, FORMAT_NAMES, GPU_TRANSPORTS, infoOf, isJson } from "../formats/registry.ts";
import { RUN_ID_PATTERN } from "../runs/run_id.ts";
import { type Components, type JsonSchema, mayBeAbsent, SchemaWriter, titleOf } from "../schema/json_schema.ts";
import { namedShape, plainShape } from "../schema/json_arrays.ts";
import type { Node } from "../schema/node.ts";
import { differentiablePatterns, fieldOrder } from "../schema/paths.ts";
import { apply } from "./apply.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a document says of the program that serves it. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

/**
 * The OpenAPI 3.1 document: the endpoints, and `health`. Clients take every other path for an endpoint of the module, so
 * no other is listed. `examples`: a payload of each, `answers`: what each answers (examples.ts).
 */
export function openapiDocument(
  module: TesseractModule,
  { title, version, description }: OpenApiInfo,
  endpoints: readonly Endpoint[],
  examples: Readonly<Record<string, unknown>> = {},
  answers: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const components: Components = { schemas: new Map(Object.entries(ERRORS)), at: "#/components/schemas/" };
  // Reserved before the user's schemas are written, so that none of them takes these names.
  for (const { openapi } of endpoints) components.schemas.set(openapi.input, {}).set(openapi.output, {});
  const paths: Record<string, unknown> = {};
  for (const endpoint of endpoints) {
    const { name, openapi } = endpoint;
    components.schemas.set(openapi.input, payloadSchema(module, endpoint, components));
    components.schemas.set(openapi.output, resultSchema(module, endpoint, components));
    paths[`/${name}`] = { post: operation(module, endpoint, examples[name], answers[name]) };
  }
  return {
    openapi: "3.1.0",
    info: { title, version, ...(description && { description }) },
    paths: { ...paths, "/health": { get: HEALTH } },
    components: { schemas: sorted(components.schemas) },
    "x-supported-output-formats": FORMAT_NAMES,
    "x-supported-gpu-transports": GPU_TRANSPORTS,
    "x-supported-compressions": COMPRESSIONS,
  };
}

/** The JSON Schema of the payload of `apply`. */
export function inputSchemaDocument(module: TesseractModule): Record<string, unknown> {
  return withDefinitions((components) => payloadSchema(module, apply, components));
}

/** The JSON Schema of the result of `apply`. */
export function outputSchemaDocument(module: TesseractModule): Record<string, unknown> {
  return withDefinitions((components) => resultSchema(module, apply, components));
}

function withDefinitions(write: (components: Components) => JsonSchema): JsonSchema {
  const components: Components = { schemas: new Map(), at: "#/$defs/" };
  const schema = write(components);
  return { ...schema, ...(components.schemas.size > 0 && { $defs: sorted(components.schemas) }) };
}

function payloadSchema(module: TesseractModule, endpoint: Endpoint, components: Components): JsonSchema {
  const { prefix, input, fields } = endpoint.openapi;
  const writer = new SchemaWriter({ ...components, io: "input", abstract: endpoint.abstract, prefix });
  const payload = endpoint.payload(module);
  const properties = [...payload.fields].map(([name, node]) => {
    const schema = name === "inputs"
      ? writer.component(`${prefix}_InputSchema`, node)
      : { title: titleOf(name), ...writer.write(node) };
    return [name, { ...schema, description: fields[name] }] as const;
  });
  return {
    type: "object",
    title: input,
    properties: Object.fromEntries(properties),
    required: [...payload.fields].filter(([, node]) => !mayBeAbsent(node)).map(([name]) => name),
    additionalProperties: false,
    ...arraysOf(module.inputs, endpoint),
  };
}

function resultSchema(module: TesseractModule, endpoint: Endpoint, components: Components): JsonSchema {
  const { prefix, output, resultDescription } = endpoint.openapi;
  const writer = new SchemaWriter({ ...components, io: "output", abstract: endpoint.abstract, prefix });
  const node = endpoint.openapi.result(module);
  const schema = node === module.outputs ? writer.component(`${prefix}_OutputSchema`, node) : writer.write(node);
  return { ...schema, title: output, description: resultDescription, ...arraysOf(module.outputs, endpoint) };
}

/** The differentiable arrays and the order of fields, which clients look for at `apply`. */
function arraysOf(node: Node, { functionName }: Endpoint): JsonSchema {
  if (functionName !== "apply") return {};
  const arrays = [...differentiablePatterns(node)].map(([pattern, { dtype, shape }]) => {
    const sizes = shape !== null && { shape: plainShape(shape), ...namedShape(shape) };
    return [pattern, { ...(dtype !== null && { dtype }), ...sizes }] as const;
  });
  return { differentiable_arrays: Object.fromEntries(arrays), field_order: fieldOrder(node) };
}

function operation(
  module: TesseractModule,
  { name, functionName, openapi }: Endpoint,
  example: unknown,
  answer: unknown,
): JsonSchema {
  const about = functionName === "apply" ? module.description : "";
  return {
    summary: titleOf(name),
    description: openapi.description + (about && `\n\n${about}`),
    operationId: `${name}_${name}_post`,
    parameters: [RUN_ID],
    requestBody: {
      required: true,
      content: { "application/json": { schema: refTo(openapi.input), ...(example !== undefined && { example }) } },
    },
    responses: {
      200: { description: "Successful Response", content: resultContent(openapi.output, answer) },
      422: { description: "Validation Error", content: json(refTo("HTTPValidationError")) },
      default: { description: "Any other failure", content: json(DETAIL) },
    },
  };
}

/** The result in each format. The schema describes JSON: other formats have their own way to write arrays. */
function resultContent(output: string, answer: unknown): JsonSchema {
  const formats = FORMAT_NAMES.map((format) => {
    const example = format === "json" && answer !== undefined && { example: answer };
    return [infoOf(format).mediaTypes[0], isJson(format) ? { schema: refTo(output), ...example } : {}] as const;
  });
  return Object.fromEntries(formats);
}

const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const json = (schema: JsonSchema): JsonSchema => ({ "application/json": { schema } });

const sorted = (schemas: ReadonlyMap<string, JsonSchema>): JsonSchema =>
  Object.fromEntries([...schemas].sort(([a], [b]) => a < b ? -1 : 1));

const RUN_ID = {
  name: "run_id",
  in: "query",
  required: false,
  description: "The name of the run; by default a new UUID.",
  schema: { type: "string", pattern: RUN_ID_PATTERN, title: "Run Id" },
};

const HEALTH = {
  summary: "Health",
  description: "Get health status of the Tesseract instance.",
  operationId: "health_health_get",
  responses: {
    200: {
      description: "Successful Response",
      content: json({ type: "object", additionalProperties: true, title: "Response Health Health Get" }),
    },
  },
};

const DETAIL = { type: "object", properties: { detail: {} }, required: ["detail"] };

const ERRORS: Readonly<Record<string, JsonSchema>> = {
  HTTPValidationError: {
    type: "object",
    title: "HTTPValidationError",
    properties: { detail: { type: "array", items: refTo("ValidationError"), title: "Detail" } },
  },
  ValidationError: {
    type: "object",
    title: "ValidationError",
    properties: {
      loc: { type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] }, title: "Location" },
      msg: { type: "string", title: "Message" },
      type: { type: "string", title: "Error Type" },
      input: { title: "Input" },
      ctx: { type: "object", title: "Context" },
    },
    required: ["loc", "msg", "type"],
  },
};
