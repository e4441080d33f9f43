/**
 * One call of an endpoint over HTTP: from the request to a worker, and its answer back.
 * @module
 */
import type { Compression, FormatName } from "../formats/registry.ts";
import { BodyTooLarge } from "../workers/worker/gunzip.ts";
import type { CallHead, ReplyHead } from "../workers/protocol/heads.ts";
import { CallRefused, type Pool, type PoolAnswer } from "../workers/pool/pool.ts";
import { RETRY_AFTER } from "./limits.ts";
import { type Choice, negotiate, notAcceptable } from "./negotiation.ts";
import { BodySilent, readBody } from "./request_body.ts";
import { isForeign, readBodyKind, tooLarge } from "./request_head.ts";
import { contentHeaders, errorResponse } from "./responses.ts";
import { readRunId } from "./run_id.ts";

/** What answering calls takes. */
export interface Caller {
  readonly pool: Pick<Pool, "call">;
  /** Of answers to clients that do not ask for one. */
  readonly format: FormatName;
  readonly compression: Compression;
  /** Do clients get to know why a worker was lost? */
  readonly debug: boolean;
  /** Writes whole lines to stderr. */
  readonly log: (text: string) => unknown;
}

/** Answers a call of an endpoint. */
export async function answerCall(caller: Caller, endpoint: string, request: Request): Promise<Response> {
  const { headers } = request;
  if (isForeign(headers)) return errorResponse(403, "Pages of other sites may not call this server");
  const kind = readBodyKind(headers);
  if (kind instanceof Response) return kind;
  const accept = headers.get("accept");
  const choice = choose(accept, caller.format);
  if (choice === undefined) return errorResponse(406, notAcceptable(accept ?? ""));
  const run = readRunId(request.url);
  if ("faults" in run) return errorResponse(422, run.faults);
  const { runId } = run;
  const { format, compression = caller.compression } = choice;
  const head: CallHead = {
    endpoint,
    runId,
    bodyFormat: kind.bodyFormat,
    format,
    ...kind.gzip ? { gzip: true } : undefined,
    ...compression === "lz4" ? { compression } : undefined,
  };
  try {
    const body = await readBody(request, kind.length);
    const gone = () => request.signal;
    return respond(await caller.pool.call({ head: JSON.stringify(head), body, runId, gone }), runId, caller.log);
  } catch (error) {
    return refusal(error, runId, caller);
  }
}

/** The response to what a worker answered. */
export function respond({ head, body }: PoolAnswer, label: string, log: Caller["log"]): Response {
  const { status, contentType, log: text } = JSON.parse(head) as ReplyHead;
  if (text !== undefined) log(prefixed(text, label));
  return new Response(body, { status, headers: contentHeaders(contentType) });
}

/** The response where there is no answer. */
export function refusal(error: unknown, label: string, { debug, log }: Pick<Caller, "debug" | "log">): Response {
  if (error instanceof BodyTooLarge) return tooLarge();
  if (error instanceof BodySilent) return errorResponse(408, `The body could not be read: ${error.message}`);
  if (!(error instanceof CallRefused)) return errorResponse(400, "The body could not be read");
  if (error.reason !== "died") return errorResponse(503, error.message, { "retry-after": String(RETRY_AFTER) });
  log(prefixed(error.message, label));
  return errorResponse(500, debug ? `Internal Server Error: ${error.message}` : "Internal Server Error");
}

function prefixed(text: string, label: string): string {
  const prefix = label === "" ? "" : `[${label}] `;
  return text.split("\n").map((line) => `${prefix}${line}\n`).join("");
}

/** Clients send the same few `Accept` headers over and over. */
const choices = new Map<string, Choice | undefined>();
const MOST_CHOICES = 64;

function choose(accept: string | null, byDefault: FormatName): Choice | undefined {
  const key = `${byDefault} ${accept}`;
  if (choices.has(key)) return choices.get(key);
  const choice = negotiate(accept, byDefault);
  if (choices.size < MOST_CHOICES && key.length < 256) choices.set(key, choice);
  return choice;
}
