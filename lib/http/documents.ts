/**
 * The documents that describe the module. Workers make them.
 * @module
 */
import { type AnswerHead, type DocumentName, DOCUMENTS } from "../workers/protocol/messages.ts";
import { type CallOptions, refusal, respond } from "./call.ts";
import { jsonResponse } from "./responses.ts";

/** Answers requests for documents. */
export type Documents = (name: DocumentName) => Promise<Response>;

type Options = Pick<CallOptions, "pool" | "debug" | "log">;

const ask = ({ pool }: Options, name: DocumentName) =>
  pool.call({ head: JSON.stringify({ document: name }), body: new Uint8Array(), runId: "" });

/** Has a worker make a document each time it is asked for. */
export function makeDocuments(options: Options): Documents {
  return async (name) => {
    try {
      return respond(await ask(options, name), options.log, {});
    } catch (error) {
      return refusal(error, options, {});
    }
  };
}

/**
 * Has workers make all documents at start, before the first call is queued, and caches them: they can then be read
 * while all workers are busy. One that failed is made again when a client asks for it.
 */
export function keepDocuments(options: Options): Documents {
  const keep = async (name: DocumentName): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const { head, body } = await ask(options, name);
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    return (JSON.parse(head) as AnswerHead).status === 200 ? bytes : undefined;
  };
  const kept = new Map(DOCUMENTS.map((name) => [name, keep(name).catch(() => undefined)]));
  const make = makeDocuments(options);
  return async (name) => {
    const document = await kept.get(name);
    return document === undefined ? await make(name) : jsonResponse(200, document);
  };
}
