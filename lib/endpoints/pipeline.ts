/**
 * The pipeline: decode → validate → call → validate → encode. Bytes in, bytes out; the command line runs it in place,
 * a server in its worker processes.
 * @module
 */
import { findMissing } from "../api/required_files.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { type Encoded, Undecodable } from "../formats/format.ts";
import { type Format, type FormatName, isJson, loadFormat } from "../formats/registry.ts";
import type { CallReport } from "../runs/call_report.ts";
import { type Fault, type FoundFaults, MOST_FAULTS } from "../schema/faults.ts";
import { NamedSizes } from "../schema/named_sizes.ts";
import type { ObjectNode } from "../schema/node.ts";
import { validate } from "../schema/validate.ts";
import type { Chunks } from "../storage/backend.ts";
import { type CallContext, InvalidCall, type Operation } from "./endpoint.ts";

export interface Call {
  readonly endpoint: Operation;
  /** The payload, as it arrives. */
  readonly body: Chunks;
  readonly bodyFormat: FormatName;
  /** The format of the answer. */
  readonly format: FormatName;
  readonly compression?: "lz4" | undefined;
  readonly context: CallContext;
  /** Measures the call, for profiles and traces. */
  readonly report?: CallReport | undefined;
}

/** How a call ended. */
export type Answer =
  | { readonly status: "done"; readonly format: Format; readonly chunks: Encoded }
  /** The payload does not fit; `loc`s start at the payload: `["inputs", "a"]`. */
  | ({ readonly status: "invalid" } & FoundFaults)
  /** The user's function threw, or returned what does not fit (`BadResult`). */
  | { readonly status: "failed"; readonly error: unknown };

/** How a call ended, before its result is encoded. */
export type Outcome = { readonly status: "done"; readonly result: unknown } | Exclude<Answer, { status: "done" }>;

/** Answers one call. Never throws for what a payload or a user's function does. */
export async function answer(module: TesseractModule, call: Call): Promise<Answer> {
  const { endpoint, context, report } = call;
  const schema = payloadSchema(endpoint, module);
  const read = await readPayload(call, schema);
  if (read.status !== "done") return read;
  report?.done("decode");
  const outcome = await compute(module, endpoint, read.result, context, schema, report);
  if (outcome.status !== "done") return outcome;
  try {
    // Without arrays all JSON formats are the same.
    const format = await loadFormat(endpoint.abstract && isJson(call.format) ? "json" : call.format);
    const options = { compression: call.compression, outputFiles: context.outputFiles };
    let chunks = await format.encode(outcome.result, options);
    if (report) {
      chunks = Object.assign(await Array.fromAsync(chunks), { undo: chunks.undo });
      report.done("encode");
    }
    return { status: "done", format, chunks };
  } catch (error) {
    return { status: "failed", error };
  }
}

const payloadSchemas = new WeakMap<TesseractModule, Map<Operation, ObjectNode>>();

/** The schema of an endpoint's payload: made once. */
function payloadSchema(endpoint: Operation, module: TesseractModule): ObjectNode {
  let schemas = payloadSchemas.get(module);
  if (schemas === undefined) payloadSchemas.set(module, schemas = new Map());
  let schema = schemas.get(endpoint);
  if (schema === undefined) schemas.set(endpoint, schema = endpoint.payload(module));
  return schema;
}

/** The first part: from bytes to the tree of a payload. */
export async function readPayload(
  { endpoint, body, bodyFormat, context }: Pick<Call, "endpoint" | "body" | "bodyFormat" | "context">,
  schema: ObjectNode,
): Promise<Outcome> {
  try {
    const { decode } = await loadFormat(bodyFormat);
    const options = { schema, abstract: endpoint.abstract, inputFiles: context.inputFiles };
    return { status: "done", result: await decode(body, options) };
  } catch (error) {
    if (error instanceof Undecodable) return invalid(faultOfUndecodable(error, bodyFormat));
    throw error;
  }
}

/** The part between decoding and encoding: from the tree of a payload to the tree of the result. */
export async function compute(
  module: TesseractModule,
  endpoint: Operation,
  tree: unknown,
  context: CallContext,
  schema: ObjectNode = payloadSchema(endpoint, module),
  report?: CallReport,
): Promise<Outcome> {
  if (tree === null) return invalid({ type: "missing", loc: [] });
  const missing = findMissing(module.requiredFiles, context.inputPath);
  if (missing) return { status: "failed", error: missing };
  try {
    const mode = endpoint.abstract ? "abstract input" : "input";
    const sizes = new NamedSizes();
    const found = validate(schema, tree, mode, { places: context, sizes });
    report?.done("validate inputs");
    report?.takes(found.value);
    const payload = found.value as Record<string, unknown>;
    const further = endpoint.refine && payload ? endpoint.refine(module, payload, found, sizes) : [];
    if (found.faults.length + further.length > 0) {
      const faults = [...found.faults, ...further];
      return {
        status: "invalid",
        faults: faults.slice(0, MOST_FAULTS),
        omitted: found.omitted + Math.max(0, faults.length - MOST_FAULTS),
      };
    }
    const result = await endpoint.run(report?.timed(module) ?? module, payload, context, sizes);
    report?.done("validate outputs");
    return { status: "done", result };
  } catch (error) {
    if (error instanceof InvalidCall) return { status: "invalid", faults: error.faults, omitted: error.omitted };
    return { status: "failed", error };
  }
}

const invalid = (fault: Fault): Answer & { status: "invalid" } => ({ status: "invalid", faults: [fault], omitted: 0 });

function faultOfUndecodable({ message, position, empty }: Undecodable, format: FormatName): Fault {
  if (empty) return { type: "missing", loc: [] };
  const ctx = { error: message, ...isJson(format) ? {} : { format } };
  return { type: "json_invalid", loc: position === undefined ? [] : [position], ctx };
}
