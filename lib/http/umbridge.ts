/**
 * UM-Bridge over HTTP: its operations (lib/umbridge) are called as endpoints are; errors are translated to its format.
 * @module
 */
import { ERROR_TYPES, INFO, OPERATIONS } from "../umbridge/protocol.ts";
import { type FaultJson, faultLines } from "../schema/messages.ts";
import { type AnswerCall, type CallOptions, createCalls } from "./call.ts";
import { jsonResponse } from "./responses.ts";

/** What the routes need for UM-Bridge. */
export interface UmBridge {
  /** Is it one of the protocol's paths? */
  readonly has: (path: string) => boolean;
  /** Answers a call of one of its operations. */
  readonly answerCall: AnswerCall;
  /** The response to `GET /Info`. */
  readonly info: () => Response;
  /** Turns a response of this server into the one that the protocol defines. */
  readonly translate: (response: Response) => Promise<Response>;
}

/** Answers are plain JSON, whatever the server's default is; a call never becomes a long run. */
export function createUmBridge({ longRuns, ...options }: CallOptions): UmBridge {
  const withoutSubmit = longRuns && { answer: longRuns.answer.bind(longRuns), keeps: longRuns.keeps.bind(longRuns) };
  const paths = new Set(["/Info", ...OPERATIONS.map((name) => `/${name}`)]);
  return {
    has: (path) => paths.has(path),
    answerCall: createCalls({ ...options, longRuns: withoutSubmit, format: "json", compression: "none" }),
    info: () => jsonResponse(200, JSON.stringify(INFO)),
    translate,
  };
}

/** Every error becomes `{"error": {"type", "message"}}`. */
async function translate(response: Response): Promise<Response> {
  if (response.status < 400) return response;
  const { detail, message: inFull } = JSON.parse(await response.text()) as { detail: unknown; message?: string };
  const faults = response.status === 422 ? detail as FaultJson[] : [];
  const message = faultLines(faults) || inFull ||
    (typeof detail === "string" ? detail : JSON.stringify(detail));
  const type = ERROR_TYPES.find((type) => type === faults[0]?.type) ??
    (response.status < 500 ? "InvalidInput" : "InvalidOutput");
  const status = response.status !== 422 ? response.status : type === "InvalidOutput" ? 500 : 400;
  const headers = Object.fromEntries(response.headers);
  delete headers["content-length"];
  return jsonResponse(status, JSON.stringify({ error: { type, message } }), headers);
}
