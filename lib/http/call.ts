/**
 * One call of an endpoint over HTTP: from the request to a worker, and its answer back.
 * @module
 */
import type { Compression, FormatName } from "../formats/registry.ts";
import { BodyTooLarge } from "../workers/body_errors.ts";
import { CallRefused, type Pool, type PoolAnswer, type RefusalReason } from "../workers/pool/pool.ts";
import type { AnswerHead, CallHead } from "../workers/protocol/messages.ts";
import type { Exchange } from "./exchange.ts";
import { type Limits, RETRY_AFTER } from "./limits.ts";
import type { LazyLongRuns } from "./long/lazy_long_runs.ts";
import { prefersAsync } from "./long/prefer.ts";
import type { Log, LogContext } from "./log.ts";
import { negotiate, notAcceptable } from "./negotiation.ts";
import { BodyTooSlow, readBody } from "./request_body.ts";
import { remember } from "./remember.ts";
import { readBodyKind } from "./request_head.ts";
import { contentHeaders, errorResponse, jsonResponse } from "./responses.ts";
import { readRunId } from "./run_id.ts";

/** What answering calls needs. */
export interface CallOptions {
  readonly pool: Pick<Pool, "call">;
  /** The format and compression of answers to clients that do not ask for one. */
  readonly format: FormatName;
  readonly compression: Compression;
  /** Are clients told why a worker was lost? */
  readonly debug: boolean;
  readonly limits: Pick<Limits, "maxBodySize" | "bodyTimeout" | "timeout">;
  readonly log: Log;
  /** Without `submit` clients always wait for the answer: `Prefer: respond-async` is ignored. */
  readonly longRuns?: Pick<LazyLongRuns, "answer" | "keeps"> & Partial<Pick<LazyLongRuns, "submit">> | undefined;
}

/** Answers a call of an endpoint. */
export type AnswerCall = (endpoint: string, exchange: Exchange) => Promise<Response>;

/** Makes the function that answers calls. */
export function createCalls(options: CallOptions): AnswerCall {
  const { pool, limits, log, longRuns } = options;
  const planOf = remember((key) => makePlan(options, key));
  return async (endpoint, exchange) => {
    const { request } = exchange;
    const { headers } = request;
    const part = (name: string) => headers.get(name) ?? "";
    const plan = planOf(`${endpoint}\n${part("content-type")}\n${part("content-encoding")}\n${part("accept")}`);
    if (typeof plan === "function") return plan();
    const lengthText = headers.get("content-length");
    const length = lengthText === null ? undefined : Number(lengthText);
    if (length !== undefined && length > limits.maxBodySize) return tooLarge(new BodyTooLarge(limits.maxBodySize));
    const run = readRunId(request.url);
    if ("faults" in run) return errorResponse(422, run.faults);
    const runId = exchange.runId = run.runId;
    const read = () => readBody(request, length, limits, (bytes) => exchange.bytesIn += bytes);
    if (longRuns !== undefined) {
      const prefer = headers.get("prefer");
      if (prefer !== null && longRuns.submit !== undefined && prefersAsync(prefer)) {
        const { maxBodySize } = limits;
        return await longRuns.submit({ plan: JSON.parse(plan), runId, maxBodySize, exchange, read });
      }
      if (run.isGiven && await longRuns.keeps(runId)) {
        return errorResponse(409, `There is a long run ${runId}; give this call another run id, or DELETE that run`);
      }
    }
    try {
      const body = await read();
      if (!(body instanceof Uint8Array)) exchange.body = body;
      const head = `${plan.slice(0, -1)},"runId":"${runId}"}`;
      const gone = () => request.signal;
      const answer = await pool.call({ head, body, runId, gone, begun: () => exchange.begin() });
      exchange.answered();
      return respond({ head: answer.head, body: exchange.count(answer.body) }, log, exchange);
    } catch (error) {
      return refusal(error, options, exchange);
    }
  };
}

/** A call's head without the run id, as JSON; or, if the headers are not valid, a function that makes the response. */
type Plan = string | (() => Response);

/** Makes the plan of a call from `key`: the endpoint and three headers, a line each. */
function makePlan({ format: byDefault, compression: defaultCompression }: CallOptions, key: string): Plan {
  const [endpoint = "", contentType = "", contentEncoding = "", accept = ""] = key.split("\n");
  const kind = readBodyKind(contentType, contentEncoding);
  if (typeof kind === "function") return kind;
  const answerFormat = negotiate(accept, byDefault);
  if (answerFormat === undefined) return () => errorResponse(406, notAcceptable(accept));
  const { format, compression = defaultCompression } = answerFormat;
  const head: Omit<CallHead, "runId"> = {
    endpoint,
    ...kind,
    format,
    ...compression === "lz4" ? { compression } : undefined,
  };
  return JSON.stringify(head);
}

/** The response made of a worker's answer; 500 if that is garbage, as user code may write to the worker's socket. */
export function respond({ head, body }: PoolAnswer, log: Log, context: LogContext): Response {
  try {
    const { status, headers, log: text } = cachedAnswerHead(head);
    if (text !== undefined) log.error(text, context);
    return new Response(body, { status, headers });
  } catch (error) {
    if (body instanceof ReadableStream) void body.cancel().catch(() => {});
    log.error(`A worker's answer cannot be read: ${error}`, context);
    return errorResponse(500, "Internal Server Error");
  }
}

/** The response to a body that is larger than allowed. */
function tooLarge(error: BodyTooLarge): Response {
  return errorResponse(413, error.message);
}

/** The status of a call that no worker answered. */
const STATUS: Readonly<Record<RefusalReason, number>> = {
  full: 503,
  stopping: 503,
  interrupted: 503,
  gone: 503,
  unavailable: 503,
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
  // The rest of the body is not read, so the connection cannot be used for another request.
  if (error instanceof BodyTooSlow) return errorResponse(408, error.message, { connection: "close" });
  if (!(error instanceof CallRefused)) return errorResponse(400, "The body could not be read");
  const status = STATUS[error.reason];
  if (status === 503) return errorResponse(503, error.message, { "retry-after": String(RETRY_AFTER) });
  log.error(error.message, context);
  if (status !== 500) return errorResponse(status, error.message);
  return jsonResponse(
    500,
    JSON.stringify({ detail: "Internal Server Error", message: debug ? error.message : undefined }),
  );
}

const cachedAnswerHead = remember((text) => {
  const { status, contentType, log } = JSON.parse(text) as AnswerHead;
  if (typeof status !== "number" || typeof contentType !== "string") {
    throw new TypeError("a worker sent an answer without status or content type");
  }
  return { status, headers: contentHeaders(contentType), log };
});
