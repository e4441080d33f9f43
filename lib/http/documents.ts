/**
 * The documents that describe the module. Workers make them.
 * @module
 */
import { type DocumentName, DOCUMENTS, type ReplyHead } from "../workers/protocol/heads.ts";
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
 * Has a worker make all documents, and keeps them: then they can be had while all workers compute. One that cannot be
 * made is tried again when it is asked for.
 */
export async function keepDocuments(options: Options): Promise<Documents> {
  const kept = new Map<DocumentName, Uint8Array<ArrayBuffer>>();
  const keep = async (name: DocumentName) => {
    const { head, body } = await ask(options, name);
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    if ((JSON.parse(head) as ReplyHead).status === 200) kept.set(name, bytes);
  };
  await Promise.all(DOCUMENTS.map((name) => keep(name).catch(() => {})));
  const make = makeDocuments(options);
  return (name) => {
    const document = kept.get(name);
    return document === undefined ? make(name) : Promise.resolve(jsonResponse(200, document));
  };
}
