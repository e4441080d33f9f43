/**
 * One call of an endpoint over HTTP: from the request to a worker, and its answer back.
 * @module
 */
import type { Compression, FormatName } from "../formats/registry.ts";
import { BodyTooLarge } from "../workers/body_too_large.ts";
import { CallRefused, type Pool, type PoolAnswer, type RefusalReason } from "../workers/pool/pool.ts";
import type { CallHead, ReplyHead } from "../workers/protocol/heads.ts";
import type { Exchange } from "./exchange.ts";
import { type Limits, RETRY_AFTER } from "./limits.ts";
import type { Log, LogContext } from "./log.ts";
import { type AnswerFormat, negotiate, notAcceptable } from "./negotiation.ts";
import { BodyTooSlow, readBody } from "./request_body.ts";
import { readBodyKind, tooLarge } from "./request_head.ts";
import { contentHeaders, errorResponse } from "./responses.ts";
import { readRunId } from "./run_id.ts";

/** What answering calls takes. */
export interface CallOptions {
  readonly pool: Pick<Pool, "call">;
  /** Of answers to clients that do not ask for a format. */
  readonly format: FormatName;
  readonly compression: Compression;
  /** Are clients told why a worker was lost? */
  readonly debug: boolean;
  readonly limits: Pick<Limits, "maxBodySize" | "bodyTimeout" | "timeout">;
  readonly log: Log;
}

/** Answers a call of an endpoint. */
export async function answerCall(options: CallOptions, endpoint: string, exchange: Exchange): Promise<Response> {
  const { request } = exchange;
  const kind = readBodyKind(request.headers, options.limits.maxBodySize);
  if (kind instanceof Response) return kind;
  const accept = request.headers.get("accept");
  const answerFormat = cachedNegotiation(accept, options.format);
  if (answerFormat === undefined) return errorResponse(406, notAcceptable(accept ?? ""));
  const run = readRunId(request.url);
  if ("faults" in run) return errorResponse(422, run.faults);
  const runId = exchange.runId = run.runId;
  const { format, compression = options.compression } = answerFormat;
  const head: CallHead = {
    endpoint,
    runId,
    bodyFormat: kind.bodyFormat,
    format,
    ...kind.gzip ? { gzip: true } : undefined,
    ...compression === "lz4" ? { compression } : undefined,
  };
  try {
    const body = await readBody(request, kind.length, options.limits, (bytes) => exchange.bytesIn += bytes);
    const answer = await options.pool.call({
      head: JSON.stringify(head),
      body,
      runId,
      gone: () => request.signal,
      begun: () => exchange.begin(),
    });
    exchange.answered();
    return respond({ head: answer.head, body: exchange.count(answer.body) }, options.log, exchange);
  } catch (error) {
    return refusal(error, options, exchange);
  }
}

/** The response made of a worker's answer. */
export function respond({ head, body }: PoolAnswer, log: Log, context: LogContext): Response {
  const { status, contentType, log: text } = cachedReplyHead(head);
  if (text !== undefined) log.error(text, context);
  return new Response(body, { status, headers: contentHeaders(contentType) });
}

/** The status of a call that no worker answered. */
const STATUS: Readonly<Record<RefusalReason, number>> = {
  full: 503,
  stopping: 503,
  interrupted: 503,
  gone: 503,
  died: 500,
  timeout: 504,
};

/** The response to a call that no worker answered. */
export function refusal(
  error: unknown,
  { debug, log }: Pick<CallOptions, "debug" | "log">,
  context: LogContext,
): Response {
  if (error instanceof BodyTooLarge) return tooLarge(error);
  // A client that is told so while it still sends has to see the end of the connection.
  if (error instanceof BodyTooSlow) return errorResponse(408, error.message, { connection: "close" });
  if (!(error instanceof CallRefused)) return errorResponse(400, "The body could not be read");
  const status = STATUS[error.reason];
  if (status === 503) return errorResponse(503, error.message, { "retry-after": String(RETRY_AFTER) });
  log.error(error.message, context);
  if (status !== 500) return errorResponse(status, error.message);
  return errorResponse(500, debug ? `Internal Server Error: ${error.message}` : "Internal Server Error");
}

/** Remembers the results of a function for the few arguments that come over and over again. */
function remember<T>(compute: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined || results.has(text)) return known!;
    const result = compute(text);
    if (results.size < 64 && text.length < 256) results.set(text, result);
    return result;
  };
}

const cachedReplyHead = remember((head) => JSON.parse(head) as ReplyHead);

const negotiateText = remember((text) => {
  const at = text.indexOf(" ");
  return negotiate(text.slice(at + 1), text.slice(0, at) as FormatName);
});

function cachedNegotiation(accept: string | null, byDefault: FormatName): AnswerFormat | undefined {
  return negotiateText(`${byDefault} ${accept ?? ""}`);
}
