/**
 * The documents that describe the module.
 * @module
 */
import type { PoolAnswer } from "../workers/pool/pool.ts";
import type { DocumentName } from "../workers/protocol/messages.ts";
import { type CallOptions, refusal, respond } from "./call.ts";
import { jsonResponse } from "./responses.ts";

/**
 * Answers requests for documents. A worker makes each of them once, so that they can be read while all workers are busy.
 * One that failed is made again when a client asks for it.
 */
export function createDocuments(
  options: Pick<CallOptions, "pool" | "debug" | "log">,
): (name: DocumentName) => Promise<Response> {
  const kept = new Map<DocumentName, Promise<PoolAnswer & { body: Uint8Array<ArrayBuffer> }>>();
  const make = async (name: DocumentName) => {
    const call = { head: JSON.stringify({ document: name }), body: new Uint8Array(), runId: "" };
    const { head, body } = await options.pool.call(call);
    return { head, body: await new Response(body).bytes() };
  };
  return async (name) => {
    const answer = kept.get(name) ?? make(name);
    kept.set(name, answer);
    try {
      const { head, body } = await answer;
      const response = respond({ head, body }, options.log, {});
      if (response.status === 200) return jsonResponse(200, body);
      kept.delete(name);
      return response;
    } catch (error) {
      kept.delete(name);
      return refusal(error, options, {});
    }
  };
}
