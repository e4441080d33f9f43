/**
 * The documents that describe the module. The server asks a worker for them once, before all calls, so that it can
 * answer with them while all workers compute.
 * @module
 */
import { type DocumentName, DOCUMENTS, type ReplyHead } from "../workers/protocol/heads.ts";
import { type CallOptions, refusal, respond } from "./call.ts";
import { jsonResponse } from "./responses.ts";

/** Answers requests for documents. */
export type Documents = (name: DocumentName) => Promise<Response>;

/** Asks for all documents, and keeps those that could be made. */
export function fetchDocuments(options: Pick<CallOptions, "pool" | "debug" | "log">): Documents {
  const kept = new Map<DocumentName, Promise<Uint8Array<ArrayBuffer> | undefined>>();
  let last: Promise<unknown> = Promise.resolve();

  const ask = (name: DocumentName) =>
    options.pool.call({ head: JSON.stringify({ document: name }), body: new Uint8Array(), runId: "" });

  async function keep(name: DocumentName): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { head, body } = await ask(name);
    const { status } = JSON.parse(head) as ReplyHead;
    if (status === 200) return new Uint8Array(await new Response(body).arrayBuffer());
    if (body instanceof ReadableStream) await body.cancel();
    return undefined;
  }

  for (const name of DOCUMENTS) {
    // One after the other: they must not fill the queue.
    const document = last.then(() => keep(name)).catch(() => undefined);
    kept.set(name, document);
    last = document;
  }
  return async (name) => {
    const document = await kept.get(name);
    if (document !== undefined) return jsonResponse(200, document);
    try {
      return respond(await ask(name), options.log, {});
    } catch (error) {
      return refusal(error, options, {});
    }
  };
}
