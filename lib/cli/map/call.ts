import type { EndpointEntry } from "../../endpoints/endpoints.ts";
import { cut } from "../../message_text.ts";
import { type FaultJson, faultLines } from "../../schema/messages.ts";
import { CallRefused, type Pool, type PoolAnswer } from "../../workers/pool/pool.ts";
import type { AnswerHead, CallHead } from "../../workers/protocol/messages.ts";
import { UsageError } from "../errors.ts";
import { inputPathOf } from "../io/payload.ts";
import type { Settings } from "../options/settings.ts";
import { type Digested, digestOf } from "./digest.ts";
import type { NamedPayload } from "./payloads.ts";
import type { MapRecord, Records } from "./records.ts";
import type { Results } from "./results.ts";

/** What is done with each payload. */
export interface MapJob {
  readonly settings: Settings;
  readonly entry: EndpointEntry;
  readonly moduleDigest: string;
  readonly cwd: string;
  readonly results: Results;
  readonly records: Records;
  /** Was the folder empty when this process began? */
  readonly isNew: boolean;
  readonly retryFailed: boolean;
  /** Are records only put together, and no calls made? */
  readonly gather: boolean;
  /** The workers, which are started when they are first needed. */
  pool(): Promise<Pool>;
  /** Were the workers ended at a stop, before they had answered? */
  wasCutOff(): boolean;
}

/** What became of a payload. `was there` and `had failed`: in an earlier process. `left`: for a later `map`. */
export type Ending = "was there" | "had failed" | "succeeded" | "failed" | "left";

/** A call in progress. While it waits for a worker it can be cancelled, and is then left to the next `map`. */
export class Attempt {
  #hasBegun = 0;
  #controller = new AbortController();

  readonly begun = (): void => {
    this.#hasBegun = performance.now();
    // A worker got the call before the pool saw that it was cancelled. It runs to its end: a new signal, not aborted.
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  };
  readonly gone = (): AbortSignal => this.#controller.signal;

  /** How long a worker has been working on it. */
  get seconds(): number {
    return this.#hasBegun === 0 ? 0 : (performance.now() - this.#hasBegun) / 1000;
  }

  leave(): void {
    if (this.#hasBegun === 0) this.#controller.abort();
  }
}

/** How often a call is tried if its worker ends for a reason that is not this call. */
const MOST_ATTEMPTS = 3;

/**
 * Handles one payload of `map`: calls the endpoint, unless the result is there already. Calls `failed` with the reason
 * if the call failed. Rejects if the fault is not this payload's.
 */
export async function mapPayload(
  payload: NamedPayload,
  job: MapJob,
  attempt: Attempt,
  failed: (name: string, error: string) => void,
): Promise<Ending> {
  const { name } = payload;
  const { results, records } = job;
  const record = (status: MapRecord["status"], error: string | null, digest: string | null) => {
    const seconds = Math.round(attempt.seconds * 1e6) / 1e6;
    records.add({ name, status, seconds, error, ended: new Date().toISOString(), digest });
  };
  const fail = (error: string, digest: string | null): Ending => {
    record("failed", error, digest);
    failed(name, error);
    return "failed";
  };

  const known = records.latest.get(name);
  let read: Digested, head: CallHead;
  try {
    const opened = await payload.open();
    const bodyFormat = opened.format, inputPath = inputPathOf(opened, job);
    const { entry: { name: endpoint }, moduleDigest, settings: { format, compression } } = job;
    read = await digestOf(opened.chunks, moduleDigest, endpoint, format, compression, bodyFormat);
    head = { endpoint, runId: name, inputPath, bodyFormat, format, ...compression === "lz4" && { compression } };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return job.gather ? "left" : fail(error.message, null);
  }
  const { digest, bytes } = read;
  if (known?.digest === digest) {
    if (known.status === "failed" && !job.retryFailed) return "had failed";
    if (known.status === "succeeded" && await results.has(name)) return "was there";
  }
  if (job.gather) return "left";

  if (!job.isNew) await results.clear(name);
  const pool = await job.pool();
  let answer: PoolAnswer;
  try {
    answer = await callPool(pool, JSON.stringify(head), payload, bytes, attempt);
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    if (error.reason === "gone" || error.reason === "stopping") return "left";
    if (error.reason === "unavailable" || error.reason === "full") throw error;
    return fail(error.message, digest);
  }
  const reply = JSON.parse(answer.head) as AnswerHead;
  if (reply.status !== 200) return fail(await errorOf(reply, answer, job.settings.debug), digest);
  return await keep(answer.body);

  /**
   * Writes the result. An old result was removed before, and the record is written before the new file gets its name.
   * So a result is always the one that its record describes, even if the process is killed in between.
   */
  async function keep(body: PoolAnswer["body"]): Promise<Ending> {
    let broken: { readonly error: unknown } | undefined;
    async function* chunks() {
      try {
        if (body instanceof Uint8Array) yield body;
        else yield* body;
      } catch (error) {
        broken = { error };
        throw error;
      }
      record("succeeded", null, digest);
    }
    try {
      await results.write(name, chunks());
      return "succeeded";
    } catch (error) {
      if (broken === undefined) throw error;
      if (job.wasCutOff()) return "left";
      return fail(String(broken.error instanceof Error ? broken.error.message : broken.error), digest);
    }
  }
}

async function callPool(
  pool: Pool,
  head: string,
  payload: NamedPayload,
  bytes: Uint8Array | undefined,
  { gone, begun }: Attempt,
): Promise<PoolAnswer> {
  for (let attempts = 1;; attempts++) {
    const body = bytes ?? toAsync((await payload.open()).chunks);
    try {
      return await pool.call({ head, body, runId: payload.name, gone, begun });
    } catch (error) {
      const isLost = error instanceof CallRefused && error.reason === "interrupted";
      if (!isLost || attempts === MOST_ATTEMPTS) throw error;
    }
  }
}

async function* toAsync(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** How many characters of an error are kept. */
const LONGEST_ERROR = 4000;

/** Why a call failed, in the words of the command line. */
async function errorOf({ status, log }: AnswerHead, { body }: PoolAnswer, debug: boolean): Promise<string> {
  const text = await new Response(body).text();
  const { detail } = JSON.parse(text) as { detail: string | readonly FaultJson[] };
  const words = typeof detail === "string" ? log ?? detail : faultLines(detail);
  return debug || status !== 500 ? words : cut(words, LONGEST_ERROR);
}
