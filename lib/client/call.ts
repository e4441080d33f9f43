import type { CallOptions } from "./client_types.ts";
import { decodeAnswer } from "./decode.ts";
import { encodePayload } from "./encode.ts";
import { errorOf, lostError, TesseractError, webPage } from "./error.ts";

export interface Endpoint {
  readonly name: string;
  /** If there is one, the request is a POST, else a GET, or what `method` says. */
  readonly payload?: unknown;
  readonly method?: "DELETE";
  /** The header `Prefer` (RFC 7240). */
  readonly prefer?: string;
  /** Are arrays in the payload nothing but `{shape, dtype}`? */
  readonly abstract?: boolean;
  /** Are arrays of shape `[]` in the answer plain values? */
  readonly scalars?: boolean;
  /** Is the answer a stream of server-sent events? Its body is then left to the caller to read. */
  readonly isStream?: boolean;
}

/** The answer to a call that succeeded. */
export interface Answer {
  readonly response: Response;
  /** Decodes its body. */
  value(): unknown;
}

/** Calls an endpoint over HTTP, of the Tesseract at `base`, which errors call `place`. Rejects as `Client` describes. */
export async function call(base: string, place: string, endpoint: Endpoint, options: CallOptions): Promise<Answer> {
  const { name, payload, method = "GET", prefer, abstract, scalars = false, isStream } = endpoint;
  const { fetch = globalThis.fetch, runId, format = "json+base64" } = options;
  const headers = new Headers(options.headers);
  headers.set("accept", isStream ? "text/event-stream" : accept(options));
  if (options.apiKey !== undefined) headers.set("authorization", `Bearer ${options.apiKey}`);
  if (prefer !== undefined) headers.set("prefer", prefer);
  const init: RequestInit = { method, headers };
  if (payload !== undefined) {
    init.method = "POST";
    const bytes = encodePayload(payload, abstract ? "abstract" : format);
    init.body = RESENDS ? new Blob([bytes]) : bytes;
    headers.set("content-type", "application/json");
  } else if (RESENDS && method === "DELETE") init.body = new Blob([]);
  const query = runId === undefined ? "" : `?run_id=${encodeURIComponent(runId)}`;

  const what = `${name} of ${place}`;
  const { signal, end } = watch(what, options);
  if (signal !== undefined) init.signal = signal;
  try {
    const response = await fetch(`${base}/${name}${query}`, init);
    if (isStream && response.ok) return { response, value: () => undefined };
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw errorOf(what, response.status, textOf(bytes), { payload, apiKey: options.apiKey });
    return { response, value: () => read(what, response, bytes, scalars) };
  } catch (error) {
    // If the signal fires while the body is read, some platforms throw an error of their own, not the signal's reason.
    if (signal?.aborted) throw signal.reason;
    // Where the two differ, the module is in this process: then there is no connection to lose.
    throw error instanceof TypeError && base === place ? lostError(what, base, error) : error;
  } finally {
    end();
  }
}

/**
 * Deno 2.8 (seen in 2.8.2, neither in 2.5.7 nor in 2.9.6) sends a request again by itself when the connection is closed
 * without an answer, unless its body is a stream or a blob. (A DELETE that came twice would cancel a run and delete it.)
 */
const RESENDS = /^2\.[678]\./.test(
  (globalThis as { Deno?: { version?: { deno?: string } } }).Deno?.version?.deno ?? "",
);

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const accept = ({ format = "json+base64", compression }: CallOptions): string =>
  `application/${format}${compression === "lz4" ? ";compression=lz4" : ""}`;

function read(what: string, { status, headers }: Response, bytes: Uint8Array, scalars: boolean): unknown {
  try {
    return decodeAnswer(bytes, scalars);
  } catch (error) {
    const type = headers.get("content-type") ?? "no content type";
    const page = webPage(textOf(bytes.subarray(0, 2000)));
    const reason = page
      ? `${page}; is this its address?`
      : `the answer (${type}) cannot be read: ${(error as Error).message}`;
    throw new TesseractError(`${what}: ${reason}`, status, [], { cause: error });
  }
}

/** A signal that fires with the caller's, or when the time is up. `end` stops the clock. */
function watch(what: string, { timeout, signal }: CallOptions): { signal: AbortSignal | undefined; end(): void } {
  // A timer takes less than 2^31 ms: more means no limit.
  if (timeout === undefined || timeout >= 2 ** 31) return { signal, end() {} };
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException(`${what}: no answer within ${timeout} ms`, "TimeoutError"));
  const timer = setTimeout(late, timeout);
  const either = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  return { signal: either, end: () => clearTimeout(timer) };
}
