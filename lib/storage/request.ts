/**
 * HTTP requests to other servers: given up when nothing arrives for too long, and repeated when that may help.
 * @module
 */
import { inTime } from "../in_time.ts";
import { StorageError } from "./error.ts";

/** How long to wait for a server, and how often to try again. */
export interface RetryPolicy {
  /** How often something is tried before it has failed. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, about; each further pause is twice as long. */
  readonly pause: number;
  /** Milliseconds without any byte from the server after which a request is given up. */
  readonly silence: number;
}

/** About two seconds of retries, a minute of silence. */
export const RETRIES: RetryPolicy = { attempts: 5, pause: 150, silence: 60_000 };

/** May the next attempt succeed? */
export function isTransient(error: unknown): boolean {
  return error instanceof StorageError && (error.kind === "network" || error.kind === "server");
}

/** Repeats what fails with a transient fault, until it succeeds or has been tried often enough. */
export async function retrying<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || failures >= policy.attempts) throw error;
      await pauseAfter(failures, policy);
    }
  }
}

/** Waits, longer after each failure. The random part keeps clients that failed together from coming back together. */
export async function pauseAfter(failures: number, { pause }: RetryPolicy): Promise<void> {
  const longest = pause * 2 ** (failures - 1);
  await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

/** A request, and what its error messages need. */
export interface HttpRequest {
  /** The file that it is for. */
  readonly location: string;
  readonly url: string;
  readonly init: RequestInit;
  /** As in `RetryPolicy`. */
  readonly silence: number;
  /** What to look at if no server has the name in the URL. */
  readonly namedBy: string;
}

/** A response whose body is still to come. The body has to be read or discarded. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  chunks(): AsyncGenerator<Uint8Array>;
  discard(): Promise<void>;
}

/** Sends a request, once. Every status is fine; throws a `StorageError` where no response comes. */
export async function request(request: HttpRequest): Promise<HttpResponse> {
  const controller = new AbortController();
  const { signal } = controller;
  /**
   * Waits for something to arrive, but not longer than the limit. (The signal alone is not enough: once a response has
   * begun, Deno may garbage-collect it.)
   */
  const inSilence = async <T>(awaited: Promise<T>): Promise<T> => {
    try {
      return await inTime(awaited, request.silence, () => {
        controller.abort();
        return signal.reason;
      });
    } catch (error) {
      throw signal.aborted ? silenceFault(request, error) : connectionFault(request, error);
    }
  };
  const { status, headers, body } = await inSilence(fetch(request.url, { ...request.init, signal }));
  return {
    status,
    headers,
    async *chunks() {
      if (body === null) return;
      const reader = body.getReader();
      try {
        for (;;) {
          const { done, value } = await inSilence(reader.read());
          if (done) return;
          yield value;
        }
      } finally {
        // A caller that stops early does not want the rest of the body.
        await reader.cancel().catch(() => {});
      }
    },
    async discard() {
      await body?.cancel().catch(() => {});
    },
  };
}

function silenceFault({ location, silence }: HttpRequest, cause: unknown): StorageError {
  const reason = `no answer within ${silence / 1000} s; is the server reachable?`;
  return new StorageError("timeout", location, reason, { cause });
}

function connectionFault({ location, namedBy }: HttpRequest, cause: unknown): unknown {
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const fault = (kind: StorageError["kind"], words: string) => new StorageError(kind, location, words, { cause });
  // Whether the reason is in the error or in its cause depends on the version of Deno.
  const reason = cause instanceof Error ? `${cause.message} ${(cause.cause as Error | undefined)?.message}` : "";
  if (reason.includes("invalid peer certificate")) return fault("failed", UNTRUSTED);
  if (/\b(?:gzip|brotli|deflate|zlib)\b/i.test(reason)) return fault("unsupported", COMPRESSED);
  if (reason.includes("dns error")) return fault("network", `no server of this name is known; look at ${namedBy}`);
  return fault("network", "the connection failed; is the server running and reachable?");
}

const UNTRUSTED = "the server's certificate is not trusted: " +
  "it is for another name, out of date, or not signed by an authority that this machine knows";

/** A message. (Up to Deno 2.8 `fetch` always decompresses bodies, and fails if only a part was requested.) */
export const COMPRESSED = "the server sends it compressed, though asked not to; store it without Content-Encoding";
