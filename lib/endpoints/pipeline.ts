/**
 * The pipeline: decode → validate → call → validate → encode. Bytes in, bytes out; the command line runs it in place,
 * a server in its worker processes.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { type Chunks, type Format, type FormatName, Undecodable } from "../formats/format.ts";
import { loadFormat } from "../formats/formats.ts";
import type { Fault } from "../schema/faults.ts";
import { validate } from "../schema/validate.ts";
import type { CallContext, Endpoint } from "./endpoint.ts";

/** One call of an endpoint. */
export interface Call {
  readonly endpoint: Endpoint;
  /** The payload, as it arrives. */
  readonly body: Chunks;
  readonly bodyFormat: "json" | "msgpack";
  /** The format of the answer. */
  readonly format: FormatName;
  readonly compression?: "lz4" | undefined;
  readonly context: CallContext;
}

/** How a call ended. */
export type Answer =
  | { readonly status: "done"; readonly format: Format; readonly chunks: Chunks }
  /** The payload does not fit; `loc`s start at the payload: `["inputs", "a"]`. */
  | { readonly status: "invalid"; readonly faults: readonly Fault[] }
  /** The user's function threw, or returned what does not fit (`BadResult`). */
  | { readonly status: "failed"; readonly error: unknown };

/** Answers one call. Never throws for what a payload or a user's function does. */
export async function answer(module: TesseractModule, call: Call): Promise<Answer> {
  const { endpoint, context } = call;
  const schema = endpoint.payload(module);
  let tree: unknown;
  try {
    const { decode } = await loadFormat(call.bodyFormat);
    tree = await decode(call.body, { schema, abstract: endpoint.abstract });
  } catch (error) {
    if (error instanceof Undecodable) return { status: "invalid", faults: [faultOfUndecodable(error)] };
    throw error;
  }
  if (tree === null) return { status: "invalid", faults: [{ type: "missing", loc: [] }] };
  try {
    const { value, faults } = validate(schema, tree, endpoint.abstract ? "abstract input" : "input");
    const payload = value as Record<string, unknown>;
    const further = endpoint.refine && payload ? endpoint.refine(module, payload, faults) : [];
    if (faults.length + further.length > 0) return { status: "invalid", faults: [...faults, ...further] };
    const result = await endpoint.run(module, payload, context);
    // without arrays every JSON is the same
    const format = await loadFormat(endpoint.abstract && call.format.startsWith("json") ? "json" : call.format);
    return { status: "done", format, chunks: await format.encode(result, { compression: call.compression }) };
  } catch (error) {
    return { status: "failed", error };
  }
}

function faultOfUndecodable({ message, position, empty }: Undecodable): Fault {
  return empty
    ? { type: "missing", loc: [] }
    : { type: "json_invalid", loc: position === undefined ? [] : [position], ctx: { error: message } };
}
