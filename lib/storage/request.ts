/**
 * Requests to other servers: given up when nothing comes for too long, and tried again when it may help.
 * @module
 */
import { inTime } from "../in_time.ts";
import { StorageError } from "./error.ts";

/** How patient to be. */
export interface Patience {
  /** How often something is tried before it has failed. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, about; each further pause is twice as long. */
  readonly pause: number;
  /** Milliseconds without a sign of the other side. */
  readonly silence: number;
}

/** About two seconds of retries, a minute of silence. */
export const PATIENCE: Patience = { attempts: 5, pause: 150, silence: 60_000 };

/** May it work the next time? */
export function isTransient(error: unknown): boolean {
  return error instanceof StorageError && (error.kind === "network" || error.kind === "server");
}

/** Does something that may fail for a moment, until it works or `patience` ends. */
export async function retrying<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || failures >= patience.attempts) throw error;
      await pauseAfter(failures, patience);
    }
  }
}

/** Waits: longer after each failure, and never as long as all the others that failed at the same moment. */
export async function pauseAfter(failures: number, { pause }: Patience): Promise<void> {
  const most = pause * 2 ** (failures - 1);
  await new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
}

/** What is asked, and on behalf of which location. */
export interface Question {
  readonly location: string;
  readonly url: string;
  readonly init: RequestInit;
  /** Milliseconds without a sign of the other side, here until the answer begins. */
  readonly silence: number;
  /** What to look at if there is no server of this name. */
  readonly namedBy: string;
}

/** Sends a request, once. Any answer is fine; throws a `StorageError` where there is none. */
export async function request(question: Question): Promise<Reply> {
  const watch = new Watch(question);
  try {
    const response = await watch.over(fetch(question.url, { ...question.init, signal: watch.signal }));
    return new Reply(response, watch);
  } catch (error) {
    throw watch.faultOf(error);
  }
}

/** An answer whose body is still to come. It has to be read or discarded. */
export class Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly #body: ReadableStream<Uint8Array> | null;

  constructor(response: Response, private readonly watch: Watch) {
    this.status = response.status;
    this.headers = response.headers;
    this.#body = response.body;
  }

  /** The body, as it arrives. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    if (this.#body === null) return;
    const reader = this.#body.getReader();
    try {
      for (;;) {
        const { done, value } = await this.watch.over(reader.read());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw this.watch.faultOf(error);
    } finally {
      // Whoever stops in the middle does not want the rest.
      await reader.cancel().catch(() => {});
    }
  }

  async discard(): Promise<void> {
    await this.#body?.cancel().catch(() => {});
  }
}

/** Stops a request when its other side is silent for too long while somebody waits for it. */
class Watch {
  readonly #controller = new AbortController();

  constructor(private readonly question: Question) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** (Once the answer began, Deno forgets the signal when it collects garbage: the wait would never end by it alone.) */
  over<T>(awaited: Promise<T>): Promise<T> {
    return inTime(awaited, this.question.silence, () => {
      this.#controller.abort();
      return this.signal.reason;
    });
  }

  faultOf(cause: unknown): unknown {
    const { location, silence, namedBy } = this.question;
    if (cause instanceof StorageError || cause instanceof Deno.errors.NotCapable) return cause;
    if (this.signal.aborted) {
      const words = `no answer within ${silence / 1000} s; is the server reachable?`;
      return new StorageError("timeout", location, words, { cause });
    }
    // Where the reason is told depends on the version of Deno.
    const reason = cause instanceof Error ? `${cause.message} ${(cause.cause as Error | undefined)?.message}` : "";
    if (reason.includes("invalid peer certificate")) {
      return new StorageError("failed", location, UNTRUSTED, { cause });
    }
    if (/\b(?:gzip|brotli|deflate|zlib)\b/i.test(reason)) {
      return new StorageError("unsupported", location, COMPRESSED, { cause });
    }
    if (reason.includes("dns error")) {
      return new StorageError("network", location, `no server of this name is known; look at ${namedBy}`, { cause });
    }
    const words = "the connection failed; is the server running and reachable?";
    return new StorageError("network", location, words, { cause });
  }
}

const UNTRUSTED = "the server's certificate is not trusted: " +
  "it is for another name, out of date, or not signed by an authority that this machine knows";

/** For a part of a compressed file. (Up to Deno 2.8 `fetch` expands what is compressed, whatever it asked for.) */
export const COMPRESSED = "the server sends it compressed, though asked not to; store it without Content-Encoding";
